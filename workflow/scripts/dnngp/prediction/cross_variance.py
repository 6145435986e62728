"""Variance among the offspring of a cross where markers act additively, in closed form.

Offspring of a cross of two homozygous parents vary by the markers at which these differ, and two such markers
together as far as recombination has not parted them: with effects a (of one allele), differences d = -1, 0, 1
of the parents' haplotypes and recombination r, the variance among doubled haploids is the sum over pairs of
markers of a d a' d' (1 - 2 r), and that among recombinant inbred lines by selfing has (1 - 2 r) / (1 + 2 r)
instead (Lehermeier et al. 2017, Genetics 207:1651; Haldane & Waddington 1931, Genetics 16:357). Selfed
offspring of the F1 have half of the variance of doubled haploids.

A heterozygous call of a parent is in either phase with its neighbours alike (dosages do not tell), so it adds
a variance of its own and counts half in d.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

#: Shares in the variance of doubled haploids, with heterozygous parents apart: of the differences between the
#: parents, and of their heterozygous calls (each u (1 - u) a^2, u the frequency of the allele in the parent).
SHARES: Mapping[str, tuple[float, float]] = {
    "f1": (0.0, 1.0),
    "f2": (0.5, 1.5),
    "dh": (1.0, 2.0),
    "ril": (1.0, 2.0),
}

#: Shares of the powers of 1 - 2 r in the linkage of two markers that is left: after one meiosis, and in
#: inbred lines, (1 - 2 r) / (1 + 2 r), which is the sum of (1 - 2 r)^n / 2^n, to the last bit that counts.
ONE_MEIOSIS, SELFING = np.ones(1), 0.5 ** np.arange(1, 49)


def cross_variances(
    parents: np.ndarray,
    crosses: np.ndarray,
    effects: np.ndarray,
    rate: np.ndarray,
    kind: str,
) -> np.ndarray:
    """Variances among the offspring of crosses.

    Parameters
    ----------
    parents
        (k, p) dosages, none missing, markers in the order of the genetic map.
    crosses
        (c, 2) rows of the parents of each cross.
    effects
        (p, t) of one allele, in the unit of each of t traits.
    rate
        (p,) recombination of each marker with the one before it
        (:func:`dnngp.genotypes.meiosis.recombination`).
    kind
        Of the offspring, a key of :data:`SHARES`.

    Returns
    -------
    (c, t) float64.
    """
    within = parents / 2
    first, second = within[crosses[:, 0]], within[crosses[:, 1]]
    between, unphased = SHARES[kind]
    loose = (within * (1 - within)) @ effects**2
    variance = unphased * (loose[crosses[:, 0]] + loose[crosses[:, 1]])
    if between:
        shares = SELFING if kind == "ril" else ONE_MEIOSIS
        for trait, effect in enumerate(effects.T):
            variance[:, trait] += between * _linked((first - second) * effect, 1 - 2 * rate, shares)
    return np.maximum(variance, 0)


def _linked(weighed: np.ndarray, linkage: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Sum over pairs of markers of the product of what is weighed (c, p) times what is left of their linkage.

    Without interference the linkage of two markers is the product of those between, so one pass along the
    genome holds, for each power of it, the sum over all markers passed.
    """
    powers = linkage[:, None] ** np.arange(1, len(shares) + 1)
    passed = np.zeros((len(weighed), len(shares)))
    total = (weighed**2).sum(axis=1) * shares.sum()
    for marker in np.flatnonzero((weighed != 0).any(axis=0) | (linkage < 1)):
        passed *= powers[marker]
        here = weighed[:, marker]
        total += 2 * here * (passed @ shares)
        passed += here[:, None]
    return total
