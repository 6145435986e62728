"""Lanczos: a symmetric operator seen through a few products with it.

From a start vector b of unit length, m products with A give orthonormal vectors V (n, m) and a tridiagonal T
(m, m) with A V = V T + remainder. Then f(A) b is V f(T) e1, and b' f(A) b is e1' f(T) e1, for every function
f at once: a solution for each ratio of variances, and logarithms of determinants, cost no further product.

References
----------
Golub & Meurant 2010, Matrices, Moments and Quadrature; Ubaru, Chen & Saad 2017, SIAM J Matrix Anal Appl
38:1075; Parlett 1980, The Symmetric Eigenvalue Problem.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import eigh_tridiagonal

Operator = Callable[[np.ndarray], np.ndarray]


class Lanczos:
    """Bases of several start vectors, that grow side by side: a product is with all of them.

    Parameters
    ----------
    operator
        A v (n, k) of values (n, k), symmetric.
    starts
        (n, k), of unit length each.
    """

    def __init__(self, operator: Operator, starts: np.ndarray) -> None:
        self._operator, self._next = operator, starts
        self.starts = starts.shape[1]
        self._vectors: list[np.ndarray] = []
        self._diagonals: list[np.ndarray] = []
        self._beside: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self._vectors)

    def grow(self, steps: int) -> None:
        """Some products more."""
        for _ in range(steps):
            self._step()

    def _step(self) -> None:
        current = self._next
        self._vectors.append(current.astype(np.float32))
        product = self._operator(current)
        self._diagonals.append(np.einsum("nk,nk->k", current, product))
        # In exact arithmetic two vectors would do; rounding asks for all, and twice is enough (Parlett 1980).
        for _ in range(2):
            for earlier in self._vectors:
                product -= earlier * np.einsum("nk,nk->k", earlier, product)
        length = np.linalg.norm(product, axis=0)
        self._beside.append(length)
        self._next = np.divide(product, length, out=np.zeros_like(product), where=length > 0)

    def spectrum(self, start: int) -> tuple[np.ndarray, np.ndarray]:
        """Ritz values (m,) of a start vector, and their weights (m,), which sum to 1."""
        values, vectors = self._eigen(start)
        return values, vectors[0] ** 2

    def start(self, start: int) -> np.ndarray:
        """The start vector (n,) itself."""
        return self._vectors[0][:, start]

    def converged(self, start: int, tolerance: float = 1e-4) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues (t,) that the basis of a start vector has found, and their vectors (n, t)."""
        values, vectors = self._eigen(start)
        found = self._beside[-1][start] * np.abs(vectors[-1]) < tolerance * values
        basis = np.column_stack([one[:, start] for one in self._vectors])
        return values[found], basis @ vectors[:, found]

    def solve(self, start: int, ratio: float) -> np.ndarray:
        """(A + ratio I)^-1 b (n,) of a start vector b."""
        coefficients = self._coefficients(start, ratio)
        solved = np.zeros(len(self._next))
        for coefficient, vectors in zip(coefficients, self._vectors, strict=True):
            solved += coefficient * vectors[:, start]
        return solved

    def residual(self, start: int, ratio: float) -> float:
        """Length of b - (A + ratio I) x, x being that of :meth:`solve` and b of unit length."""
        return float(self._beside[-1][start] * abs(self._coefficients(start, ratio)[-1]))

    def _coefficients(self, start: int, ratio: float) -> np.ndarray:
        values, vectors = self._eigen(start)
        return vectors @ (vectors[0] / (values + ratio))

    def _eigen(self, start: int) -> tuple[np.ndarray, np.ndarray]:
        diagonal = np.array([one[start] for one in self._diagonals])
        beside = np.array([one[start] for one in self._beside[:-1]])
        values, vectors = eigh_tridiagonal(diagonal, beside)
        return np.maximum(values, 0), vectors
