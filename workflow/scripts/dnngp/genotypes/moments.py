"""Moments of markers over lines: what is counted once and serves every encoding.

Values are (p, n), a marker a row: dosages (integers, -1 missing) or features (floats, NaN missing).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnngp.genotypes.grm import BLOCK, blocks, has_one_value, is_missing, standardised


@dataclass(frozen=True)
class Sums:
    """Sum (p,) of the observed values of each marker and their number (p,)."""

    sums: np.ndarray
    observed: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, lines: np.ndarray | None = None) -> Sums:
        """Count in the columns ``lines`` (None: all) of (p, n) values."""
        integer = np.issubdtype(values.dtype, np.integer)
        sums = np.zeros(len(values), np.int64 if integer else np.float64)
        observed = np.zeros(len(values), np.int64)
        for part in blocks(len(values)):
            block = values[part] if lines is None else np.take(values[part], lines, axis=1)
            absent = is_missing(block)
            observed[part] = block.shape[1] - np.count_nonzero(absent, axis=1)
            sums[part] = np.sum(block, axis=1, where=~absent, dtype=sums.dtype)
        return cls(sums, observed)

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.sums - other.sums, self.observed - other.observed)

    @property
    def means(self) -> np.ndarray:
        """(p,) float64; 0 where nothing was observed."""
        return self.sums / np.maximum(self.observed, 1)


def varying(
    values: np.ndarray,
    lines: np.ndarray | None,
    counts: Sums,
    min_maf: float,
    min_mac: int,
    ploidy: int | None,
) -> np.ndarray:
    """(p,) bool: markers that are not constant and, with a ploidy, reach minor allele frequency and count."""
    kept = counts.observed > 0
    suspects = kept.copy()
    if ploidy is not None:
        frequency = counts.means / ploidy
        # Divided in this order, 0.05 x 2n copies of 2n are no less than a limit of 0.05.
        kept &= np.minimum(frequency, 1 - frequency) >= min_maf - 1e-12
        kept &= np.minimum(counts.sums, ploidy * counts.observed - counts.sums) >= min_mac
        suspects = kept.copy()
        if np.issubdtype(values.dtype, np.integer):
            # A constant column of integers has an integer mean: only those need a second look.
            suspects &= counts.sums % np.maximum(counts.observed, 1) == 0
    for part in np.array_split(np.flatnonzero(suspects), len(values) // BLOCK + 1):
        block = values[part] if lines is None else values[part][:, lines]
        kept[part] = ~has_one_value(block)
    return kept


def observed_deviations(values: np.ndarray, lines: np.ndarray | None, counts: Sums) -> np.ndarray:
    """(p,) standard deviation (divisor n) of the observed values of each marker; 1 for constants."""
    squares = np.zeros(len(values))
    for part in blocks(len(values)):
        block = values[part] if lines is None else values[part][:, lines]
        centred = standardised(block, counts.means[part], np.ones(len(block)))
        squares[part] = np.einsum("pn,pn->p", centred, centred)
    deviations = np.sqrt(squares / np.maximum(counts.observed, 1))
    return np.where(deviations > 0, deviations, 1.0)


def expected_deviations(counts: Sums, ploidy: int) -> np.ndarray:
    """(p,) standard deviation of each marker in Hardy-Weinberg proportions; 1 for constants."""
    frequency = counts.means / ploidy
    deviations = np.sqrt(ploidy * np.maximum(frequency * (1 - frequency), 0))
    return np.where(deviations > 0, deviations, 1.0)
