"""Quality control: which variants and samples go, by which rule, and why.

Rules that look at allele frequencies (minor allele frequency, monomorphic variants) are not applied here:
they are fitted on the training lines of each fold (:class:`dnngp.encode.MarkerFilter`). The last row of the
waterfall counts what they would remove on all lines, to be seen beside the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dnngp.errors import UserError
from dnngp.genotypes import Genotypes, variant_names

WATERFALL_COLUMNS = [
    "step",
    "rule",
    "variants_removed",
    "samples_removed",
    "variants_left",
    "samples_left",
]
REMOVED_COLUMNS = ["kind", "id", "step", "reason"]

#: Cells looked at together; bounds the memory beside the genotypes themselves.
BLOCK_CELLS = 16_000_000


def quality_control(
    genotypes: Genotypes, settings: Mapping[str, Any]
) -> tuple[Genotypes, pd.DataFrame, pd.DataFrame]:
    """Remove variants and samples of low quality.

    The order is: sites that the reader skipped (not biallelic), call rate of variants, duplicate variants
    or constant features, call rate of samples, heterozygosity of samples, and again the call rate of
    variants among the samples left. Variants come first so that poor ones do not cost samples.

    Parameters
    ----------
    genotypes
        As read.
    settings
        ``min_call_rate_marker``, ``min_call_rate_sample`` (shares of calls; variants and samples without
        any call always go), ``max_heterozygosity`` (largest share of a sample's calls that are neither 0 nor
        ``ploidy``; None keeps all), ``drop_duplicate_markers`` (keep the first of variants with the same
        chromosome, position and alleles, or with the same id), ``maf`` (for the last row only). Duplicates,
        heterozygosity and ``maf`` do not apply to feature tables; their constant columns go.

    Returns
    -------
    genotypes
        What is left.
    waterfall
        A row per rule, in order: ``step``, ``rule``, ``variants_removed``, ``samples_removed``,
        ``variants_left``, ``samples_left``. The last row, for dosages, is what minor allele frequency and
        monomorphism would remove on all lines; those variants are still in ``genotypes``.
    removed
        A row per variant or sample removed: ``kind`` (``variant`` or ``sample``), ``id``, ``step``,
        ``reason``.

    Raises
    ------
    UserError
        If nothing is left.
    """
    control = _Control(genotypes)
    marker_rule = f"call rate of a variant >= {settings['min_call_rate_marker']:g}"
    control.call_rate_of_variants("call rate (variants)", marker_rule, settings["min_call_rate_marker"])
    if not genotypes.is_dosage:
        control.constant_features()
    elif settings["drop_duplicate_markers"]:
        control.duplicate_variants()
    control.call_rate_of_samples(settings["min_call_rate_sample"])
    if genotypes.is_dosage and settings["max_heterozygosity"] is not None:
        control.heterozygosity_of_samples(settings["max_heterozygosity"])
    if not control.samples.all():
        control.call_rate_of_variants(
            "call rate (variants, again)",
            f"{marker_rule} among the samples left",
            settings["min_call_rate_marker"],
        )
    if genotypes.is_dosage:
        control.preview_of_frequencies(settings["maf"])
    return control.kept(), *control.tables()


class _Control:
    """Masks of the variants and samples still in, and the account of those that went."""

    def __init__(self, genotypes: Genotypes) -> None:
        self.genotypes = genotypes
        self.variants = np.ones(genotypes.n_variants, bool)
        self.samples = np.ones(genotypes.n_samples, bool)
        skipped = genotypes.skipped
        rows = genotypes.n_variants + len(skipped)
        self._steps: list[tuple[str, str, int, int, int, int]] = [
            ("input", "all in the file", 0, 0, rows, genotypes.n_samples)
        ]
        self._removed: list[pd.DataFrame] = []
        if genotypes.is_dosage:
            self._removed.append(skipped.assign(kind="variant", step="biallelic"))
            self._note("biallelic", "two alleles and a genotype field", len(skipped), 0)

    def call_rate_of_variants(self, step: str, rule: str, least: float) -> None:
        called = np.concatenate([_called(block).sum(axis=1) for block in self._blocks()])
        self._remove_variants(step, rule, *_low_call_rate(called, self.samples.sum(), least))

    def call_rate_of_samples(self, least: float) -> None:
        called = np.zeros(self.samples.sum(), np.int64)
        for block in self._blocks():
            called += _called(block).sum(axis=0)
        rule = f"call rate of a sample >= {least:g}"
        self._remove_samples("call rate (samples)", rule, *_low_call_rate(called, self.variants.sum(), least))

    def duplicate_variants(self) -> None:
        variants = self.genotypes.variants[self.variants]
        names = variant_names(variants)
        reasons = pd.Series("", index=variants.index, dtype=str)
        for columns, known in (
            (["id"], variants["id"] != ""),
            (["chrom", "pos", "ref", "alt"], variants["pos"] > 0),
        ):
            part = variants.loc[known, columns]
            again = part.duplicated()
            first = names[part.index].groupby([part[column] for column in columns]).transform("first")
            what = "id" if columns == ["id"] else "position and alleles"
            reasons[part.index[again]] = f"same {what} as " + first[again]
        self._remove_variants(
            "duplicates",
            "one variant per id, and per position and alleles",
            (reasons != "").to_numpy(),
            reasons[reasons != ""].tolist(),
        )

    def constant_features(self) -> None:
        constant = np.concatenate(
            [np.nanmin(block, axis=1) == np.nanmax(block, axis=1) for block in self._blocks()]
        )
        self._remove_variants(
            "constant", "more than one value", constant, ["one value in all samples"] * int(constant.sum())
        )

    def heterozygosity_of_samples(self, most: float) -> None:
        called = np.zeros(self.samples.sum(), np.int64)
        heterozygous = np.zeros_like(called)
        for block in self._blocks():
            called += (block >= 0).sum(axis=0)
            heterozygous += ((block > 0) & (block < self.genotypes.ploidy)).sum(axis=0)
        share = heterozygous / called
        high = share > most
        self._remove_samples(
            "heterozygosity",
            f"share of heterozygous calls of a sample <= {most:g}",
            high,
            [f"{value:.4g} of the calls are heterozygous" for value in share[high]],
        )

    def preview_of_frequencies(self, maf: float) -> None:
        low = 0
        for block in self._blocks():
            frequency, monomorphic = _frequencies(block, self.genotypes.ploidy)
            low += int((monomorphic | (np.minimum(frequency, 1 - frequency) < maf)).sum())
        left = self._steps[-1][4:]
        rule = (
            f"minor allele frequency >= {maf:g} and not monomorphic; fitted on the training lines of a fold"
        )
        self._steps.append(("maf (in every fold)", rule, low, 0, left[0] - low, left[1]))

    def kept(self) -> Genotypes:
        """The genotypes left."""
        return self.genotypes.select(
            samples=None if self.samples.all() else self.samples,
            variants=None if self.variants.all() else self.variants,
        )

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Waterfall and list of the removed."""
        removed = pd.concat([pd.DataFrame(columns=REMOVED_COLUMNS, dtype=str), *self._removed])
        return (
            pd.DataFrame(self._steps, columns=WATERFALL_COLUMNS),
            removed[REMOVED_COLUMNS].reset_index(drop=True),
        )

    def _blocks(self) -> Iterator[np.ndarray]:
        """(variants, samples) blocks of what is still in."""
        size = max(1, BLOCK_CELLS // len(self.samples))
        for start in range(0, len(self.variants), size):
            block = self.genotypes.dosages[start : start + size]
            variants = self.variants[start : start + size]
            if not variants.all():
                block = block[variants]
            yield block if self.samples.all() else block[:, self.samples]

    def _remove_variants(self, step: str, rule: str, low: np.ndarray, reasons: list[str]) -> None:
        gone = np.flatnonzero(self.variants)[low]
        names = variant_names(self.genotypes.variants.iloc[gone])
        self._account("variant", names.tolist(), step, reasons)
        self.variants[gone] = False
        self._note(step, rule, len(gone), 0)

    def _remove_samples(self, step: str, rule: str, low: np.ndarray, reasons: list[str]) -> None:
        gone = np.flatnonzero(self.samples)[low]
        self._account("sample", self.genotypes.samples[gone].tolist(), step, reasons)
        self.samples[gone] = False
        self._note(step, rule, 0, len(gone))

    def _account(self, kind: str, ids: list[str], step: str, reasons: list[str]) -> None:
        self._removed.append(pd.DataFrame({"kind": kind, "id": ids, "step": step, "reason": reasons}))

    def _note(self, step: str, rule: str, variants: int, samples: int) -> None:
        *_, variants_left, samples_left = self._steps[-1]
        variants_left, samples_left = variants_left - variants, samples_left - samples
        self._steps.append((step, rule, variants, samples, variants_left, samples_left))
        if variants_left == 0 or samples_left == 0:
            kind = "variant" if variants_left == 0 else "sample"
            raise UserError(
                f"quality control leaves no {kind}: the last went by the rule '{rule}'.",
                file=self.genotypes.source["path"],
                remedy="Relax `qc`, or look at the file.",
            )


def _called(block: np.ndarray) -> np.ndarray:
    """Which cells hold a value."""
    return block >= 0 if block.dtype == np.int8 else ~np.isnan(block)


def _low_call_rate(called: np.ndarray, of: int, least: float) -> tuple[np.ndarray, list[str]]:
    """Which counts of calls are too low, and why."""
    rate = called / of
    low = (rate < least) | (called == 0)
    reasons = [f"call rate {value:.4g}" if value > 0 else "no call at all" for value in rate[low]]
    return low, reasons


def _frequencies(block: np.ndarray, ploidy: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Frequency of the ALT allele, and whether all calls are the same, for every variant of a block."""
    assert ploidy is not None
    missing = (block < 0).sum(axis=1)
    called = block.shape[1] - missing
    frequency = (block.sum(axis=1, dtype=np.int64) + missing) / (ploidy * called)
    lowest = np.where(block < 0, np.int8(ploidy), block).min(axis=1)
    return frequency, lowest == block.max(axis=1)
