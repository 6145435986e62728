"""Pedigrees, and the relationships that follow from them.

A is T D T': T holds the share of each ancestor's alleles in each individual, D what Mendelian sampling adds.
Neither is formed: relationships of some individuals are found in two passes over their ancestors for each
(Colleau 2002, Genet Sel Evol 34:409).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from dnngp.base.compiled import compiled
from dnngp.base.errors import UserError
from dnngp.genotypes.parsing.pedigree_table import read_pedigree_table

#: Mates of a parent from which on what it shares with them is found for all at once.
MANY_MATES = 16


@dataclass(frozen=True, eq=False)
class Pedigree:
    """Individuals and their parents.

    Attributes
    ----------
    ids
        Of N individuals, parents before their offspring.
    parents
        (N, 2) int64, places of the parents, -1 where unknown: a founder of its own, related to nobody.
    selfing
        (N,) generations of selfing since the cross; infinite for inbred lines.
    ploidy
        Sets of chromosomes, an even number; gametes have half of them, without double reduction.
    listed
        Those that have a row of their own, in the order of the file.
    """

    ids: list[str]
    parents: np.ndarray
    selfing: np.ndarray
    ploidy: int = 2
    listed: Sequence[str] = ()

    @cached_property
    def _diagonals(self) -> tuple[np.ndarray, np.ndarray]:
        """(N,) of A, and D."""
        count = len(self.ids)
        both = np.flatnonzero((self.parents >= 0).all(axis=1))
        keys, of_both = np.unique(
            np.sort(self.parents[both], axis=1) @ np.array([count, 1]), return_inverse=True
        )
        pairs = np.stack([keys // count, keys % count])
        # The parent of more pairs first: what it shares with all its mates is found at once.
        mates = np.bincount(pairs.ravel(), minlength=count)
        pairs = np.where(mates[pairs[0]] >= mates[pairs[1]], pairs, pairs[::-1])
        order = np.argsort(pairs[0], kind="stable")
        number = np.full(count, -1)
        number[both] = np.argsort(order)[of_both]
        own, sampling = _diagonals(
            self.parents, number, pairs[0][order], pairs[1][order], self.selfing, self.ploidy
        )
        return own, sampling

    @property
    def own(self) -> np.ndarray:
        """(N,) relationship of each individual with itself: 1 + (ploidy - 1) F, F its inbreeding."""
        return self._diagonals[0]

    @property
    def inbreeding(self) -> np.ndarray:
        """(N,) probability that two alleles of an individual at a locus are identical by descent."""
        return (self.own - 1) / (self.ploidy - 1)

    def relationships(self, ids: Sequence[str]) -> np.ndarray:
        """(n, n) float64 additive relationships A of some individuals: ``ploidy`` times their kinship.

        Henderson 1976, Biometrics 32:69; of polyploids, Kerr et al. 2012, Theor Appl Genet 124:1271.
        """
        place = {id: number for number, id in enumerate(self.ids)}
        wanted = np.array([place[id] for id in ids], np.int64)
        return np.asarray(_relationships(self.parents, self._diagonals[1], wanted))


def read_pedigree(path: str | Path, ploidy: int = 2) -> Pedigree:
    """The individuals of a table (:func:`dnngp.genotypes.parsing.pedigree_table.read_pedigree_table`).

    Raises
    ------
    UserError
        What is wrong with the table; an odd ploidy.
    """
    if ploidy % 2:
        raise UserError(
            f"a pedigree needs an even ploidy, not {ploidy}.", file=path, remedy="Set `ploidy` of the layer."
        )
    table = read_pedigree_table(path)
    place = {id: number for number, id in enumerate(table.ids)}
    known = [table.parents.get(id, (None, None)) for id in table.ids]
    numbers = [[-1 if parent is None else place[parent] for parent in pair] for pair in known]
    generations = np.array([table.selfing.get(id, 0.0) for id in table.ids])
    parents = np.array(numbers, np.int64).reshape(-1, 2)
    return Pedigree(table.ids, parents, generations, ploidy, list(table.parents))


@compiled
def _diagonals(
    parents: np.ndarray,
    number: np.ndarray,
    firsts: np.ndarray,
    mates: np.ndarray,
    selfing: np.ndarray,
    ploidy: int,
) -> tuple[np.ndarray, np.ndarray]:
    """(N,) diagonals of A and D.

    ``number`` (N,) is that of the pair of known parents, -1 without one; ``firsts`` and ``mates`` are the
    pairs, sorted by the first.
    """
    count = len(parents)
    own, sampling = np.empty(count), np.empty(count)
    of_pair = np.full(len(firsts), np.nan)
    first, second = np.zeros(count), np.zeros(count)
    queue, queued = np.empty(count, np.int64), np.zeros(count, np.bool_)
    half = ploidy // 2
    within, between, all_pairs = half * (half - 1) / 2, half * half / ploidy, ploidy * (ploidy - 1) / 2
    for i in range(count):
        one, other = parents[i, 0], parents[i, 1]
        shared = 0.0
        if one >= 0 and other >= 0:
            pair = number[i]
            if np.isnan(of_pair[pair]):
                start = np.searchsorted(firsts, firsts[pair])
                stop = np.searchsorted(firsts, firsts[pair], "right")
                if stop - start < MANY_MATES:
                    of_pair[pair] = _shared(one, other, parents, sampling, first, second, queue, queued)
                else:
                    of_pair[start:stop] = _shared_with(
                        firsts[pair], mates[start:stop], parents, sampling, first
                    )
            shared = of_pair[pair]
        # F: two alleles of one gamete, or one of each (Kerr et al. 2012, without double reduction).
        inbred = 0.0 if one < 0 else (own[one] - 1) / (ploidy - 1)
        inbred += 0.0 if other < 0 else (own[other] - 1) / (ploidy - 1)
        inbreeding = (within * inbred + between * shared) / all_pairs
        if np.isinf(selfing[i]):
            inbreeding = 1.0
        else:
            for _ in range(int(selfing[i])):
                alike = 1 + (ploidy - 1) * inbreeding
                inbreeding = (2 * within * inbreeding + between * alike) / all_pairs
        own[i] = 1 + (ploidy - 1) * inbreeding
        sampling[i] = own[i] - shared / 2
        if one >= 0:
            sampling[i] -= own[one] / 4
        if other >= 0:
            sampling[i] -= own[other] / 4
    return own, sampling


@compiled
def _shared_with(
    one: int, others: np.ndarray, parents: np.ndarray, sampling: np.ndarray, shares: np.ndarray
) -> np.ndarray:
    """Relationships of an individual with others, in one pass to its ancestors and one over all before them.

    ``shares`` (N,) is 0 everywhere, before and after.
    """
    shares[one] = 1.0
    for i in range(one, -1, -1):
        if shares[i] != 0:
            for side in range(2):
                if parents[i, side] >= 0:
                    shares[parents[i, side]] += shares[i] / 2
    last = max(one, others.max()) + 1
    for i in range(last):
        if shares[i] != 0:
            shares[i] *= sampling[i]
        for side in range(2):
            if parents[i, side] >= 0:
                shares[i] += shares[parents[i, side]] / 2
    found = shares[others]
    shares[:last] = 0.0
    return found


@compiled
def _shared(
    one: int,
    other: int,
    parents: np.ndarray,
    sampling: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    queue: np.ndarray,
    queued: np.ndarray,
) -> float:
    """Relationship of two individuals: over their common ancestors, youngest first.

    ``first`` and ``second`` (N,) are 0 and ``queued`` is false everywhere, before and after; ``queue`` (N,)
    is a heap.
    """
    size, total = 0, 0.0
    first[one] += 1.0
    size = _push(queue, size, one, queued)
    second[other] += 1.0
    size = _push(queue, size, other, queued)
    of_first, of_second = 1, 1  # individuals in the queue that carry alleles of either
    while size > 0:
        youngest = queue[0]
        size = _pop(queue, size)
        queued[youngest] = False
        a, b = first[youngest], second[youngest]
        first[youngest], second[youngest] = 0.0, 0.0
        if a != 0:
            of_first -= 1
        if b != 0:
            of_second -= 1
        total += a * b * sampling[youngest]
        for side in range(2):
            parent = parents[youngest, side]
            if parent < 0:
                continue
            if a != 0 and first[parent] == 0:
                of_first += 1
            if b != 0 and second[parent] == 0:
                of_second += 1
            first[parent] += a / 2
            second[parent] += b / 2
            size = _push(queue, size, parent, queued)
        if of_first == 0 or of_second == 0:
            break
    for left in range(size):  # of one side alone: nothing more is shared
        first[queue[left]], second[queue[left]], queued[queue[left]] = 0.0, 0.0, False
    return total


@compiled
def _push(queue: np.ndarray, size: int, number: int, queued: np.ndarray) -> int:
    """Put a number into a heap whose largest is in front, unless it is there; the new size."""
    if queued[number]:
        return size
    queued[number] = True
    place = size
    while place > 0 and queue[(place - 1) // 2] < number:
        queue[place] = queue[(place - 1) // 2]
        place = (place - 1) // 2
    queue[place] = number
    return size + 1


@compiled
def _pop(queue: np.ndarray, size: int) -> int:
    """Take the largest number out of a heap; the new size."""
    size -= 1
    last, place = queue[size], 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and queue[child + 1] > queue[child]:
            child += 1
        if queue[child] <= last:
            break
        queue[place] = queue[child]
        place = child
    queue[place] = last
    return size


@compiled
def _relationships(parents: np.ndarray, sampling: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(n, n) of A: a column is T D T' of a unit vector, in one pass to the ancestors and one back."""
    count, n = len(parents), len(wanted)
    ancestor = np.zeros(count, np.bool_)
    ancestor[wanted] = True
    for i in range(count - 1, -1, -1):
        if ancestor[i]:
            for side in range(2):
                if parents[i, side] >= 0:
                    ancestor[parents[i, side]] = True
    needed = np.flatnonzero(ancestor)
    found, shares = np.empty((n, n)), np.zeros(count)
    for column in range(n):
        shares[needed] = 0.0
        shares[wanted[column]] = 1.0
        for at in range(len(needed) - 1, -1, -1):
            i = needed[at]
            if shares[i] != 0:
                for side in range(2):
                    if parents[i, side] >= 0:
                        shares[parents[i, side]] += shares[i] / 2
        for at in range(len(needed)):
            i = needed[at]
            shares[i] *= sampling[i]
            for side in range(2):
                if parents[i, side] >= 0:
                    shares[i] += shares[parents[i, side]] / 2
        found[column] = shares[wanted]
    return found
