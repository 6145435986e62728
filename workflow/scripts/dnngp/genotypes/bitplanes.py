"""Genotypes as planes of bits: products of small integers by AND and population count, exact and fast.

A plane holds one bit of every value, 64 values a word. Dosages up to 2 take two planes (``SIGNED``): with
z = x - 1, ``nonzero`` (z is not 0) and ``plus`` (z is 1), and

    sum of z z' = popcount(nonzero & nonzero') - 2 popcount(nonzero & nonzero' & (plus ^ plus')).

Larger dosages take their binary digits (``DIGITS``), whose products are weighted by powers of two. For
distances, ``STEPS`` holds whether a dosage is at least 1, 2, ..., and last whether it was called at all.
Everything is integer arithmetic: neither the order of the work nor the number of threads changes a bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic

from dnngp.base.compiled import compiled

#: Values in a word.
WORD = 64

#: Kinds of planes.
SIGNED, DIGITS, STEPS = 0, 1, 2

#: Lines whose planes lie in the second-level cache together.
_TILE = 96


def _popcount(typingctx: Any, word: Any) -> Any:
    """What numba asks of an intrinsic: its types, and how to emit it."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), emit


#: Number of bits set in a uint64; loops over it become vector instructions where there are any.
popcount: Any = intrinsic(_popcount)


def words(count: int) -> int:
    """Words that hold ``count`` bits."""
    return -(-count // WORD)


@compiled
def pack_lines(block, kind, planes):  # type: ignore[no-untyped-def]
    """Planes of lines from markers x lines, 64 markers a word.

    Parameters
    ----------
    block
        (m, n) int8, C order. Missing calls (-1) count as 0, and as not called in ``STEPS``.
    kind
        ``SIGNED``, ``DIGITS`` or ``STEPS``.
    planes
        (n, K, words(m)) uint64, overwritten.
    """
    m, n = block.shape
    count = planes.shape[1]
    bits = np.empty((8, n), np.uint8)
    for word in range(planes.shape[2]):
        for plane in range(count):
            bits[:] = 0
            digit = np.int8(1 << plane)
            least = np.int8(0) if plane == count - 1 else np.int8(plane + 1)
            for offset in range(min(64, m - 64 * word)):
                row = block[64 * word + offset]
                target = bits[offset >> 3]
                bit = np.uint8(1 << (offset & 7))
                if kind == STEPS:
                    for line in range(n):
                        target[line] |= bit if row[line] >= least else np.uint8(0)
                elif kind == DIGITS:
                    for line in range(n):
                        target[line] |= bit if (row[line] > 0) & ((row[line] & digit) != 0) else np.uint8(0)
                elif plane == 0:
                    for line in range(n):
                        target[line] |= bit if row[line] != 1 else np.uint8(0)
                else:
                    for line in range(n):
                        target[line] |= bit if row[line] == 2 else np.uint8(0)
            for line in range(n):
                value = np.uint64(0)
                for part in range(8):
                    value |= np.uint64(bits[part, line]) << np.uint64(8 * part)
                planes[line, plane, word] = value


@compiled
def add_signed_products(planes, first, last, products):  # type: ignore[no-untyped-def]
    """Add the products z z' of lines ``first`` to ``last`` with themselves and all later lines.

    Parameters
    ----------
    planes
        (n, 2, W) uint64, ``SIGNED``.
    first, last
        Rows of ``products`` to add to, above and on the diagonal; other rows are not touched.
    products
        (n, n) float64, integers.
    """
    n, _, size = planes.shape
    for start in range(first, n, _TILE):
        stop = min(start + _TILE, n)
        # Four lines at once: a word loaded for line j serves all four.
        for i in range(first, min(last, stop), 4):
            i1, i2, i3 = min(i + 1, last - 1), min(i + 2, last - 1), min(i + 3, last - 1)
            a0, b0 = planes[i, 0], planes[i, 1]
            a1, b1 = planes[i1, 0], planes[i1, 1]
            a2, b2 = planes[i2, 0], planes[i2, 1]
            a3, b3 = planes[i3, 0], planes[i3, 1]
            for j in range(max(start, i), stop):
                a, b = planes[j, 0], planes[j, 1]
                s0 = s1 = s2 = s3 = np.uint64(0)
                d0 = d1 = d2 = d3 = np.uint64(0)
                for word in range(size):
                    x, y = a[word], b[word]
                    both = a0[word] & x
                    s0 += popcount(both)
                    d0 += popcount(both & (b0[word] ^ y))
                    both = a1[word] & x
                    s1 += popcount(both)
                    d1 += popcount(both & (b1[word] ^ y))
                    both = a2[word] & x
                    s2 += popcount(both)
                    d2 += popcount(both & (b2[word] ^ y))
                    both = a3[word] & x
                    s3 += popcount(both)
                    d3 += popcount(both & (b3[word] ^ y))
                products[i, j] += np.float64(s0) - 2 * np.float64(d0)
                if i1 > i and j >= i1:
                    products[i1, j] += np.float64(s1) - 2 * np.float64(d1)
                if i2 > i1 and j >= i2:
                    products[i2, j] += np.float64(s2) - 2 * np.float64(d2)
                if i3 > i2 and j >= i3:
                    products[i3, j] += np.float64(s3) - 2 * np.float64(d3)


@compiled
def add_digit_products(planes, first, last, products):  # type: ignore[no-untyped-def]
    """Add the products x x' as :func:`add_signed_products` does; planes (n, K, W) are ``DIGITS``."""
    n, count, size = planes.shape
    for start in range(first, n, _TILE):
        stop = min(start + _TILE, n)
        for i in range(first, min(last, stop)):
            for j in range(max(start, i), stop):
                total = np.uint64(0)
                for k in range(count):
                    a = planes[i, k]
                    for q in range(count):
                        b = planes[j, q]
                        part = np.uint64(0)
                        for word in range(size):
                            part += popcount(a[word] & b[word])
                        total += part << np.uint64(k + q)
                products[i, j] += np.float64(total)


@compiled
def symmetric_products(products, sums, markers):  # type: ignore[no-untyped-def]
    """Turn upper triangles of z z' into whole matrices of x x', in place.

    Parameters
    ----------
    products
        (n, n) float64; sums of z z' of ``markers`` markers, and of x x' of any others.
    sums
        (n,) float64, sums of x over those ``markers``: x x' is z z' + x + x' - 1.
    """
    n = len(products)
    for rows in range(0, n, _TILE):
        for columns in range(rows, n, _TILE):
            for i in range(rows, min(rows + _TILE, n)):
                for j in range(max(columns, i), min(columns + _TILE, n)):
                    value = products[i, j] + sums[i] + sums[j] - markers
                    products[i, j] = value
                    products[j, i] = value


@compiled
def add_differences(planes, begin, limit, called, differences):  # type: ignore[no-untyped-def]
    """Add to the allele differences of pairs of lines that are not yet beyond a limit.

    Parameters
    ----------
    planes
        (n, ploidy + 1, W) uint64, ``STEPS``.
    begin
        The first of the s lines that are compared with themselves and all later lines.
    limit
        Pairs with more differences than this are passed over: nothing to come makes them near.
    called, differences
        (s, n) int32, of pairs with a later line: markers called in both, and the sum of |x - x'| over them.

    Returns
    -------
    int
        Pairs not beyond the limit.
    """
    n, count, size = planes.shape
    end, left = begin + len(differences), 0
    for first in range(begin, end, _TILE):
        for start in range(first, n, _TILE):
            for i in range(first, min(first + _TILE, end)):
                row = i - begin
                for j in range(max(start, i + 1), min(start + _TILE, n)):
                    if differences[row, j] > limit:
                        continue
                    both, differing = np.uint64(0), np.uint64(0)
                    known, other = planes[i, count - 1], planes[j, count - 1]
                    for word in range(size):
                        both += popcount(known[word] & other[word])
                    for plane in range(count - 1):
                        a, b = planes[i, plane], planes[j, plane]
                        for word in range(size):
                            differing += popcount((a[word] ^ b[word]) & known[word] & other[word])
                    called[row, j] += np.int32(both)
                    differences[row, j] += np.int32(differing)
                    left += differences[row, j] <= limit
    return left
