"""What a mean and other fixed effects leave of phenotypes and kernels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh, qr
from scipy.linalg.lapack import dormqr

from dnngp.base.errors import UserError

#: A column of fixed effects that others explain but for this share of its length adds nothing.
COLLINEAR = 1e-9


@dataclass(frozen=True)
class Reflections:
    """The space of fixed effects and the one orthogonal to it, as Householder reflections (LAPACK's geqp3).

    Attributes
    ----------
    vectors : (n, rank) float64
    factors : (rank,) float64
    """

    vectors: np.ndarray
    factors: np.ndarray

    @classmethod
    def of(cls, columns: np.ndarray) -> Reflections:
        """Those that take independent columns of (n, q) to the first axes; others are passed over.

        Raises
        ------
        UserError
            Columns that leave nothing to estimate a variance from.
        """
        n = len(columns)
        lengths = np.linalg.norm(columns, axis=0)
        scaled = columns[:, lengths > 0] / lengths[lengths > 0]
        (vectors, factors), upper, _ = qr(scaled, mode="raw", pivoting=True, check_finite=False)
        rank = int(np.sum(np.abs(np.diagonal(upper)) > COLLINEAR))
        if rank >= n > 1:
            raise UserError(
                f"{n} training records leave nothing to estimate a variance from beside "
                f"{columns.shape[1]} fixed effects, means included.",
                remedy="Use fewer covariates or `pcs`.",
            )
        return cls(np.asfortranarray(vectors[:, :rank]), factors[:rank])

    @property
    def rank(self) -> int:
        """Dimensions of the space of fixed effects."""
        return len(self.factors)

    def basis(self) -> np.ndarray:
        """Orthonormal columns (n, rank) that span the fixed effects."""
        return self._applied("L", "N", np.eye(len(self.vectors), self.rank, order="F"))

    def contrasts(self, values: np.ndarray) -> np.ndarray:
        """A'y (n - rank, m) of values (n, m), with the columns of A an orthonormal basis of what is left."""
        return self._applied("L", "T", np.array(values, order="F"))[self.rank :]

    def of_kernel(self, kernel: np.ndarray) -> np.ndarray:
        """A'KA (n - rank, n - rank) of a kernel K (n, n)."""
        # Symmetric, so that its transpose is a copy in the order of LAPACK.
        one_side = self._applied("L", "T", np.array(kernel.T, order="F"))
        return self._applied("R", "N", one_side)[self.rank :, self.rank :]

    def back(self, contrasts: np.ndarray) -> np.ndarray:
        """Columns (n, m), orthogonal to all fixed effects, with the given contrasts (n - rank, m)."""
        padded = np.zeros((len(self.vectors), contrasts.shape[1]), order="F")
        padded[self.rank :] = contrasts
        return self._applied("L", "N", padded)

    def _applied(self, side: str, transposed: str, matrix: np.ndarray) -> np.ndarray:
        """Multiply a matrix in Fortran's order, in its place."""
        # What LAPACK would ask for at most; to let it say so copies the matrix.
        work = 64 * max(matrix.shape) + 65 * 64
        return dormqr(side, transposed, self.vectors, self.factors, matrix, work, overwrite_c=True)[0]


class Contrasts:
    """The error contrasts of one kernel, made independent.

    With records of unequal weight, y, fixed effects and kernel are multiplied by the
    square roots of the weights first, which makes errors alike.

    Parameters
    ----------
    kernel
        (n, n) float64, symmetric positive semidefinite.
    fixed
        (n, q) fixed effects beside the mean, without missing values; None for none.
    weight
        (n,) above 0, error variances being ve / weight; None for 1.

    Attributes
    ----------
    values : (n - rank,) float64
        d, ascending: contrasts have variances vu d + ve.
    basis : (n - rank, n) float64
        Rows that give independent contrasts.
    genetic_scale : float
        mean(diag K) - mean(K), times the mean weight.
    log_scale : float
        What weights add to the log density of orthonormal contrasts.
    """

    def __init__(
        self, kernel: np.ndarray, fixed: np.ndarray | None = None, weight: np.ndarray | None = None
    ) -> None:
        columns = with_mean(len(kernel), fixed)
        self.genetic_scale, self.log_scale = spread_of(kernel), 0.0
        if weight is not None:
            root = np.sqrt(weight)
            columns = root[:, None] * Reflections.of(columns).basis()
            kernel = kernel * np.outer(root, root)
            self.genetic_scale *= float(np.mean(weight))
            self.log_scale = float(np.log(root).sum() - np.linalg.slogdet(columns.T @ columns)[1] / 2)
        left = Reflections.of(columns)
        values, vectors = eigh(left.of_kernel(kernel), driver="evd", overwrite_a=True, check_finite=False)
        self.values = np.maximum(values, 0)
        self.basis = left.back(vectors).T
        if weight is not None:
            self.basis *= root

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As arrays; the kernel itself is not among them."""
        return {name: np.asarray(value) for name, value in vars(self).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Contrasts:
        """The contrasts that :meth:`to_arrays` took apart."""
        contrasts = cls.__new__(cls)
        contrasts.values, contrasts.basis = arrays["values"], arrays["basis"]
        contrasts.genetic_scale = float(arrays["genetic_scale"])
        contrasts.log_scale = float(arrays["log_scale"])
        return contrasts

    def of(self, values: np.ndarray) -> np.ndarray:
        """Independent contrasts (n - rank,) or (n - rank, m) of values (n,) or (n, m)."""
        return self.basis @ values

    def back(self, contrasts: np.ndarray) -> np.ndarray:
        """(n,) their transpose: P y of contrasts divided by their variances; orthogonal to fixed effects."""
        return contrasts @ self.basis


def with_mean(n: int, fixed: np.ndarray | None) -> np.ndarray:
    """A column of ones and the columns of (n, q) fixed effects."""
    return np.ones((n, 1)) if fixed is None else np.column_stack([np.ones(n), fixed])


def spread_of(kernel: np.ndarray) -> float:
    """mean(diag K) - mean(K): the variance among the samples that a unit of vu means."""
    return float(np.trace(kernel) / len(kernel) - kernel.mean())
