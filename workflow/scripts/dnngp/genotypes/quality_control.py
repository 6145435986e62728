"""Quality control: which variants and samples go, by which rule, and why.

Rules that look at allele frequencies (minor allele frequency and count, monomorphic variants) are not applied
here: they are fitted on the training lines of each fold
(:class:`dnngp.encodings.transformers.MarkerFilter`). The last
row of the filter summary counts what they would remove on all lines, to be seen beside the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError, nearest
from dnngp.base.seeds import digest, hashed_ranks
from dnngp.genotypes import grm, ld
from dnngp.genotypes.counts import Counts, count_genotypes, marker_blocks
from dnngp.genotypes.hardy_weinberg import hardy_weinberg_p
from dnngp.genotypes.id_folding import EXACT
from dnngp.genotypes.store import Genotypes, variant_names
from dnngp.genotypes.user_lists import match_markers, match_samples

log = logging.getLogger(__name__)

WATERFALL_COLUMNS = [
    *("step", "rule", "variants_removed", "samples_removed", "variants_left", "samples_left"),
]
REMOVED_COLUMNS = ["kind", "id", "step", "reason"]
WARNING_COLUMNS = ["step", "message"]
NEAR_DUPLICATE_COLUMNS = ["sample", "twin", "ibs", "cluster"]

#: Share of the variants and of the samples that a single rule may remove without a word.
MOST_VARIANTS, MOST_SAMPLES = 0.5, 0.1

#: Rules that remove what they were told to: lists and numbers.
_ASKED_FOR = {"listed samples", "listed variants", "chromosomes", "thinning", "thinning (samples)"}

#: Cluster of a pair whose samples are in different groups.
BETWEEN = "between groups"

#: Share of the samples that near-duplicates may chain together; a larger group is cut up.
MOST_CHAINED = 0.1


@dataclass(frozen=True)
class QualityControl:
    """What stays of p variants and n samples, and the account of it.

    Attributes
    ----------
    variants, samples
        (p,) and (n,) bool: what stays.
    filter_summary
        A row per rule, in order: ``step``, ``rule``, ``variants_removed``, ``samples_removed``,
        ``variants_left``, ``samples_left``. The last row, for dosages, is what minor allele frequency and
        monomorphism would remove on all lines; those variants stay.
    removed
        A row per variant or sample removed: ``kind`` (``variant`` or ``sample``), ``id``, ``step``,
        ``reason``.
    tables
        ``warnings``: ``step``, ``message``, of the reader and of rules that removed a large part.
        ``near_duplicates``: ``sample``, ``twin``, ``ibs`` (identity by state), ``cluster`` (name of the
        group that chains of such pairs connect). ``variant_statistics`` and ``sample_statistics``: call rate,
        heterozygosity and more of each, before the first rule that looks at genotypes, with ``kept``; without
        those that lists left out.
    """

    variants: np.ndarray
    samples: np.ndarray
    filter_summary: pd.DataFrame
    removed: pd.DataFrame
    tables: dict[str, pd.DataFrame]


def quality_control(genotypes: Genotypes, settings: Mapping[str, Any], ids: str = EXACT) -> QualityControl:
    """Find variants and samples of low quality.

    The order is: sites that the reader skipped, lists of samples, chromosomes and markers, call rate of
    variants, duplicate variants or constant features, call rate of samples, their heterozygosity and
    inbreeding coefficient, near-duplicate samples, thinning of samples, again the call rate of variants among
    the samples left, Hardy-Weinberg proportions, pruning, thinning. Variants come first so that poor ones do
    not cost samples. The store is read block by block and never copied.

    Parameters
    ----------
    genotypes
        As read.
    settings
        The options of ``qc`` in the configuration, all of them; docs/explanation/quality-control.md tells
        what each does for diploids, polyploids, real-valued dosages and features.
    ids
        How ids of lists of samples are brought together with those of the genotypes.

    Raises
    ------
    UserError
        If nothing is left; a list that does not fit; pruning by kilobases without positions.
    """
    control = _Control(genotypes)
    control.lists(settings, ids)
    control.describe()
    marker_rule = f"call rate of a variant >= {settings['min_call_rate_marker']:g}"
    control.call_rate_of_variants("call rate (variants)", marker_rule, settings["min_call_rate_marker"])
    if not genotypes.is_dosage:
        control.constant_features()
    elif settings["drop_duplicate_markers"]:
        control.duplicate_variants()
    before = control.samples.copy()
    control.call_rate_of_samples(settings["min_call_rate_sample"])
    if genotypes.is_dosage:
        if settings["max_heterozygosity"] is not None:
            control.heterozygosity_of_samples(settings["max_heterozygosity"])
        control.inbreeding_of_samples(settings["min_inbreeding"], settings["max_inbreeding"])
        control.near_duplicates(settings["near_duplicates"], settings["near_duplicates_above"])
    if settings["thin_samples"] is not None:
        control.thin_samples(**settings["thin_samples"])
    if (control.samples != before).any():
        control.call_rate_of_variants(
            "call rate (variants, again)",
            f"{marker_rule} among the samples left",
            settings["min_call_rate_marker"],
        )
    if genotypes.is_dosage:
        if settings["hwe"] is not None:
            control.hardy_weinberg(settings["hwe"])
        if settings["prune"] is not None:
            control.prune(**settings["prune"])
    if settings["thin"] is not None:
        control.thin(**settings["thin"])
    if genotypes.is_dosage:
        control.preview_of_frequencies(settings["maf"], settings["mac"])
    return control.result()


def statistics(
    genotypes: Genotypes,
    counts: Counts,
    variants: np.ndarray | None = None,
    samples: np.ndarray | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Call rate and more of every variant and sample.

    Parameters
    ----------
    genotypes
        As read.
    counts
        :func:`dnngp.genotypes.counts.count_genotypes` of the variants and samples.
    variants, samples
        (p,) and (n,) bool, which; None takes all.

    Returns
    -------
    DataFrame
        A row a variant: ``id``, ``chrom``, ``pos``, ``call_rate``; ``allele_frequency`` (ALT) and
        ``heterozygosity`` (share of the calls) of dosages; ``hwe_p`` (exact test) of diploids; else NaN.
    DataFrame
        A row a sample: ``sample``, ``call_rate``, ``heterozygosity``, ``inbreeding`` (F, of diploids).
    """
    ploidy = genotypes.ploidy
    variants = np.ones(genotypes.n_variants, bool) if variants is None else variants
    samples = np.ones(genotypes.n_samples, bool) if samples is None else samples
    table = genotypes.variants if variants.all() else genotypes.variants[variants]
    frequency: Any = np.nan
    heterozygosity: Any = np.nan
    p_value: Any = np.nan
    sample_heterozygosity: Any = np.nan
    inbreeding: Any = np.nan
    if ploidy is not None:
        frequency = counts.frequencies(ploidy)
        heterozygosity = counts.heterozygous / np.where(counts.called > 0, counts.called, np.nan)
        called = np.where(counts.sample_called > 0, counts.sample_called, np.nan)
        sample_heterozygosity = counts.sample_heterozygous / called
    if ploidy == 2:
        p_value = _hardy_weinberg_p(genotypes, counts, variants, samples)
        inbreeding = counts.inbreeding()
    of_variants = {
        "id": variant_names(table).reset_index(drop=True),
        "chrom": table["chrom"].reset_index(drop=True),
        "pos": table["pos"].to_numpy(),
        "call_rate": counts.called / max(1, samples.sum()),
        "allele_frequency": frequency,
        "heterozygosity": heterozygosity,
        "hwe_p": p_value,
    }
    of_samples = {
        "sample": genotypes.samples[samples],
        "call_rate": counts.sample_called / max(1, variants.sum()),
        "heterozygosity": sample_heterozygosity,
        "inbreeding": inbreeding,
    }
    return pd.DataFrame(of_variants), pd.DataFrame(of_samples)


class _Control:
    """Masks of the variants and samples still in, and the account of those that went."""

    def __init__(self, genotypes: Genotypes) -> None:
        self.genotypes = genotypes
        self.variants = np.ones(genotypes.n_variants, bool)
        self.samples = np.ones(genotypes.n_samples, bool)
        self._known_counts: Counts | None = None
        skipped = genotypes.skipped
        rows = genotypes.n_variants + len(skipped)
        self._steps: list[tuple[str, str, int, int, int, int]] = [
            ("input", "all in the file", 0, 0, rows, genotypes.n_samples)
        ]
        self._removed: list[pd.DataFrame] = []
        self._warnings = [("reading", text) for text in genotypes.warnings]
        self._twins = pd.DataFrame(columns=NEAR_DUPLICATE_COLUMNS)
        if genotypes.is_dosage:
            failed = skipped["reason"].str.startswith("FILTER ")
            if failed.any():
                self._removed.append(skipped[failed].assign(kind="variant", step="filter"))
                self._note("filter", "FILTER is PASS", int(failed.sum()), 0)
            self._removed.append(skipped[~failed].assign(kind="variant", step="biallelic"))
            self._note("biallelic", "two alleles and a genotype field", int((~failed).sum()), 0)

    # -- rules ---------------------------------------------------------------------------------------------

    def lists(self, settings: Mapping[str, Any], ids: str) -> None:
        """What files of ids or regions, and names of chromosomes, leave out."""
        variants, samples = self.genotypes.variants, self.genotypes.samples
        of_samples = _by_lists(settings, "samples", "sample", lambda path: match_samples(path, samples, ids))
        for gone, rule, reason in of_samples:
            self._remove_samples("listed samples", rule, gone[self.samples], reason)
        excluded = settings["exclude_chromosomes"]
        if excluded:
            present = set(variants["chrom"])
            for name in sorted(set(excluded) - present):
                logging.warning(
                    "exclude_chromosomes: the genotypes have no chromosome %r. %s",
                    *(name, nearest(name, sorted(present - {""}))),
                )
            low = variants["chrom"].isin(excluded).to_numpy()[self.variants]
            reasons = [f"on chromosome {name}" for name in variants["chrom"][self.variants][low]]
            self._remove_variants("chromosomes", f"not on {', '.join(excluded)}", low, reasons)
        of_markers = _by_lists(settings, "markers", "variant", lambda path: match_markers(path, variants))
        for gone, rule, reason in of_markers:
            self._remove_variants("listed variants", rule, gone[self.variants], reason)

    def call_rate_of_variants(self, step: str, rule: str, least: float) -> None:
        self._remove_variants(step, rule, *_low_call_rate(self._counts.called, self.samples.sum(), least))

    def call_rate_of_samples(self, least: float) -> None:
        rule = f"call rate of a sample >= {least:g}"
        low, reasons = _low_call_rate(self._counts.sample_called, self.variants.sum(), least)
        self._remove_samples("call rate (samples)", rule, low, reasons)

    def duplicate_variants(self) -> None:
        variants = self.genotypes.variants[self.variants]
        reasons = pd.Series("", index=variants.index, dtype=str)
        named = variants[(variants["id"] != "") & (variants["pos"] > 0)].drop_duplicates(
            ["id", "chrom", "pos"]
        )
        shared = named["id"].duplicated(keep=False)
        if shared.any():
            self._warn(
                "duplicates",
                f"{int(shared.sum())} variants share their ids with others at other positions "
                f"({named['id'][shared].iloc[0]!r}, for one) and count as different variants.",
            )
        for columns, known in (
            (["id", "chrom", "pos"], variants["id"] != ""),
            (["chrom", "pos", "ref", "alt"], variants["pos"] > 0),
        ):
            part = variants.loc[known, columns]
            part = part[part.duplicated(keep=False)]
            again = part.duplicated()
            names = variant_names(variants.loc[part.index])
            first = names.groupby([part[column] for column in columns]).transform("first")
            what = "id" if "id" in columns else "position and alleles"
            reasons[part.index[again]] = f"same {what} as " + first[again]
        self._remove_variants(
            "duplicates",
            "one variant per id and position, and per position and alleles",
            (reasons != "").to_numpy(),
            reasons[reasons != ""].tolist(),
        )

    def constant_features(self) -> None:
        constant = self._one_value(np.flatnonzero(self.variants))
        self._remove_variants("constant", "more than one value", constant, "one value in all samples")

    def heterozygosity_of_samples(self, most: float) -> None:
        share = self._counts.sample_heterozygous / self._counts.sample_called
        high = share > most
        self._remove_samples(
            "heterozygosity",
            f"share of heterozygous calls of a sample <= {most:g}",
            high,
            [f"{value:.4g} of the calls are heterozygous" for value in share[high]],
        )

    def inbreeding_of_samples(self, least: float | None, most: float | None) -> None:
        for limit, sign, relation in ((least, 1, ">="), (most, -1, "<=")):
            if limit is None:
                continue
            rule = f"inbreeding coefficient F of a sample {relation} {limit:g}"
            if self.genotypes.ploidy != 2:
                self._note("inbreeding", f"{rule}: for diploids, not looked at", 0, 0)
                continue
            coefficient = self._counts.inbreeding()
            # Not a number, without any heterozygote to expect, is beyond no limit.
            low = sign * coefficient < sign * limit
            self._remove_samples("inbreeding", rule, low, [f"F = {value:.4g}" for value in coefficient[low]])

    def near_duplicates(self, treatment: str, above: float) -> None:
        samples = self.genotypes.samples
        # What all have in common tells nobody from anybody.
        varying = self.variants.copy()
        rows = np.flatnonzero(self.variants)
        varying[rows[self._one_value(rows)]] = False
        first, second, identity = grm.near_duplicates(
            self.genotypes.dosages, self._ploidy, above, varying, self.samples
        )
        most = max(2, int(MOST_CHAINED * self.samples.sum()))
        self._twins = _twin_table(samples[first], samples[second], identity, most)
        self._warn_of_large_groups(treatment)
        if treatment != "drop":
            return
        rate = np.zeros(len(samples))
        rate[self.samples] = self._counts.sample_called
        ids = np.unique(np.concatenate([first, second]))
        near: dict[int, dict[int, float]] = {column: {} for column in ids}
        for one, other, value in zip(first, second, identity, strict=True):
            near[one][other] = near[other][one] = value
        kept: set[int] = set()
        reason = {}
        for column in sorted(ids, key=lambda column: (-rate[column], samples[column])):
            twin = next((other for other in near[column] if other in kept), None)
            if twin is None:
                kept.add(column)
            else:
                reason[column] = f"identity by state {near[column][twin]:.4f} with {samples[twin]}, kept"
        low = np.isin(np.flatnonzero(self.samples), list(reason))
        rule = f"identity by state of two samples <= {above:g}; the better called one stays"
        reasons = [reason[column] for column in np.flatnonzero(self.samples)[low]]
        self._remove_samples("near-duplicates", rule, low, reasons)

    def _warn_of_large_groups(self, treatment: str) -> None:
        """Say where samples that stay in one fold make the folds unequal."""
        if treatment != "together" or self._twins.empty:
            return
        together = self._twins[self._twins["cluster"] != BETWEEN].melt("cluster", ["sample", "twin"])
        largest = together.groupby("cluster")["value"].nunique().max()
        if largest > MOST_CHAINED * self.samples.sum():
            self._warn(
                "near-duplicates",
                f"{largest} of {self.samples.sum()} samples are near-duplicates of one another and stay in "
                "one fold: folds become unequal. Raise `qc.near_duplicates_above`, or drop duplicates.",
            )

    def thin_samples(self, to: int, seed: int) -> None:
        ids = self.genotypes.samples[self.samples].tolist()
        low = np.array(hashed_ranks(ids, "thin samples", seed)) >= to
        self._remove_samples("thinning (samples)", f"{to} samples, drawn at random", low, "not drawn")

    def hardy_weinberg(self, least: float) -> None:
        rule = f"exact test for Hardy-Weinberg proportions p >= {least:g}"
        if self.genotypes.ploidy != 2:
            self._note("hardy-weinberg", f"{rule}: for diploids, not looked at", 0, 0)
            return
        p_value = _hardy_weinberg_p(self.genotypes, self._counts, self.variants, self.samples)
        low = p_value < least
        self._remove_variants("hardy-weinberg", rule, low, [f"p = {value:.4g}" for value in p_value[low]])

    def prune(self, r2: float, window: float, unit: str, step: int) -> None:
        rows = np.flatnonzero(self.variants)
        rule = f"r2 <= {r2:g} within {window:g} {unit}"
        if unit == "kb":
            placed = self.genotypes.variants["pos"].to_numpy()[rows] > 0
            if not placed.any():
                raise UserError(
                    "no variant has a position, which `qc.prune` by kilobases needs.",
                    file=self.genotypes.source["path"],
                    remedy="Use `unit: variants`.",
                )
            rows = rows[placed]
        frequency = self._counts.frequencies(self._ploidy)
        minor = np.zeros(len(self.variants))
        minor[self.variants] = np.minimum(frequency, 1 - frequency)
        kept = ld.prune_markers(
            self.genotypes.dosages,
            self._ploidy,
            self.genotypes.variants.iloc[rows].set_axis(rows),
            minor[rows],
            r2,
            window,
            unit,
            step,
            self.samples,
        )
        low = np.isin(np.flatnonzero(self.variants), rows[~kept])
        reason = "does not vary, or in linkage disequilibrium with a variant kept"
        self._remove_variants("pruning", rule, low, reason)

    def thin(self, to: int, how: str, seed: int) -> None:
        variants = self.genotypes.variants[self.variants]
        if how == "random":
            rank = np.array(hashed_ranks(variant_names(variants).tolist(), "thin", seed))
            low = rank >= to
        else:
            low = ~_evenly_spaced(variants, to)
        rule = f"{to} variants, {'drawn at random' if how == 'random' else 'evenly spaced'}"
        self._remove_variants("thinning", rule, low, "not drawn")

    def preview_of_frequencies(self, maf: float, mac: int) -> None:
        counts, ploidy = self._counts, self._ploidy
        frequency = counts.frequencies(ploidy)
        copies = np.minimum(counts.alleles, ploidy * counts.called - counts.alleles)
        low = (np.minimum(frequency, 1 - frequency) < maf - 1e-12) | (copies < mac)
        # Only a marker whose mean is a whole number can be constant, unless dosages are real-valued.
        suspect = ~low
        if self.genotypes.dosages.dtype == np.int8:
            suspect &= counts.alleles % counts.called == 0
        low[suspect] = self._one_value(np.flatnonzero(self.variants)[suspect])
        left = self._steps[-1][4:]
        limits = f"minor allele frequency >= {maf:g}" + (f", {mac} copies" if mac else "")
        rule = f"{limits} and not monomorphic; fitted on the training lines of a fold"
        gone = int(low.sum())
        self._steps.append(("maf (in every fold)", rule, gone, 0, left[0] - gone, left[1]))

    # -- account -------------------------------------------------------------------------------------------

    def describe(self) -> None:
        """Keep the statistics of all variants and samples in, before any rule on them."""
        rows, columns = np.flatnonzero(self.variants), np.flatnonzero(self.samples)
        variants, samples = statistics(self.genotypes, self._counts, self.variants, self.samples)
        self._variant_statistics, self._sample_statistics = variants.set_axis(rows), samples.set_axis(columns)

    def result(self) -> QualityControl:
        """The masks, and all tables."""
        removed = pd.concat([pd.DataFrame(columns=REMOVED_COLUMNS, dtype=str), *self._removed])
        variants = self._variant_statistics.assign(kept=self.variants[self._variant_statistics.index])
        samples = self._sample_statistics.assign(kept=self.samples[self._sample_statistics.index])
        return QualityControl(
            self.variants,
            self.samples,
            pd.DataFrame(self._steps, columns=WATERFALL_COLUMNS),
            removed[REMOVED_COLUMNS].reset_index(drop=True),
            {
                "warnings": pd.DataFrame(self._warnings, columns=WARNING_COLUMNS, dtype=str),
                "near_duplicates": self._twins,
                "variant_statistics": variants.reset_index(drop=True),
                "sample_statistics": samples.reset_index(drop=True),
            },
        )

    @property
    def _ploidy(self) -> int:
        assert self.genotypes.ploidy is not None
        return self.genotypes.ploidy

    @property
    def _counts(self) -> Counts:
        """Counts over what is still in; read again only after something went."""
        if self._known_counts is None:
            self._known_counts = count_genotypes(
                self.genotypes.dosages, self.genotypes.ploidy, self.variants, self.samples
            )
        return self._known_counts

    def _one_value(self, rows: np.ndarray) -> np.ndarray:
        """Which of some variants have one value, or none, in all samples still in."""
        constant = np.empty(len(rows), bool)
        for part, block in marker_blocks(self.genotypes.dosages, rows):
            constant[part] = grm.has_one_value(block[:, self.samples])
        return constant

    def _remove_variants(self, step: str, rule: str, low: np.ndarray, reasons: list[str] | str) -> None:
        gone = np.flatnonzero(self.variants)[low]
        names = variant_names(self.genotypes.variants.iloc[gone])
        self._account("variant", names.tolist(), step, reasons)
        self.variants[gone] = False
        self._note(step, rule, len(gone), 0)

    def _remove_samples(self, step: str, rule: str, low: np.ndarray, reasons: list[str] | str) -> None:
        gone = np.flatnonzero(self.samples)[low]
        self._account("sample", self.genotypes.samples[gone].tolist(), step, reasons)
        self.samples[gone] = False
        self._note(step, rule, 0, len(gone))

    def _account(self, kind: str, ids: list[str], step: str, reasons: list[str] | str) -> None:
        if ids:
            self._known_counts = None
        self._removed.append(pd.DataFrame({"kind": kind, "id": ids, "step": step, "reason": reasons}))

    def _warn(self, step: str, message: str) -> None:
        log.warning("%s: %s", step, message)
        self._warnings.append((step, message))

    def _note(self, step: str, rule: str, variants: int, samples: int) -> None:
        *_, variants_left, samples_left = self._steps[-1]
        for gone, left, most, what in (
            (variants, variants_left, MOST_VARIANTS, "variants"),
            (samples, samples_left, MOST_SAMPLES, "samples"),
        ):
            if gone > most * left and step not in _ASKED_FOR:
                self._warn(step, f"the rule '{rule}' removed {gone} of {left} {what} ({gone / left:.0%}).")
        variants_left, samples_left = variants_left - variants, samples_left - samples
        self._steps.append((step, rule, variants, samples, variants_left, samples_left))
        if variants_left == 0 or samples_left == 0:
            kind = "variant" if variants_left == 0 else "sample"
            raise UserError(
                f"quality control leaves no {kind}: the last went by the rule '{rule}'.",
                file=self.genotypes.source["path"],
                remedy="Relax `qc`, or look at the file.",
            )


def _by_lists(
    settings: Mapping[str, Any], kind: str, noun: str, match: Callable[[str], np.ndarray]
) -> Iterator[tuple[np.ndarray, str, str]]:
    """What the lists of what to include and to exclude leave out, the rule, and the reason."""
    for key, rule, reason in (
        (f"include_{kind}", f"only {noun}s listed", "not listed"),
        (f"exclude_{kind}", f"no {noun} listed", "listed"),
    ):
        if (path := settings[key]) is not None:
            listed = match(path)
            yield listed if reason == "listed" else ~listed, f"{rule} in {path}", f"{reason} in {path}"


def _hardy_weinberg_p(
    genotypes: Genotypes, counts: Counts, variants: np.ndarray, samples: np.ndarray
) -> np.ndarray:
    """P-values of the variants chosen; of real-valued dosages from the nearest calls."""
    alleles = counts.alleles
    if genotypes.dosages.dtype != np.int8:
        alleles = np.empty(len(counts.called))
        for part, block in marker_blocks(genotypes.dosages, np.flatnonzero(variants)):
            alleles[part] = np.nansum(np.rint(block[:, samples]), axis=1)
    return hardy_weinberg_p(counts.called, counts.heterozygous, alleles)


def _low_call_rate(called: np.ndarray, of: int, least: float) -> tuple[np.ndarray, list[str]]:
    """Which counts of calls are too low, and why."""
    rate = called / of
    low = (rate < least) | (called == 0)
    reasons = [f"call rate {value:.4g}" if value > 0 else "no call at all" for value in rate[low]]
    return low, reasons


def _twin_table(first: np.ndarray, second: np.ndarray, identity: np.ndarray, most: int) -> pd.DataFrame:
    """A row per pair of near-duplicates; a cluster is named by a digest of its members' ids.

    Clusters are what chains of pairs connect. One of more than ``most`` samples is cut into groups of a
    sample and those that are near-duplicates of it; a pair across groups has the cluster :data:`BETWEEN`.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ids, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    one, other = codes[: len(first)], codes[len(first) :]
    links = coo_array((np.ones(len(one), bool), (one, other)), shape=(len(ids), len(ids)))
    _, cluster = connected_components(links, directed=False)
    cluster = _cut(cluster, one, other, most)
    names = {number: f"twins-{digest(*ids[cluster == number])[:10]}" for number in np.unique(cluster)}
    table = pd.DataFrame(
        {
            "sample": ids[np.minimum(one, other)],
            "twin": ids[np.maximum(one, other)],
            "ibs": identity,
            "cluster": [
                names[mine] if mine == its else BETWEEN
                for mine, its in zip(cluster[one], cluster[other], strict=True)
            ],
        }
    )
    return table.sort_values(["sample", "twin"], ignore_index=True)


def _cut(cluster: np.ndarray, one: np.ndarray, other: np.ndarray, most: int) -> np.ndarray:
    """Clusters (n,), those of more than ``most`` members cut: a centre and what it is paired with.

    The sample with most partners that are not yet in a group is the next centre.
    """
    partners: dict[int, set[int]] = {}
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        partners.setdefault(a, set()).add(b)
        partners.setdefault(b, set()).add(a)
    cut = cluster.copy()
    number = int(cluster.max(initial=-1)) + 1
    for large in np.flatnonzero(np.bincount(cluster) > most) if len(cluster) else []:
        left = set(np.flatnonzero(cluster == large).tolist())
        while left:
            centre = min(left, key=lambda sample: (-len(partners[sample] & left), sample))
            group = {centre} | (partners[centre] & left)
            cut[list(group)] = number
            left -= group
            number += 1
    return cut


def genome_places(variants: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Where variants lie on a genome whose chromosomes are laid end to end.

    Parameters
    ----------
    variants
        p rows with ``chrom`` and ``pos``. Where a position is unknown, all go by their place in the file.

    Returns
    -------
    order, place
        (p,) row numbers from left to right, and the place of each of these rows (float64), never falling.
    """
    p = len(variants)
    position = variants["pos"].to_numpy()
    if not (position > 0).all():
        return np.arange(p), np.arange(p, dtype=float)
    chromosome = pd.factorize(variants["chrom"])[0]
    order = np.lexsort((position, chromosome))
    begins = np.diff(chromosome[order], prepend=chromosome[order][:1]) != 0
    steps = np.diff(position[order], prepend=position[order][:1])
    # From one chromosome to the next it is one mean step.
    steps[begins] = max(1, int(steps[~begins].mean()))
    return order, np.cumsum(steps).astype(float)


def _evenly_spaced(variants: pd.DataFrame, to: int) -> np.ndarray:
    """Which ``to`` variants lie evenly along the genome (:func:`genome_places`).

    From left to right, each of ``to`` evenly spaced places takes the nearest variant not yet taken.
    """
    p = len(variants)
    if to >= p:
        return np.ones(p, bool)
    order, place = genome_places(variants)
    kept = np.zeros(p, bool)
    last = -1
    for number, target in enumerate(np.linspace(place[0], place[-1], to)):
        right = int(np.searchsorted(place, target))
        left = max(right - 1, 0)
        nearest_one = left if right == p or target - place[left] <= place[right] - target else right
        last = min(max(nearest_one, last + 1), p - to + number)
        kept[order[last]] = True
    return kept
