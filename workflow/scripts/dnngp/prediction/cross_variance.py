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

from collections.abc import Callable, Mapping

import numpy as np

#: Shares in the variance of doubled haploids, with heterozygous parents apart: of the differences between the
#: parents, and of their heterozygous calls (each u (1 - u) a^2, u the frequency of the allele in the parent).
SHARES: Mapping[str, tuple[float, float]] = {
    "f1": (0.0, 1.0),
    "f2": (0.5, 1.5),
    "dh": (1.0, 2.0),
    "ril": (1.0, 2.0),
}


def _doubled(distance: np.ndarray) -> np.ndarray:
    return np.exp(-2 * distance)


def _inbred(distance: np.ndarray) -> np.ndarray:
    kept = np.exp(-2 * distance)  # 1 - 2 r after Haldane
    return kept / (2 - kept)


def cross_covariances(
    parents: np.ndarray,
    crosses: np.ndarray,
    effects: np.ndarray,
    chrom: np.ndarray,
    morgans: np.ndarray,
    kind: str,
) -> np.ndarray:
    """Variances among the offspring of crosses.

    Parameters
    ----------
    parents
        (k, p) dosages, none missing.
    crosses
        (c, 2) rows of the parents of each cross.
    effects
        (p, t) of one allele, in the unit of each of t traits.
    chrom, morgans
        (p,) chromosome and place of each marker.
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
        correlation: Callable[[np.ndarray], np.ndarray] = _inbred if kind == "ril" else _doubled
        for name in dict.fromkeys(chrom.tolist()):
            here = np.flatnonzero(chrom == name)
            together = correlation(np.abs(morgans[here, None] - morgans[here]))
            apart = first[:, here] - second[:, here]
            for trait, effect in enumerate(effects[here].T):
                weighed = apart * effect
                variance[:, trait] += between * np.einsum("cp,cp->c", weighed @ together, weighed)
    return np.maximum(variance, 0)
