"""Leading eigenvalues and vectors of a matrix that is only multiplied with: block Lanczos.

A random block and its products with the matrix span a basis, kept orthogonal to rounding, in which the matrix
is small. The basis grows until what the wanted vectors leave is small beside the largest eigenvalue, which
takes far fewer products than subspace iteration.

References
----------
Golub & Underwood 1977, The block Lanczos method for computing eigenvalues; Musco & Musco 2015, NeurIPS
28:1396 (why blocks of products beat the powers of one).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh

Operator = Callable[[np.ndarray], np.ndarray]

#: Vectors multiplied at once, and vectors of the basis at most, for each that is wanted and beside them.
BLOCK, PER_WANTED, BESIDE = 64, 5, 320


class Leading(NamedTuple):
    """Eigenvalues (k,), descending; their vectors (n, k); what these leave at most over the largest value."""

    values: np.ndarray
    vectors: np.ndarray
    residual: float


def leading(operator: Operator, n: int, count: int, *, tolerance: float = 1e-9, seed: int = 0) -> Leading:
    """Leading eigenvectors of a symmetric matrix A (n, n) without negative eigenvalues.

    Parameters
    ----------
    operator
        A v (n, b) of values (n, b).
    count
        How many, at most n.
    tolerance
        Length of A v - value v, over the largest eigenvalue, from which all are taken as they are; without
        ever reaching it, a basis of ``PER_WANTED`` vectors for each and ``BESIDE`` more ends the search. A
        vector is off by its residual over the distance to the next eigenvalue.
    seed
        Of the first block.
    """
    most = min(n, PER_WANTED * count + BESIDE)
    block = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, min(BLOCK, n))))[0]
    room, small, size = np.empty((n, min(n, most + BLOCK))), np.zeros((0, 0)), 0
    while True:
        start, size = size, size + block.shape[1]
        room[:, start:size] = block
        basis = room[:, :size]
        product = operator(block)
        beside = basis.T @ product
        small = _bordered(small, beside)
        block, after = np.linalg.qr(_outside(basis, product - basis @ beside))
        found = _taken(small, after, start, count)
        if found is not None and (found[2] <= tolerance or size >= most):
            values, vectors, residual = found
            return Leading(values, basis @ vectors, residual)
        # What rounding alone has made, where the matrix has no more to show, need not lie outside.
        block = np.linalg.qr(_outside(basis, block[:, : n - size]))[0]


def _outside(basis: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What an orthonormal basis (n, m) leaves of values (n, b)."""
    return values - basis @ (basis.T @ values)


def _bordered(small: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """The matrix seen by the basis, with the rows and columns (m + b, b) of a block more."""
    size, width = beside.shape
    found = np.zeros((size, size))
    found[: len(small), : len(small)] = small
    found[:, size - width :] = beside
    found[size - width :] = beside.T
    return found


def _taken(
    small: np.ndarray, after: np.ndarray, start: int, count: int
) -> tuple[np.ndarray, np.ndarray, float] | None:
    """Eigenvalues, vectors in the basis and the largest residual; None while the basis is too small."""
    size = len(small)
    if size < count:
        return None
    values, vectors = eigh(small, subset_by_index=(size - count, size - 1))
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    left = np.linalg.norm(after @ vectors[start:], axis=0).max()
    return values, vectors, float(left / (values[0] or 1.0))
