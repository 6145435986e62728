"""Exact test for Hardy-Weinberg proportions.

Wigginton, Cutler & Abecasis 2005, Am J Hum Genet 76:887: given the numbers of calls and of minor alleles, the
number of heterozygotes has a known distribution; the p-value sums the probabilities of all numbers that are
no likelier than the one observed. No mid-p correction.
"""

from __future__ import annotations

import numpy as np

from dnngp.compiled import compiled

#: Probabilities that differ by rounding alone count as equal.
_TIE = 1 + 1e-10

#: A tail whose next term is below this share of the sum so far adds nothing more of note.
_NEGLIGIBLE = 1e-15


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
    homozygous, odd = np.divmod(np.minimum(alleles, 2 * called - alleles) - heterozygous, 2)
    if (odd != 0).any() or (homozygous < 0).any() or (heterozygous < 0).any():
        raise ValueError("numbers of alleles and heterozygotes contradict each other")
    return _p_values(called, heterozygous, alleles, np.empty(len(called)))


@compiled
def _p_values(called, heterozygous, alleles, p_values):  # type: ignore[no-untyped-def]
    # Many variants share their counts: what was asked for last under the same key is kept.
    slots = 1 << 16
    keys, kept = np.full((slots, 3), -1, np.int64), np.empty(slots)
    for variant in range(len(called)):
        n, het = called[variant], heterozygous[variant]
        rare = min(alleles[variant], 2 * n - alleles[variant])
        slot = (het * 2003 + rare * 7 + n * 65537) & (slots - 1)
        key = keys[slot]
        if key[0] != n or key[1] != het or key[2] != rare:
            key[0], key[1], key[2] = n, het, rare
            kept[slot] = _p_value(n, het, rare)
        p_values[variant] = kept[slot]
    return p_values


@compiled
def _p_value(n, observed, rare):  # type: ignore[no-untyped-def]
    """P-value for n calls with ``rare`` minor alleles and ``observed`` heterozygotes.

    Probabilities are taken relative to that of the observed number, by the ratio of neighbours
    P(h - 2) / P(h) = h (h - 1) / (4 (a + 1) (b + 1)), with a and b homozygotes of either kind at h.
    """
    likely, unlikely = 0.0, 1.0
    # Fewer heterozygotes, then more; far out, terms only fall. Where likelier numbers are beyond the range of
    # double precision, the p-value is 0.
    h, term = float(observed), 1.0
    a, b = (rare - h) / 2, n - (rare + h) / 2
    while h > 1:
        ratio = h * (h - 1) / (4 * (a + 1) * (b + 1))
        term *= ratio
        h, a, b = h - 2, a + 1, b + 1
        if term <= _TIE:
            unlikely += term
        else:
            likely += term
        if ratio < 1 and term < _NEGLIGIBLE * unlikely:
            break
    h, term = float(observed), 1.0
    a, b = (rare - h) / 2, n - (rare + h) / 2
    while a > 0:
        ratio = 4 * a * b / ((h + 2) * (h + 1))
        term *= ratio
        h, a, b = h + 2, a - 1, b - 1
        if term <= _TIE:
            unlikely += term
        else:
            likely += term
        if ratio < 1 and term < _NEGLIGIBLE * unlikely:
            break
    return unlikely / (unlikely + likely)
