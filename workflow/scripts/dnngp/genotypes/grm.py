"""Cross products of lines over markers, exact where the markers are counts.

Dosages are small integers: :func:`cross_products` counts bits and gives the
same result on any machine with any number of threads, and sums and differences of
its results stay exact in float64, below 2^53. Centring comes afterwards, on n x n numbers
(:func:`centre`, :func:`centre_cross`). With missing calls, or features that are
no integers, :func:`centred_products` centres the values themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

#: Markers worked on at a time; bounds the memory of temporary copies.
BLOCK = 4096

#: The same for bit planes: 128 words a line and plane, so that the planes of many lines fit the cache.
PLANE_BLOCK = 8192

#: Markers between looks at which pairs of lines are still near, and bytes kept of pairs at a time.
NEAR_BLOCK, STRIPE_BYTES = 1024, 400_000_000


def is_missing(values: np.ndarray) -> np.ndarray:
    """Where values are missing: below 0 among integers (dosages), NaN among floats (features)."""
    return values < 0 if np.issubdtype(values.dtype, np.integer) else np.isnan(values)


def side_by_side(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Values (p, n) of several tables of the same markers; counts become real numbers beside such."""
    if len({part.dtype for part in parts}) > 1:
        parts = [np.where(is_missing(part), np.nan, part).astype(np.float32) for part in parts]
    return np.concatenate(parts, axis=1)


def has_one_value(values: np.ndarray) -> np.ndarray:
    """(p,) bool: which markers of (p, n) values have one, or none, in all samples."""
    absent = is_missing(values)
    first = values[np.arange(len(values)), np.argmin(absent, axis=1)]
    return ((values == first[:, None]) | absent).all(axis=1)


def cross_products(rows: np.ndarray, markers: np.ndarray | None = None, threads: int = 1) -> np.ndarray:
    """Raw cross products XX' of integer rows, exactly: by population counts of bit planes.

    Parameters
    ----------
    rows
        (n, p) integers up to 127, a line a row; missing calls (below 0) count as 0. For
        variant-major dosages pass the transpose, which is read block by block and never copied whole.
    markers
        Columns to use, an index array; None takes all.
    threads
        Threads to work with. The result is the same to the bit for any number.

    Returns
    -------
    (n, n) float64, every entry an integer below 2^53.

    Raises
    ------
    TypeError
        Rows that are not integers.
    ValueError
        A value above 127.
    """
    from dnngp.genotypes import bitplanes
    from dnngp.genotypes.counts import forget

    if not np.issubdtype(rows.dtype, np.integer):
        raise TypeError(f"exact cross products need integers, not {rows.dtype}")
    n = len(rows)
    p = rows.shape[1] if markers is None else len(markers)
    products, sums, signed_markers = np.zeros((n, n)), np.zeros(n), 0
    shares = _triangle_shares(n, threads)
    with ThreadPoolExecutor(threads) as pool:
        for part in blocks(p, PLANE_BLOCK):
            block = np.ascontiguousarray(rows[:, part if markers is None else markers[part]].T)
            largest = int(block.max(initial=0))
            if largest > 127:
                raise ValueError(f"the value {largest} is too large for exact cross products")
            signed = largest <= 2
            kind, count = (bitplanes.SIGNED, 2) if signed else (bitplanes.DIGITS, largest.bit_length())
            planes = np.empty((n, count, bitplanes.words(len(block))), np.uint64)
            bitplanes.pack_lines(block.astype(np.int8, copy=False), kind, planes)
            if signed:
                signed_markers += len(block)
                nonzero, plus = np.bitwise_count(planes).sum(axis=2, dtype=np.int64).T
                sums += 2 * plus - nonzero + len(block)
            add = bitplanes.add_signed_products if signed else bitplanes.add_digit_products
            for done in [pool.submit(add, planes, first, last, products) for first, last in shares]:
                done.result()
            forget(rows)
    bitplanes.symmetric_products(products, sums, float(signed_markers))
    return products


def relationships(dosages: np.ndarray, ploidy: int, threads: int = 1) -> np.ndarray:
    """VanRaden's first genomic relationship matrix of all lines, with any number of chromosome sets.

    VanRaden 2008, J Dairy Sci 91:4414: ZZ' / (ploidy x sum of p(1 - p)), Z the dosages minus their mean over
    the lines, ploidy x p. Missing calls count as the mean. Products of dosages are exact, and what centring
    adds is summed in the order of the markers; the store is read block by block.

    Parameters
    ----------
    dosages
        (p, n) int8, -1 missing, or real-valued float32, NaN missing; a marker a row.
    ploidy
        Sets of chromosomes.
    threads
        Threads to work with; the result is the same to the bit for any number, of int8 dosages.

    Returns
    -------
    (n, n) float64.

    Raises
    ------
    ValueError
        No marker varies.
    """
    from dnngp.genotypes.counts import count_genotypes

    p, n = dosages.shape
    counts = count_genotypes(dosages, ploidy)
    means = counts.alleles / np.maximum(counts.called, 1)
    scale = vanraden_scale(means / ploidy, ploidy)
    if scale <= 0:
        raise ValueError("no marker varies")
    if np.issubdtype(dosages.dtype, np.integer):
        products = _centred_exactly(dosages, means, bool((counts.called < n).any()), threads)
    else:
        products, _ = centred_products(dosages, np.arange(p), np.arange(n), means, np.ones(p))
    products /= scale
    return products


def _centred_exactly(dosages: np.ndarray, means: np.ndarray, gaps: bool, threads: int) -> np.ndarray:
    """Cross products of lines after subtracting means of markers, missing calls as the mean: see the module
    :mod:`dnngp.genotypes.centring`."""
    from dnngp.genotypes.centring import add_line_sums, add_missing_products, centred
    from dnngp.genotypes.counts import forget

    n = dosages.shape[1]
    products = cross_products(dosages.T, threads=threads)
    weighted, missed = np.zeros(n), np.zeros(n)
    absent = np.zeros((n, n)) if gaps else np.zeros((0, 0))
    edges = np.linspace(0, n, threads + 1).astype(int)
    with ThreadPoolExecutor(threads) as pool:
        for part in blocks(len(dosages), PLANE_BLOCK):
            block, mu = np.ascontiguousarray(dosages[part]), means[part]
            begins, markers = add_line_sums(block, mu, weighted, missed)
            if len(markers):
                shares = [
                    pool.submit(add_missing_products, block, mu, begins, markers, first, last, absent)
                    for first, last in pairwise(edges)
                ]
                for share in shares:
                    share.result()
            forget(dosages)
    centred(products, absent, weighted, missed, float(np.sum(means**2)))
    return products


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
    # Here, since most jobs that import this module need no linear algebra, and SciPy's takes 0.15 s to start.
    from scipy.linalg.blas import dsyrk

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


def blocks(p: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices of at most ``size`` markers that cover p."""
    for start in range(0, p, size):
        yield slice(start, min(start + size, p))


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


def _triangle_shares(n: int, parts: int) -> list[tuple[int, int]]:
    """Row ranges that cut the upper triangle of an n x n matrix into parts of about equal area."""
    edges = [round(n - n * (1 - part / parts) ** 0.5) for part in range(parts + 1)]
    return [(first, last) for first, last in pairwise(edges) if first < last]


def near_duplicates(
    dosages: np.ndarray,
    ploidy: int,
    above: float,
    variants: np.ndarray | None = None,
    samples: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of samples that share almost all alleles.

    Identity by state is 1 - sum |x - x'| / (ploidy x markers called in both), over those markers. A pair is
    given up as soon as its differences exceed what all markers together would allow: exact, and most pairs
    cost a fraction of the markers.

    Parameters
    ----------
    dosages
        (P, N) int8, -1 missing, or real-valued float32, rounded to whole numbers.
    ploidy
        Sets of chromosomes.
    above
        Identity above which a pair is given, below 1.
    variants, samples
        (P,) and (N,) bool, what to compare; None takes all.

    Returns
    -------
    first, second, identity
        (k,) column numbers in ``dosages``, first < second, and identities by state, in order of the columns.
    """
    columns = np.arange(dosages.shape[1]) if samples is None else np.flatnonzero(samples)
    rows = None if variants is None or variants.all() else np.flatnonzero(variants)
    size = max(1, STRIPE_BYTES // (8 * max(1, len(columns))))
    parts = list(blocks(len(columns), size)) or [slice(0, 0)]
    stripes = [_near_of_stripe(dosages, ploidy, above, rows, columns, part) for part in parts]
    first, second, identity = (np.concatenate(values) for values in zip(*stripes, strict=True))
    return columns[first], columns[second], identity


def _near_of_stripe(
    dosages: np.ndarray,
    ploidy: int,
    above: float,
    rows: np.ndarray | None,
    columns: np.ndarray,
    stripe: slice,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of some of the samples, numbered among ``columns``, with all later ones, by markers ``rows``."""
    from dnngp.genotypes import bitplanes
    from dnngp.genotypes.counts import hard_calls, marker_blocks

    p, n = len(dosages) if rows is None else len(rows), len(columns)
    limit = int((1 - above) * ploidy * p + 1e-6)
    called = np.zeros((stripe.stop - stripe.start, n), np.int32)
    differences = np.zeros_like(called)
    left = len(differences)
    for _, block in marker_blocks(dosages, rows):
        calls = hard_calls(block, ploidy)
        for part in blocks(len(calls), NEAR_BLOCK):
            if not left:
                break
            chosen = calls[part] if n == dosages.shape[1] else np.ascontiguousarray(calls[part][:, columns])
            planes = np.empty((n, ploidy + 1, bitplanes.words(len(chosen))), np.uint64)
            bitplanes.pack_lines(chosen, bitplanes.STEPS, planes)
            left = bitplanes.add_differences(planes, stripe.start, limit, called, differences)
        if not left:
            break
    first, second = np.nonzero((differences <= limit) & (called > 0))
    identity = 1 - differences[first, second] / (ploidy * called[first, second].astype(float))
    near = identity > above
    return first[near] + stripe.start, second[near], identity[near]
