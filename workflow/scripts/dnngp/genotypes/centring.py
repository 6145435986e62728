"""What means and missing calls add to the cross products of dosages, to centre them.

With z = x - mu for a call and 0 for a missing one, and x = 0 for a missing call in the raw products, the sum
of z z' over markers is

    sum x x'  -  a - a'  +  d + d'  -  r - r'  +  sum mu^2,

a = sum mu x over all markers, r = sum mu^2 over those missing in the line, and d, for a pair (line, other),
the sum over markers missing in the line of mu x of the other, or mu^2 / 2 where the other misses it too. Only
missing calls cost more than a pass over the store.
"""

from __future__ import annotations

import numpy as np

from dnngp.base.compiled import compiled


@compiled
def add_line_sums(block, means, weighted, missed):  # type: ignore[no-untyped-def]
    """Add the sums a and r of every line over a block of markers.

    Parameters
    ----------
    block
        (m, n) int8, -1 missing.
    means
        (m,) float64, mu.
    weighted, missed
        (n,) float64, a and r; added to, marker by marker.

    Returns
    -------
    begins, markers : (n + 1,) and (k,) int64
        ``markers[begins[i]:begins[i + 1]]`` are the markers missing in line i, ascending.
    """
    m, n = block.shape
    begins = np.zeros(n + 1, np.int64)
    gaps = np.zeros(m, np.bool_)
    for marker in range(m):
        row, mean = block[marker], means[marker]
        square = mean * mean
        lowest = np.int8(0)
        for line in range(n):
            lowest = min(lowest, row[line])
        gaps[marker] = lowest < 0
        if gaps[marker]:
            for line in range(n):
                weighted[line] += mean * row[line] if row[line] >= 0 else 0.0
                missed[line] += square if row[line] < 0 else 0.0
                begins[line + 1] += row[line] < 0
        else:
            for line in range(n):
                weighted[line] += mean * row[line]
    begins = np.cumsum(begins)
    markers, place = np.empty(begins[n], np.int64), begins[:n].copy()
    for marker in range(m):
        if gaps[marker]:
            row = block[marker]
            for line in range(n):
                if row[line] < 0:
                    markers[place[line]] = marker
                    place[line] += 1
    return begins, markers


@compiled
def add_missing_products(block, means, begins, markers, first, last, products):  # type: ignore[no-untyped-def]
    """Add the sums d of lines ``first`` to ``last`` with all others to (n, n) float64 ``products``."""
    n = block.shape[1]
    for line in range(first, last):
        target = products[line]
        for place in range(begins[line], begins[line + 1]):
            row, mean = block[markers[place]], means[markers[place]]
            half = mean * mean / 2
            for other in range(n):
                target[other] += mean * row[other] if row[other] >= 0 else half


@compiled
def centred(products, gaps, weighted, missed, squares):  # type: ignore[no-untyped-def]
    """Centre raw products in place.

    Parameters
    ----------
    products
        (n, n) float64, sums of x x'.
    gaps
        (n, n) float64, d; (0, 0) if no call is missing.
    weighted, missed
        (n,) a and r.
    squares
        Sum of mu^2.
    """
    n, size = len(products), 64
    for rows in range(0, n, size):
        for columns in range(rows, n, size):
            for i in range(rows, min(rows + size, n)):
                for j in range(max(columns, i), min(columns + size, n)):
                    value = products[i, j] - (weighted[i] + weighted[j]) - (missed[i] + missed[j]) + squares
                    if len(gaps):
                        value += gaps[i, j] + gaps[j, i]
                    products[i, j] = value
                    products[j, i] = value
