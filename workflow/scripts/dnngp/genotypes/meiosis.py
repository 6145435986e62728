"""Meiosis of diploids: gametes with crossovers after Haldane, and the offspring of a cross made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

#: Generations of selfing, each from one seed, before a recombinant inbred line is fixed.
SELFINGS = 7


def recombination(chrom: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Probability of recombination between a marker and the one before it.

    Parameters
    ----------
    chrom
        (p,) chromosome of each marker; those of one stand together, in the order of the map.
    distance
        (p - 1,) Morgans between neighbours; what lies between chromosomes does not count.

    Returns
    -------
    (p,) float64
        After Haldane (1919, J Genet 8:299), who takes crossovers to be independent; 1/2 at the first marker
        of a chromosome.
    """
    rate = np.full(len(chrom), 0.5)
    same = chrom[1:] == chrom[:-1]
    rate[1:][same] = 0.5 * -np.expm1(-2 * distance[same])
    return rate


def gametes(
    rng: np.random.Generator, haplotypes: np.ndarray, individuals: np.ndarray, rate: np.ndarray
) -> np.ndarray:
    """One gamete (p,) of each individual named; individual i carries haplotypes 2i and 2i + 1."""
    crossover = rng.random((len(individuals), len(rate))) < rate
    strand = np.logical_xor.accumulate(crossover, axis=1)
    return np.where(strand, haplotypes[2 * individuals + 1], haplotypes[2 * individuals])


def haplotypes_of(rng: np.random.Generator, dosages: np.ndarray, number: int) -> np.ndarray:
    """Haplotypes (number, p) int8 of one individual as its offspring may get them.

    Dosages do not tell the phase of heterozygous calls, so each haplotype has either allele of them by
    chance, independently of their neighbours. Of a homozygous line all are the same.

    Parameters
    ----------
    dosages
        (p,) int8 of 0, 1 and 2.
    """
    drawn = np.repeat((dosages == 2).astype(np.int8)[None], number, axis=0)
    unphased = dosages == 1
    if unphased.any():
        drawn[:, unphased] = rng.random((number, int(unphased.sum()))) < 0.5
    return drawn


def _selfed(rng: np.random.Generator, plants: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """One selfed offspring of each plant, as haplotypes (2 number, p) like those of the plants."""
    every, own = np.arange(len(plants) // 2), np.empty_like(plants)
    own[::2], own[1::2] = (gametes(rng, plants, every, rate) for _ in range(2))
    return own


def _doubled(rng: np.random.Generator, plants: np.ndarray, rate: np.ndarray) -> np.ndarray:
    return 2 * gametes(rng, plants, np.arange(len(plants) // 2), rate)


def _inbred(rng: np.random.Generator, plants: np.ndarray, rate: np.ndarray) -> np.ndarray:
    for _ in range(SELFINGS):
        plants = _selfed(rng, plants, rate)
    return _doubled(rng, plants, rate)


def _dosages(plants: np.ndarray) -> np.ndarray:
    return plants[::2] + plants[1::2]


#: What is made of the plants of a cross (haplotypes (2 number, p)), by its name in the configuration: the
#: plants themselves, those selfed once, doubled haploids, recombinant inbred lines by single-seed descent.
KINDS: Mapping[str, Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray]] = {
    "f1": lambda rng, plants, rate: _dosages(plants),
    "f2": lambda rng, plants, rate: _dosages(_selfed(rng, plants, rate)),
    "dh": _doubled,
    "ril": _inbred,
}


def offspring(
    rng: np.random.Generator,
    first: np.ndarray,
    second: np.ndarray,
    kind: str,
    number: int,
    rate: np.ndarray,
) -> np.ndarray:
    """Offspring of a cross, each by its own way from a plant of its own.

    Parameters
    ----------
    first, second
        (p,) int8 dosages of the parents, none missing.
    kind
        A key of :data:`KINDS`.
    number
        Offspring.
    rate
        (p,) of :func:`recombination`.

    Returns
    -------
    (number, p) int8 dosages.
    """
    plants = np.empty((2 * number, len(rate)), np.int8)
    plants[::2], plants[1::2] = (haplotypes_of(rng, parent, number) for parent in (first, second))
    return KINDS[kind](rng, plants, rate)
