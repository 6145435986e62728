"""Nested subsets of lines and markers: a smaller set lies inside every larger one.

Along a learning curve only the size may change. So all lines, and all markers,
are put in one order, and a set of n is the first n of it.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.base.seeds import digest, hashed_ranks
from dnngp.genotypes.counts import count_genotypes
from dnngp.genotypes.ld import prune_markers
from dnngp.genotypes.quality_control import genome_places
from dnngp.genotypes.store import Genotypes, variant_names

#: Ways to order markers.
CHOICES = ("random", "even", "pruned")

#: Limits of r2 for ``pruned``, each applied to what the one before left.
PRUNING_LEVELS = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05)


def first_lines(ids: Sequence[str], n: int, *names: object) -> list[str]:
    """The first ``n`` ids by the digest of ``names`` and id.

    The order of an id does not depend on which others are given: folds that
    share training lines take the same ones first.
    """
    return sorted(ids, key=lambda id: digest(*names, id))[:n]


def stratified_lines(ids: Sequence[str], groups: Sequence[object], n: int, *names: object) -> list[str]:
    """``n`` ids, of each group its share, within a group in the order of :func:`first_lines`.

    What rounding leaves goes to the groups with the largest remainders, of equal ones to the first.

    Parameters
    ----------
    ids
        Different ones, at least ``n``.
    groups
        Of each id.
    n, names
        As of :func:`first_lines`.
    """
    members: dict[object, list[str]] = {}
    for id, group in zip(ids, groups, strict=True):
        members.setdefault(group, []).append(id)
    shares = {group: n * len(of) / len(ids) for group, of in members.items()}
    counts = {group: int(share) for group, share in shares.items()}
    remainders = sorted(shares, key=lambda group: counts[group] - shares[group])
    for group in remainders[: n - sum(counts.values())]:
        counts[group] += 1
    return [id for group, of in members.items() for id in first_lines(of, counts[group], *names)]


def marker_ranks(genotypes: Genotypes, choose: str, *names: object) -> np.ndarray:
    """The place of every marker in the order that subsets are taken from.

    Parameters
    ----------
    genotypes
        All lines and markers of a dataset. Phenotypes are not looked at.
    choose
        ``random``
            By the digest of ``names`` and the name of the marker.
        ``even``
            The middle of the genome first, then always a marker near the middle of the widest gap: any
            number of first markers covers the genome about evenly.
        ``pruned``
            Last to first, the markers that pruning by linkage disequilibrium removes at ever lower r2
            (:data:`PRUNING_LEVELS`, windows of 50 markers moved by 5, genotypes of all lines); at random
            within one level. The first markers tell most of each other apart.

    Returns
    -------
    (p,) int64 ranks from 0.

    Raises
    ------
    UserError
        ``pruned`` for a table of features.
    """
    if choose == "even":
        return _even(genotypes.variants)
    drawn = np.array(hashed_ranks(variant_names(genotypes.variants).tolist(), *names), np.int64)
    if choose == "random":
        return drawn
    if choose != "pruned":
        raise ValueError(f"choose must be one of {', '.join(CHOICES)}, not {choose!r}.")
    order = np.lexsort((drawn, -_levels_survived(genotypes)))
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _levels_survived(genotypes: Genotypes) -> np.ndarray:
    """(p,) how many levels of pruning each marker survives."""
    ploidy = genotypes.ploidy
    if ploidy is None:
        raise UserError(
            "`choose: pruned` needs dosages, but this is a table of features.",
            remedy="Use `random` or `even` in `experiments.learning_curve`.",
        )
    frequency = count_genotypes(genotypes.dosages, ploidy).frequencies(ploidy)
    minor = np.minimum(frequency, 1 - frequency)
    survived = np.zeros(genotypes.n_variants, np.int64)
    left = np.arange(genotypes.n_variants)
    for level in PRUNING_LEVELS:
        kept = prune_markers(
            genotypes.dosages,
            ploidy,
            genotypes.variants.iloc[left],
            minor[left],
            r2=level,
            window=50,
            unit="variants",
            step=5,
        )
        left = left[kept]
        survived[left] += 1
    return survived


def _even(variants: pd.DataFrame) -> np.ndarray:
    """(p,) ranks that halve the widest gap again and again; the ends of the genome count as taken."""
    order, place = genome_places(variants)
    ends = np.concatenate([place[:1], place, place[-1:]])
    ranks = np.empty(len(order), np.int64)
    gaps = [(ends[0] - ends[-1], 0, len(ends) - 1)]  # minus width, and the markers on both sides
    for rank in range(len(order)):
        _, left, right = heapq.heappop(gaps)
        middle = (ends[left] + ends[right]) / 2
        after = left + 1 + int(np.searchsorted(ends[left + 1 : right], middle))
        inside = [index for index in (after - 1, after) if left < index < right]
        near = min(inside, key=lambda index: (abs(ends[index] - middle), index))
        ranks[order[near - 1]] = rank
        for one, other in ((left, near), (near, right)):
            if other - one > 1:
                heapq.heappush(gaps, (ends[one] - ends[other], one, other))
    return ranks
