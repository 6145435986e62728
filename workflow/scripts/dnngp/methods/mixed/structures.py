"""Structures of the covariance between environments: few variances, or every variance and covariance.

A structure turns parameters into the matrices of :mod:`dnngp.methods.mixed.likelihood`,
C (k + 2, t, t): one for each of k kernels, one for what is a sample's :data:`OWN` beside
them, one for the :data:`ERROR`; in units of the variance of the standardised records, for
the environments that were seen in training and for those that were not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self

import numpy as np

#: Bounds of ve / vu where genetic values have a mean variance of vu, so that
#: heritability lies between 1e-5 and 1 - 1e-5.
BOUND = 1e5

#: Places, behind those of the kernels, of what a sample has of its own and of the error.
OWN, ERROR = -2, -1


class Structure(Protocol):
    """Parameters to matrices C (k + 2, t, t) of the environments seen in training."""

    def start(self) -> np.ndarray:
        """(p,) parameters to begin with."""

    def lower(self) -> np.ndarray:
        """(p,) bounds, -inf for none."""

    def of(self, parameters: np.ndarray) -> np.ndarray:
        """C (k + 2, t, t)."""

    def changes(self, parameters: np.ndarray) -> np.ndarray:
        """(p, k + 2, t, t) derivatives of C by each parameter."""

    def bend(self, slopes: np.ndarray) -> np.ndarray:
        """(p, p) what second derivatives of C add to the information, nothing negative in it.

        ``slopes`` are derivatives (k + 2, t, t) of the likelihood by C.
        """


class Terms:
    """C as a sum of known matrices with a variance each, none below 0.

    Parameters
    ----------
    terms
        By name: the number of its kernel, :data:`OWN` or :data:`ERROR`, and its (t, t) matrix over all
        environments. The last is the error and does not vanish.
    seen
        (t,) bool: environments with training records.
    kernels
        How many there are.
    """

    def __init__(
        self, terms: Mapping[str, tuple[int, np.ndarray]], seen: np.ndarray, kernels: int = 1
    ) -> None:
        self.names = [*terms]
        self._all = np.zeros((len(terms), kernels + 2, len(seen), len(seen)))
        for term, (place, matrix) in zip(self._all, terms.values(), strict=True):
            term[place] = matrix
        self._seen = self._all[:, :, seen][..., seen]

    @classmethod
    def of_kernels(cls, count: int) -> Self:
        """A variance for each of several kernels and the error, in one environment."""
        one = np.ones((1, 1))
        names = {f"kernel {number}": (number, one) for number in range(count)}
        return cls(names | {"error": (ERROR, one)}, np.ones(1, bool), count)

    def start(self) -> np.ndarray:
        """The variance shared out evenly."""
        return np.full(len(self.names), 1 / len(self.names))

    def lower(self) -> np.ndarray:
        """0, and next to 0 for the error."""
        return np.append(np.zeros(len(self.names) - 1), 1 / BOUND)

    def of(self, parameters: np.ndarray) -> np.ndarray:
        """As of every structure."""
        return np.tensordot(parameters, self._seen, axes=1)

    def changes(self, parameters: np.ndarray) -> np.ndarray:
        """The matrices of the terms."""
        return self._seen

    def bend(self, slopes: np.ndarray) -> np.ndarray:
        """Nothing: C is linear."""
        return np.zeros((len(self.names), len(self.names)))

    def extended(self, parameters: np.ndarray) -> np.ndarray:
        """C of all environments."""
        return np.tensordot(parameters, self._all, axes=1)


class Unstructured:
    """A variance for every environment and a covariance for every pair, of each kernel and of the error.

    All environments were seen in training. The matrices are products of triangular factors, so that they
    stay positive definite.
    """

    def __init__(self, t: int, kernels: int = 1) -> None:
        self.t = t
        self._rows, self._columns = np.tril_indices(t)
        #: Places of the factors in C.
        self._places = [*range(kernels), kernels + 2 + ERROR]

    def start(self) -> np.ndarray:
        """Half of the variance genomic, nothing shared."""
        count = len(self._places) - 1
        shares = np.append(np.full(count, 0.5 / count), 0.5)
        return np.outer(shares**0.5, self._rows == self._columns).ravel()

    def lower(self) -> np.ndarray:
        """None."""
        return np.full(len(self._places) * len(self._rows), -np.inf)

    def of(self, parameters: np.ndarray) -> np.ndarray:
        """As of every structure."""
        factors = self._factors(parameters)
        c = np.zeros((len(factors) + 1, self.t, self.t))
        c[self._places] = factors @ factors.transpose(0, 2, 1)
        c[ERROR] += np.eye(self.t) / BOUND
        return c

    def changes(self, parameters: np.ndarray) -> np.ndarray:
        """Derivatives by the entries of the factors."""
        factors = self._factors(parameters)
        changes = np.zeros((*factors.shape[:1], len(self._rows), len(factors) + 1, self.t, self.t))
        for place, factor, of_factor in zip(self._places, factors, changes, strict=True):
            for row, column, change in zip(self._rows, self._columns, of_factor[:, place], strict=True):
                change[row] = factor[:, column]
                change += change.T.copy()
        return changes.reshape(-1, *changes.shape[2:])

    def bend(self, slopes: np.ndarray) -> np.ndarray:
        """Of each column of a factor: without it, steps overshoot where C becomes singular."""
        size = len(self._rows)
        bend = np.zeros((len(self._places) * size, len(self._places) * size))
        for number, slope in enumerate(slopes[self._places]):
            values, vectors = np.linalg.eigh(slope)
            matrix = 2 * (vectors * np.maximum(-values, 0)) @ vectors.T
            for column in range(self.t):
                entries = np.flatnonzero(self._columns == column)
                rows, entries = self._rows[entries], entries + number * size
                bend[np.ix_(entries, entries)] = matrix[np.ix_(rows, rows)]
        return bend

    def extended(self, parameters: np.ndarray) -> np.ndarray:
        """C, as there are no further environments."""
        return self.of(parameters)

    def _factors(self, parameters: np.ndarray) -> np.ndarray:
        """(k + 1, t, t) lower triangular."""
        factors = np.zeros((len(self._places), self.t, self.t))
        factors[:, self._rows, self._columns] = parameters.reshape(len(factors), -1)
        return factors
