"""The genotypes of one population, as every reader makes them and every step takes them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.tables import read_json, whole_file, write_json, write_table

#: Columns of ``Genotypes.variants``.
VARIANT_COLUMNS = ["chrom", "pos", "id", "ref", "alt"]

#: Columns of ``Genotypes.skipped``.
SKIPPED_COLUMNS = ["id", "reason"]

#: Missing dosage; a feature table has NaN instead.
MISSING = -1

_Index = np.ndarray | None


@dataclass
class Genotypes:
    """Dosages of p variants in n samples, or any numeric table of p features.

    Attributes
    ----------
    samples
        (n,) ids, text, unique.
    variants
        p rows; columns ``chrom``, ``pos`` (integer, 0 where unknown), ``id``, ``ref``, ``alt`` ("" where
        unknown).
    dosages
        (p, n), a variant a row. Either int8: copies of the ALT allele, 0 to ``ploidy``, -1 missing; or
        float32: feature values, NaN missing. May be a read-only memory map.
    ploidy
        Sets of chromosomes; None for a feature table.
    source
        ``path`` (file name), ``sha256`` and ``format`` of the file read.
    skipped
        Sites that the reader could not turn into dosages (``id``, ``reason``), for quality control to
        count. Not stored by :meth:`save`.
    """

    samples: np.ndarray
    variants: pd.DataFrame
    dosages: np.ndarray
    ploidy: int | None
    source: dict[str, Any]
    skipped: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=SKIPPED_COLUMNS, dtype=str))

    def __post_init__(self) -> None:
        if self.dosages.shape != (len(self.variants), len(self.samples)):
            raise ValueError(
                f"dosages of shape {self.dosages.shape} for {len(self.variants)} variants "
                f"and {len(self.samples)} samples"
            )
        expected = np.float32 if self.ploidy is None else np.int8
        if self.dosages.dtype != expected:
            raise TypeError(f"dosages are {self.dosages.dtype}, not {np.dtype(expected)}")

    @property
    def is_dosage(self) -> bool:
        """Whether the values count alleles, so that allele frequencies mean something."""
        return self.ploidy is not None

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.samples)

    @property
    def n_variants(self) -> int:
        """Number of variants or features."""
        return len(self.variants)

    def select(self, samples: _Index = None, variants: _Index = None) -> Genotypes:
        """The genotypes of some samples and variants, copied.

        Parameters
        ----------
        samples, variants
            Integer or boolean index arrays; None takes all.
        """
        dosages = self.dosages
        if variants is not None:
            dosages = dosages[variants]
        if samples is not None:
            dosages = np.ascontiguousarray(dosages[:, samples])
        return replace(
            self,
            samples=self.samples if samples is None else self.samples[samples],
            variants=self.variants
            if variants is None
            else self.variants.iloc[variants].reset_index(drop=True),
            dosages=dosages,
        )

    def rows(self, samples: _Index = None, variants: _Index = None) -> np.ndarray:
        """Values as (n, p), a sample a row, copied; dtype and codes as in ``dosages``.

        Parameters
        ----------
        samples, variants
            Integer or boolean index arrays; None takes all.
        """
        return np.array(self.select(samples, variants).dosages.T, order="C")

    def save(self, folder: str | Path) -> None:
        """Write ``dosages.npy``, ``variants.tsv``, ``samples.tsv`` and ``meta.json`` into a folder."""
        folder = Path(folder)
        with whole_file(folder / "dosages.npy") as path, open(path, "wb") as handle:
            np.lib.format.write_array(handle, np.ascontiguousarray(self.dosages), allow_pickle=False)
        write_table(self.variants[VARIANT_COLUMNS], folder / "variants.tsv")
        write_table(pd.DataFrame({"sample": self.samples}), folder / "samples.tsv")
        write_json({"ploidy": self.ploidy, "source": self.source}, folder / "meta.json")

    @classmethod
    def load(cls, folder: str | Path) -> Genotypes:
        """Open what :meth:`save` wrote; the dosages stay on disk and are mapped into memory, read-only."""
        folder = Path(folder)
        meta = read_json(folder / "meta.json")
        variants = _read_text_table(folder / "variants.tsv").astype({"pos": np.int64})
        samples = _read_text_table(folder / "samples.tsv")["sample"]
        return cls(
            samples=samples.to_numpy(dtype=str),
            variants=variants,
            dosages=np.load(folder / "dosages.npy", mmap_mode="r"),
            ploidy=meta["ploidy"],
            source=meta["source"],
        )


def variant_table(chrom: Any, pos: Any, id: Any, ref: Any, alt: Any) -> pd.DataFrame:
    """A table of variants in the form that :class:`Genotypes` has; a single value fills its column."""
    table = pd.DataFrame(dict(zip(VARIANT_COLUMNS, (chrom, pos, id, ref, alt), strict=True)))
    return table.astype({"chrom": str, "pos": np.int64, "id": str, "ref": str, "alt": str})


def variant_names(variants: pd.DataFrame) -> pd.Series:
    """A name for every variant: its id, or ``chrom:pos:ref:alt`` where it has none."""
    position = (
        variants["chrom"] + ":" + variants["pos"].astype(str) + ":" + variants["ref"] + ":" + variants["alt"]
    )
    return variants["id"].where(variants["id"] != "", position)


def _read_text_table(path: Path) -> pd.DataFrame:
    """A table of ours in which no text stands for missing: a marker may be called NA."""
    return pd.read_csv(path, sep="\t", dtype=str, na_filter=False)
