"""Exact test for Hardy-Weinberg proportions.

Wigginton, Cutler & Abecasis 2005, Am J Hum Genet 76:887: given the numbers of calls and of minor alleles, the
number of heterozygotes has a known distribution; the p-value sums the probabilities of all numbers that are
no likelier than the one observed. No mid-p correction.
"""

from __future__ import annotations

import numpy as np

from dnngp.base.compiled import compiled

#: Probabilities that differ by rounding alone count as equal.
_TIE = 1 + 1e-10

#: What is below this share of the least probability observed adds nothing more of note.
_NEGLIGIBLE = 1e-17


def hardy_weinberg_p(called: np.ndarray, heterozygous: np.ndarray, alleles: np.ndarray) -> np.ndarray:
    """P-values of the exact test for each of p diploid variants.

    Parameters
    ----------
    called, heterozygous
        (p,) integers, samples with a call and with a heterozygous one.
    alleles
        (p,) integers, copies of one of the two alleles among the calls.

    Returns
    -------
    (p,) float64; 1 for a variant that does not vary or has no call.

    Raises
    ------
    ValueError
        Counts that no set of calls has.
    """
    called, heterozygous, alleles = (
        np.ascontiguousarray(values, np.int64) for values in (called, heterozygous, alleles)
    )
    minor = np.minimum(alleles, 2 * called - alleles)
    homozygous, odd = np.divmod(minor - heterozygous, 2)
    if (odd != 0).any() or (homozygous < 0).any() or (heterozygous < 0).any():
        raise ValueError("numbers of alleles and heterozygotes contradict each other")
    order = np.argsort(called * (minor.max(initial=0) + 1) + minor)
    return _p_values(called, heterozygous, minor, order, np.empty(len(called)))


@compiled
def _p_values(called, heterozygous, minor, order, p_values):  # type: ignore[no-untyped-def]
    """Fill in the p-values of variants, in an order in which those of one distribution stand together."""
    terms = np.empty(0)
    below = above = terms
    first = 0
    while first < len(order):
        n, rare = called[order[first]], minor[order[first]]
        least = most = heterozygous[order[first]]
        last = first
        while last < len(order) and called[order[last]] == n and minor[order[last]] == rare:
            least = min(least, heterozygous[order[last]])
            most = max(most, heterozygous[order[last]])
            last += 1
        if len(terms) <= rare // 2:
            terms, below, above = np.empty(rare + 1), np.empty(rare + 1), np.empty(rare + 1)
        begin, mode, end = _distribution(n, rare, least // 2, most // 2, terms, below, above)
        for place in range(first, last):
            variant = order[place]
            p_values[variant] = _p_value(heterozygous[variant] // 2, terms, below, above, begin, mode, end)
        first = last
    return p_values


@compiled
def _distribution(n, rare, least, most, terms, below, above):  # type: ignore[no-untyped-def]
    """Probabilities of all numbers of heterozygotes among n calls with some minor alleles, over the greatest.

    By the ratio of neighbours P(h + 2) / P(h) = 4 a b / ((h + 2) (h + 1)), with a and b homozygotes of either
    kind at h. Place k stands for h = 2 k, or 2 k + 1 where ``rare`` is odd. Filled are ``terms`` and their
    sums up to each (``below``) and from each (``above``), as far out as ``least`` and ``most`` and what is of
    note beside them. Returns the first place filled, the likeliest, and the last.
    """
    odd = rare % 2
    mode = max(int((rare * (2.0 * n - rare) / (2.0 * n) - odd) / 2), 0) if n > 0 else 0
    while mode < rare // 2 and _ratio(n, rare, 2 * mode + odd) > 1:
        mode += 1
    while mode > 0 and _ratio(n, rare, 2 * mode - 2 + odd) < 1:
        mode -= 1
    terms[mode] = 1.0
    begin = end = mode
    while begin > least:
        begin -= 1
        terms[begin] = terms[begin + 1] / _ratio(n, rare, 2 * begin + odd)
    while end < most:
        end += 1
        terms[end] = terms[end - 1] * _ratio(n, rare, 2 * end - 2 + odd)
    negligible = _NEGLIGIBLE * min(terms[begin], terms[end])
    while begin > 0 and terms[begin] > negligible:
        begin -= 1
        terms[begin] = terms[begin + 1] / _ratio(n, rare, 2 * begin + odd)
    while end < rare // 2 and terms[end] > negligible:
        end += 1
        terms[end] = terms[end - 1] * _ratio(n, rare, 2 * end - 2 + odd)
    total = 0.0
    for place in range(begin, end + 1):
        total += terms[place]
        below[place] = total
    total = 0.0
    for place in range(end, begin - 1, -1):
        total += terms[place]
        above[place] = total
    return begin, mode, end


@compiled
def _ratio(n, rare, h):  # type: ignore[no-untyped-def]
    return (rare - h) * (2.0 * n - rare - h) / ((h + 2.0) * (h + 1.0))


@compiled
def _p_value(place, terms, below, above, begin, mode, end):  # type: ignore[no-untyped-def]
    """Sum of the terms that are no likelier than that of a place, over the sum of all."""
    limit = terms[place] * _TIE
    if limit >= 1:
        return 1.0
    # On each side of the mode, terms only fall.
    low, high = begin - 1, mode
    while high - low > 1:
        middle = (low + high) // 2
        if terms[middle] <= limit:
            low = middle
        else:
            high = middle
    unlikely = below[low] if low >= begin else 0.0
    low, high = mode, end + 1
    while high - low > 1:
        middle = (low + high) // 2
        if terms[middle] <= limit:
            high = middle
        else:
            low = middle
    unlikely += above[high] if high <= end else 0.0
    return unlikely / below[end]
