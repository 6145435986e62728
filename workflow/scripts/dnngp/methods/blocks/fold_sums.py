"""Ridge regressions of the same records with each inner fold left out, from sums over the folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve


@dataclass(frozen=True, eq=False)
class Ridges:
    """Ridge regressions with an intercept that differ in their penalty.

    Attributes
    ----------
    slopes : (m, k)
        Of m columns for each of k penalties.
    means : (m,)
        Of the columns, among the records of the fit.
    mean
        Of the phenotypes.
    """

    slopes: np.ndarray
    means: np.ndarray
    mean: float

    def deviations(self, columns: np.ndarray) -> np.ndarray:
        """Predictions (n, k) of records, their columns (m, n) given, minus the mean."""
        return columns.T @ self.slopes - self.means @ self.slopes


@dataclass(frozen=True, eq=False)
class FoldSums:
    """Sums over the records of each of K folds, of m columns and the phenotype.

    Attributes
    ----------
    products : (K, m, m)
    with_y : (K, m)
    columns : (K, m)
    y, records : (K,)
    """

    products: np.ndarray
    with_y: np.ndarray
    columns: np.ndarray
    y: np.ndarray
    records: np.ndarray

    @classmethod
    def of(cls, columns: np.ndarray, y: np.ndarray, folds: Sequence[np.ndarray]) -> FoldSums:
        """Of columns (m, n), phenotypes (n,) and the positions of the records of each fold."""
        found = []
        for fold in folds:  # one at a time in eight bytes
            part = np.ascontiguousarray(columns[:, fold], np.float64)
            found.append((part @ part.T, part @ y[fold], part.sum(axis=1), y[fold].sum(), float(len(fold))))
        return cls(*(np.stack(sums) for sums in zip(*found, strict=True)))

    def variance(self) -> float:
        """Mean variance of the columns among all records."""
        n, sums = self.records.sum(), self.columns.sum(axis=0)
        squares = np.einsum("kmm->m", self.products)
        return float(np.mean(squares / n - (sums / n) ** 2))

    def ridges(self, penalties: Sequence[float], without: int | None = None) -> Ridges:
        """Ridge regressions on all records, or on those of all folds but one."""
        kept = np.arange(len(self.records)) != without
        n = self.records[kept].sum()
        means, mean = self.columns[kept].sum(axis=0) / n, float(self.y[kept].sum() / n)
        products = self.products[kept].sum(axis=0) - n * np.outer(means, means)
        pulls = self.with_y[kept].sum(axis=0) - n * mean * means
        slopes = [_solved(products, penalty, pulls) for penalty in penalties]
        return Ridges(np.column_stack(slopes), means, mean)


def _solved(products: np.ndarray, penalty: float, pulls: np.ndarray) -> np.ndarray:
    """(A + penalty I)^-1 pulls of A (m, m)."""
    matrix = products.copy()
    matrix.flat[:: len(matrix) + 1] += penalty
    factor = cho_factor(matrix, lower=True, overwrite_a=True, check_finite=False)
    return np.asarray(cho_solve(factor, pulls, check_finite=False))
