"""Cross products of lines over markers, exact where the markers are counts.

Dosages are small integers, so sums of their products stay exact in float32 while
they are below 2^24 and in float64 below 2^53: :func:`cross_products` gives the
same bits on any machine with any number of threads, and sums and differences of
its results stay exact. Centring comes afterwards, on n x n numbers
(:func:`centre`, :func:`centre_cross`). With missing calls, or features that are
no integers, :func:`centred_products` centres the values themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.linalg.blas import dsyrk, ssyrk

#: Markers worked on at a time; bounds the memory of temporary copies.
BLOCK = 4096


def is_missing(values: np.ndarray) -> np.ndarray:
    """Where values are missing: below 0 among integers (dosages), NaN among floats (features)."""
    return values < 0 if np.issubdtype(values.dtype, np.integer) else np.isnan(values)


def cross_products(rows: np.ndarray) -> np.ndarray:
    """Raw cross products XX' of integer rows, exactly.

    Parameters
    ----------
    rows
        (n, p) integers, a line a row; missing calls (below 0) count as 0. For
        variant-major dosages pass the transpose, which is not copied.

    Returns
    -------
    (n, n) float64, every entry an integer below 2^53.
    """
    if not np.issubdtype(rows.dtype, np.integer):
        raise TypeError(f"exact cross products need integers, not {rows.dtype}")
    n, p = rows.shape
    products = np.zeros((n, n))
    start = 0
    while start < p:
        values = np.maximum(rows[:, start : start + BLOCK].T, 0)
        largest = max(int(values.max()), 1)
        size = min(BLOCK, (2**24 - 1) // largest**2)
        if size < 1:
            raise ValueError(f"the value {largest} is too large for exact cross products")
        block = values[:size].astype(np.float32, order="C")
        products += ssyrk(1.0, block.T)
        start += size
    return _whole(products)


def centre(products: np.ndarray) -> np.ndarray:
    """Cross products of rows after subtracting the rows' mean: PKP with P = I - 11'/n."""
    means = products.mean(axis=0)
    return products - means[:, None] - means[None, :] + means.mean()


def centre_cross(train: np.ndarray, cross: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre cross products of other rows with training rows, and their squares, by the training mean.

    Parameters
    ----------
    train
        (n, n) raw cross products of the training rows.
    cross
        (m, n) raw cross products of the other rows with them.
    squares
        (m,) raw squared lengths of the other rows.

    Returns
    -------
    cross, squares
        (m, n) and (m,), of rows from which the training mean has been taken.
    """
    train_means, other_means, grand = train.mean(axis=0), cross.mean(axis=1), train.mean()
    return (
        cross - other_means[:, None] - train_means[None, :] + grand,
        squares - 2 * other_means + grand,
    )


def centred_products(
    dosages: np.ndarray,
    markers: np.ndarray,
    lines: np.ndarray,
    means: np.ndarray,
    deviations: np.ndarray,
    others: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Cross products of standardised lines, missing values replaced by the mean.

    Parameters
    ----------
    dosages
        (P, N) dosages or features, a marker a row.
    markers, lines
        Row numbers (p,) and column numbers (n,) to use.
    means, deviations
        (p,) what to subtract from, then divide by, each of ``markers``.
    others
        Column numbers (m,) to multiply with ``lines``; None multiplies
        ``lines`` with themselves.

    Returns
    -------
    products, squares
        (n, n) and (n,) without ``others``, else (m, n) and (m,): cross products
        and squared lengths, float64.
    """
    size = len(lines if others is None else others)
    products, squares = np.zeros((size, len(lines))), np.zeros(size)
    for part in blocks(len(markers)):
        values = dosages[markers[part]]
        block = standardised(values[:, lines], means[part], deviations[part])
        if others is None:
            # The transpose of a C-ordered block is the Fortran order that BLAS reads without a copy.
            products += dsyrk(1.0, block.T)
        else:
            other = standardised(values[:, others], means[part], deviations[part])
            products += other.T @ block
            squares += np.einsum("pm,pm->m", other, other)
    if others is None:
        products = _whole(products)
        squares = np.diagonal(products).copy()
    return products, squares


def standardised(values: np.ndarray, means: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """(values - means) / deviations for (p, n) values, 0 where missing; float64, C order."""
    result = np.ascontiguousarray((values - means[:, None]) / deviations[:, None])
    result[is_missing(values)] = 0
    return result


def blocks(p: int) -> Iterator[slice]:
    """Slices of at most :data:`BLOCK` markers that cover p."""
    for start in range(0, p, BLOCK):
        yield slice(start, min(start + BLOCK, p))


def vanraden_scale(frequencies: np.ndarray, ploidy: int) -> float:
    """Denominator of VanRaden's first relationship matrix: ploidy x sum of p(1 - p).

    VanRaden 2008, J Dairy Sci 91:4414 (method 1), with any number of
    chromosome sets in the place of two.
    """
    return float(ploidy * np.sum(frequencies * (1 - frequencies)))


def squared_distances(gram: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances (n, n) of the rows whose cross products are ``gram``."""
    squares = np.diagonal(gram)
    return np.maximum(squares[:, None] + squares[None, :] - 2 * gram, 0)


def _whole(upper: np.ndarray) -> np.ndarray:
    """A symmetric matrix from its upper triangle."""
    return np.triu(upper) + np.triu(upper, 1).T
