"""Forms of the covariance of conditions: few variances, or every variance and covariance.

Each gives A and B of :mod:`dnngp.evaluation.trials.likelihood`, in units of the variance of
the standardised records, for the conditions that were seen in training and for
those that were not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dnngp.methods.mixed.reml import BOUND


class Terms:
    """A and B as sums of known matrices with a variance each, none below 0.

    Parameters
    ----------
    genomic, own
        (t, t) matrices over all conditions by name of the term: of A, and of B. The
        last of ``own`` is the error and does not vanish.
    known
        (t,) bool: conditions with training records.
    """

    def __init__(
        self, genomic: Mapping[str, np.ndarray], own: Mapping[str, np.ndarray], known: np.ndarray
    ) -> None:
        self.names = [*genomic, *own]
        nothing = np.zeros((len(known), len(known)))
        self._all = [(matrix, nothing) for matrix in genomic.values()]
        self._all += [(nothing, matrix) for matrix in own.values()]
        seen = np.ix_(known, known)
        self._seen = [(a[seen], b[seen]) for a, b in self._all]

    def start(self) -> np.ndarray:
        """The variance shared out evenly."""
        return np.full(len(self.names), 1 / len(self.names))

    def lower(self) -> np.ndarray:
        """0, and next to 0 for the error."""
        return np.append(np.zeros(len(self.names) - 1), 1 / BOUND)

    def of(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A and B of the conditions seen in training."""
        return _weighted(self._seen, parameters)

    def changes(self, parameters: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """The matrices of the terms."""
        return self._seen

    def bend(self, slope_a: np.ndarray, slope_b: np.ndarray) -> np.ndarray:
        """Nothing: A and B are linear."""
        return np.zeros((len(self.names), len(self.names)))

    def extended(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A and B of all conditions."""
        return _weighted(self._all, parameters)


class Unstructured:
    """A and B with a variance for every condition and a covariance for every pair.

    Both are products of triangular factors, so that they stay positive definite.

    Parameters
    ----------
    t
        Number of conditions, all of them seen in training.
    """

    def __init__(self, t: int) -> None:
        self.t = t
        self._rows, self._columns = np.tril_indices(t)

    def start(self) -> np.ndarray:
        """Half of the variance genomic, nothing shared."""
        half = np.where(self._rows == self._columns, 0.5**0.5, 0.0)
        return np.concatenate([half, half])

    def lower(self) -> np.ndarray:
        """None."""
        return np.full(2 * len(self._rows), -np.inf)

    def of(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A and B."""
        a, b = (factor @ factor.T for factor in self._factors(parameters))
        return a, b + np.eye(self.t) / BOUND

    def changes(self, parameters: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Derivatives by the entries of the factors."""
        found, nothing = [], np.zeros((self.t, self.t))
        for part, factor in enumerate(self._factors(parameters)):
            for row, column in zip(self._rows, self._columns, strict=True):
                change = np.zeros((self.t, self.t))
                change[row] = factor[:, column]
                change += change.T
                found.append((nothing, change) if part else (change, nothing))
        return found

    def bend(self, slope_a: np.ndarray, slope_b: np.ndarray) -> np.ndarray:
        """Of each column of a factor: without it, steps overshoot where A or B becomes singular."""
        size = len(self._rows)
        found = np.zeros((2 * size, 2 * size))
        for part, slope in enumerate((slope_a, slope_b)):
            values, vectors = np.linalg.eigh(slope)
            matrix = 2 * (vectors * np.maximum(-values, 0)) @ vectors.T
            for column in range(self.t):
                places = np.flatnonzero(self._columns == column)
                rows = self._rows[places]
                places = places + part * size
                found[np.ix_(places, places)] = matrix[np.ix_(rows, rows)]
        return found

    def extended(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A and B, as there are no further conditions."""
        return self.of(parameters)

    def _factors(self, parameters: np.ndarray) -> list[np.ndarray]:
        factors = []
        for half in np.split(parameters, 2):
            factor = np.zeros((self.t, self.t))
            factor[self._rows, self._columns] = half
            factors.append(factor)
        return factors


def _weighted(
    terms: list[tuple[np.ndarray, np.ndarray]], variances: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    a = sum(variance * one for variance, (one, _) in zip(variances, terms, strict=True))
    b = sum(variance * other for variance, (_, other) in zip(variances, terms, strict=True))
    return np.asarray(a), np.asarray(b)
