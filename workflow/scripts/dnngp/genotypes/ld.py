"""Linkage disequilibrium: squared correlations of dosages, and pruning by them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dnngp.base.compiled import compiled
from dnngp.genotypes.bitplanes import popcount, words
from dnngp.genotypes.counts import hard_calls, marker_blocks

#: r2 above the limit by no more than rounding counts as equal to it.
_TOLERANCE = 1 + 1e-13

_ONES = np.uint64(0x0101010101010101)
#: Gathers the lowest bits of eight bytes in the highest byte of the product, in order.
_GATHER = np.uint64(0x0102040810204080)


class MarkerPlanes:
    """Bit planes of markers over lines, for correlations between any two of them.

    Parameters
    ----------
    dosages
        (p, n) int8, -1 missing, or real-valued float32, rounded to whole numbers. A quarter (ploidy up to 2)
        to five eighths of a byte a call is held in memory.
    ploidy
        Sets of chromosomes, 1 to 15.
    rows
        Markers to take, an index array, in this order; None takes all.
    lines
        (n,) bool, lines to take; None takes all.
    """

    def __init__(
        self,
        dosages: np.ndarray,
        ploidy: int,
        rows: np.ndarray | None = None,
        lines: np.ndarray | None = None,
    ) -> None:
        p = len(dosages) if rows is None else len(rows)
        self.n_lines = dosages.shape[1] if lines is None else int(lines.sum())
        # Up to 2: nonzero and plus, as in bitplanes; a missing call is plus alone. Else digits, then called.
        self._signed = ploidy <= 2
        count = 2 if self._signed else ploidy.bit_length() + 1
        self._planes = np.empty((p, count, words(self.n_lines)), np.uint64)
        self._sums = np.empty((p, 3), np.int64)
        for part, block in marker_blocks(dosages, rows):
            if lines is not None and not lines.all():
                block = block[:, lines]
            _pack_markers(hard_calls(block, ploidy), self._signed, self._planes[part], self._sums[part])

    def r2(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Squared correlation of the dosages of pairs of markers (k,), over the lines called in both.

        Returns
        -------
        (k,) float64; NaN where a marker does not vary among those lines.
        """
        return _r2_of_pairs(self._planes, self._sums, self._signed, self.n_lines, first, second)

    def prune(self, minor: np.ndarray, ends: np.ndarray, step: int, r2: float) -> np.ndarray:
        """Which markers stay when, in every window, one of each pair with r2 above a limit goes.

        Parameters
        ----------
        minor
            (p,) minor allele frequency: of a pair the lower goes, the later if they are equal.
        ends
            (p,) int64: one past the last marker of the window that begins at each marker.
        step
            Markers from the begin of a window to the next.
        r2
            The limit.

        Returns
        -------
        (p,) bool. Markers that do not vary do not stay.
        """
        kept = np.ones(len(self._planes), bool)
        _prune(self._planes, self._sums, self._signed, self.n_lines, minor, ends, step, r2, kept)
        return kept


def prune_markers(
    dosages: np.ndarray,
    ploidy: int,
    variants: pd.DataFrame,
    minor: np.ndarray,
    r2: float,
    window: float,
    unit: str,
    step: int,
    lines: np.ndarray | None = None,
) -> np.ndarray:
    """Greedy pruning within chromosomes, as ``plink2 --indep-pairwise`` does it.

    Markers of a chromosome are taken by position. In a window, pairs are compared from the left; when r2 is
    above the limit, the marker with the lower minor allele frequency goes (the later one if equal), and the
    next marker is compared. This is repeated until no pair is left, then the window moves.

    Parameters
    ----------
    dosages, ploidy, lines
        As in :class:`MarkerPlanes`; (P, N) and (N,).
    variants
        p rows with ``chrom`` and ``pos``, whose index holds their rows in ``dosages``.
    minor
        (p,) minor allele frequencies.
    r2
        Largest squared correlation to leave.
    window, unit, step
        ``variants``: so many markers, moved by ``step``. ``kb``: markers within so many kilobases of the
        first, moved by one marker.

    Returns
    -------
    (p,) bool, which of ``variants`` stay.
    """
    kept = np.ones(len(variants), bool)
    rows, position = variants.index.to_numpy(), variants["pos"].to_numpy()
    chromosome = pd.factorize(variants["chrom"])[0]
    for number in range(chromosome.max(initial=-1) + 1):
        unordered = np.flatnonzero(chromosome == number)
        places = unordered[np.argsort(position[unordered], kind="stable")]
        planes = MarkerPlanes(dosages, ploidy, rows[places], lines)
        if unit == "kb":
            at = position[places]
            ends, move = np.searchsorted(at, at + window * 1000, side="right"), 1
        else:
            ends, move = np.minimum(np.arange(len(places)) + int(window), len(places)), step
        kept[places] = planes.prune(minor[places], ends.astype(np.int64), move, r2)
    return kept


@compiled
def _pack_markers(block, signed, planes, sums):  # type: ignore[no-untyped-def]
    """Planes (p, K, W) of markers x lines, and sum, sum of squares and number of missing calls of each."""
    p, n = block.shape
    count, size = planes.shape[1], planes.shape[2]
    # Filled up with missing calls.
    row = np.full(64 * size, 255, np.uint8)
    cells = row.view(np.uint64)
    packed = np.empty(8 * size, np.uint8)
    word_of = packed.view(np.uint64)
    one, top = np.uint64(1), np.uint64(56)
    for marker in range(p):
        calls = block[marker]
        for line in range(n):
            row[line] = np.uint8(calls[line])
        if signed:
            for k in range(8 * size):
                packed[k] = np.uint8(((~cells[k] & _ONES) * _GATHER) >> top)
            planes[marker, 0] = word_of
            for k in range(8 * size):
                packed[k] = np.uint8((((cells[k] >> one) & _ONES) * _GATHER) >> top)
            planes[marker, 1] = word_of
            nonzero, plus = planes[marker, 0], planes[marker, 1]
            squares = both = known = np.uint64(0)
            for word in range(size):
                squares += popcount(nonzero[word])
                both += popcount(nonzero[word] & plus[word])
                known += popcount(nonzero[word] | ~plus[word])
            sums[marker, 0] = 2 * np.int64(both) - np.int64(squares)
            sums[marker, 1] = squares
            sums[marker, 2] = n - np.int64(known)
        else:
            for digit in range(count):
                shift = np.uint64(digit)
                for k in range(8 * size):
                    gone = (cells[k] >> np.uint64(7)) & _ONES
                    bits = (cells[k] >> shift) & _ONES & ~gone if digit < count - 1 else _ONES & ~gone
                    packed[k] = np.uint8((bits * _GATHER) >> top)
                planes[marker, digit] = word_of
            total = squared = called = 0
            for line in range(n):
                value = int(calls[line])
                if value >= 0:
                    total += value
                    squared += value * value
                    called += 1
            sums[marker, 0], sums[marker, 1], sums[marker, 2] = total, squared, n - called


@compiled
def _moments(planes, sums, signed, n, i, j):  # type: ignore[no-untyped-def]
    """n^2 times covariance and variances of markers i and j over the lines called in both."""
    size = planes.shape[2]
    if signed and sums[i, 2] == 0 and sums[j, 2] == 0:
        a, b, c, d = planes[i, 0], planes[i, 1], planes[j, 0], planes[j, 1]
        total = np.int64(0)
        for word in range(size):
            both = a[word] & c[word]
            opposite = popcount(both & (b[word] ^ d[word]))
            total += np.int64(popcount(both)) - np.int64(opposite << np.uint64(1))
        first, second = sums[i, 0], sums[j, 0]
        return n * total - first * second, n * sums[i, 1] - first * first, n * sums[j, 1] - second * second
    m, qi, qj = np.int64(0), np.int64(0), np.int64(0)
    si, sj, product = np.int64(0), np.int64(0), np.int64(0)
    if signed:
        a, b, c, d = planes[i, 0], planes[i, 1], planes[j, 0], planes[j, 1]
        for word in range(size):
            x, y = a[word] & (c[word] | ~d[word]), c[word] & (a[word] | ~b[word])
            m += np.int64(popcount((a[word] | ~b[word]) & (c[word] | ~d[word])))
            qi += np.int64(popcount(x))
            qj += np.int64(popcount(y))
            si += np.int64(popcount(x & b[word]))
            sj += np.int64(popcount(y & d[word]))
            product += np.int64(popcount(x & y)) - 2 * np.int64(popcount(x & y & (b[word] ^ d[word])))
        si, sj = 2 * si - qi, 2 * sj - qj
    else:
        count = planes.shape[1] - 1
        known, other = planes[i, count], planes[j, count]
        for word in range(size):
            m += np.int64(popcount(known[word] & other[word]))
            for k in range(count):
                x, y = planes[i, k, word] & other[word], planes[j, k, word] & known[word]
                si += np.int64(popcount(x)) << k
                sj += np.int64(popcount(y)) << k
                for q in range(count):
                    qi += np.int64(popcount(x & planes[i, q, word])) << (k + q)
                    qj += np.int64(popcount(y & planes[j, q, word])) << (k + q)
                    product += np.int64(popcount(x & planes[j, q, word])) << (k + q)
    return m * product - si * sj, m * qi - si * si, m * qj - sj * sj


@compiled
def _r2_of_pairs(planes, sums, signed, n, first, second):  # type: ignore[no-untyped-def]
    result = np.empty(len(first))
    for k in range(len(first)):
        covariance, one, other = _moments(planes, sums, signed, n, first[k], second[k])
        if one > 0 and other > 0:
            result[k] = (
                np.float64(covariance) * np.float64(covariance) / (np.float64(one) * np.float64(other))
            )
        else:
            result[k] = np.nan
    return result


@compiled
def _prune(planes, sums, signed, n, minor, ends, step, r2, kept):  # type: ignore[no-untyped-def]
    p = len(planes)
    limit = r2 * _TOLERANCE
    following = np.arange(1, p + 1)
    for marker in range(p):
        known = n - sums[marker, 2]
        if known * sums[marker, 1] <= sums[marker, 0] * sums[marker, 0]:
            kept[marker] = False
    begin = 0
    while begin < p:
        end = ends[begin]
        again = True
        while again:
            again = False
            for i in range(begin, end):
                if not kept[i]:
                    continue
                j = following[i]
                while j < end:
                    if kept[j]:
                        covariance, one, other = _moments(planes, sums, signed, n, i, j)
                        square = np.float64(covariance) * np.float64(covariance)
                        if square > limit * np.float64(one) * np.float64(other):
                            again = True
                            if minor[i] < minor[j] * (1 - 1e-13):
                                kept[i] = False
                            else:
                                kept[j] = False
                                j += 1
                            break
                    j += 1
                following[i] = max(following[i], j)
        begin += step
