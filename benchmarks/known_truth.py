"""Simulated populations of many samples and traits of known make: where a network may overtake others.

An outbred stock: every haplotype is a mosaic of twenty founders (about six cuts a chromosome), every founder
one of thirty older haplotypes: linkage disequilibrium has two scales, and there is no other structure.
Causal loci are on the panel, which favours whatever looks for single loci. Both loci of a pair lie on
different chromosomes, and dominance is measured from the additive effect, so that additive, dominance
and epistatic values are uncorrelated and their variance shares are those of :data:`KINDS`.
"""

from dataclasses import dataclass

import numpy as np
from mosaics import mosaic

from dnngp.genotypes.store import Genotypes, variant_table

#: Samples drawn at a time: a population of more samples begins with those of a smaller one.
BATCH = 1000
#: The first samples of a population, never trained on.
TEST = 1000
#: The first samples over which variances are measured, whatever the size of the population: its least.
REFERENCE = 2000
CHROMOSOMES, OLDER, FOUNDERS, CUTS, FOUNDER_CUTS, MAF = 10, 30, 20, 6, 40, 0.1


@dataclass(frozen=True)
class Kind:
    """Shares of the genetic variance, and the number of loci, or of pairs of loci, behind it.

    Additive effects are those of the loci of the pairs, where there are pairs.
    """

    loci: int = 0
    pairs: int = 0
    dominance: float = 0.0
    epistasis: float = 0.0


#: Traits by name.
KINDS = {
    "additive": Kind(loci=200),
    "dominant": Kind(loci=200, dominance=0.4),
    "epistatic_10": Kind(pairs=10, epistasis=0.5),
    "epistatic_100": Kind(pairs=100, epistasis=0.5),
    "epistatic_1000": Kind(pairs=1000, epistasis=0.5),
}


def population(p: int, samples: int, replicate: int) -> Genotypes:
    """Dosages of an outbred stock, the test samples first."""
    sites = p // CHROMOSOMES
    founders = [
        _founders(np.random.default_rng((replicate, p, chromosome)), sites)
        for chromosome in range(CHROMOSOMES)
    ]
    dosages = np.empty((p, samples), np.int8)
    for begin in range(0, samples, BATCH):
        rng = np.random.default_rng((replicate, p, CHROMOSOMES, begin))
        for chromosome, sources in enumerate(founders):
            drawn = _mosaic(rng, sources, 2 * BATCH, CUTS)
            both = (drawn[:BATCH] + drawn[BATCH:])[: samples - begin]
            dosages[chromosome * sites : (chromosome + 1) * sites, begin : begin + BATCH] = both.T
    chrom = np.repeat(np.arange(1, CHROMOSOMES + 1), sites)
    position = np.tile(np.arange(1, sites + 1) * (10**8 // sites), CHROMOSOMES)
    names = [f"m{number}" for number in range(p)]
    ids = np.array([f"s{number:06}" for number in range(samples)])
    return Genotypes(ids, variant_table(chrom, position, names, "", ""), dosages, 2, {})


def _founders(rng: np.random.Generator, sites: int) -> np.ndarray:
    """Haplotypes (FOUNDERS, sites) int8 of one chromosome, at sites whose rarer allele is not rare."""
    pool = (rng.random((OLDER, 4 * sites)) < rng.beta(0.8, 0.8, 4 * sites)).astype(np.int8)
    founders = _mosaic(rng, pool, FOUNDERS, FOUNDER_CUTS)
    share = founders.mean(axis=0)
    common = np.flatnonzero(np.minimum(share, 1 - share) >= MAF)
    return founders[:, np.sort(rng.choice(common, sites, replace=False))]


def _mosaic(rng: np.random.Generator, sources: np.ndarray, count: int, cuts: int) -> np.ndarray:
    """Haplotypes (count, sites) of pieces of sources, all as likely."""
    even = np.full((count, len(sources)), 1 / len(sources))
    return mosaic(rng, sources, even, np.zeros(1, int), cuts / sources.shape[1])


def parts(dosages: np.ndarray, kind: Kind, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Additive, dominance and epistatic values (N,) float64, by name, of the genetic variance's shares.

    Parameters
    ----------
    dosages
        (p, N) int8, of equal chromosomes one behind the other.
    kind
        What the trait is made of; parts without a share are left out.
    rng
        Draws loci and effects.
    """
    pairs = _pairs(rng, len(dosages), kind.pairs)
    loci = np.unique(pairs) if kind.pairs else rng.choice(len(dosages), kind.loci, replace=False)
    share = dosages[:, :REFERENCE].mean(axis=1) / 2
    values = {"additive": _sum(_centred(dosages, share, locus) * rng.normal() for locus in loci)}
    if kind.dominance:
        values["dominance"] = _sum(
            _dominance(dosages[locus], share[locus]) * abs(rng.normal()) for locus in loci
        )
    if kind.epistasis:
        values["epistasis"] = _sum(
            _centred(dosages, share, one) * _centred(dosages, share, other) * rng.normal()
            for one, other in pairs
        )
    shares = {"dominance": kind.dominance, "epistasis": kind.epistasis}
    shares["additive"] = 1 - sum(shares.values())
    return {name: shares[name] ** 0.5 * _unit(value) for name, value in values.items()}


def _sum(terms) -> np.ndarray:
    return np.asarray(sum(terms))


def _pairs(rng: np.random.Generator, p: int, count: int) -> np.ndarray:
    """Loci (count, 2), those of a pair on different chromosomes; no locus twice where there are enough."""
    sites, chromosomes = p // CHROMOSOMES, np.array([rng.permutation(CHROMOSOMES)[:2] for _ in range(count)])
    return chromosomes.reshape(-1, 2) * sites + rng.integers(sites, size=(count, 2))


def _centred(dosages: np.ndarray, share: np.ndarray, locus: int) -> np.ndarray:
    return dosages[locus] - 2 * share[locus]


def _dominance(dosages: np.ndarray, share: float) -> np.ndarray:
    """Dominance deviations (N,), uncorrelated with the dosages in Hardy-Weinberg proportions."""
    return np.array([-2 * share**2, 2 * share * (1 - share), -2 * (1 - share) ** 2])[dosages]


def _unit(values: np.ndarray) -> np.ndarray:
    """Mean 0 and variance 1 of the reference samples."""
    return (values - values[:REFERENCE].mean()) / values[:REFERENCE].std()


def trait(dosages: np.ndarray, name: str, h2: float, replicate: int) -> tuple[np.ndarray, np.ndarray]:
    """Phenotypes and genetic values (N,); those of a smaller population are the first of a larger one."""
    number = list(KINDS).index(name)
    values = _sum(parts(dosages, KINDS[name], np.random.default_rng((replicate, number))).values())
    genetic = h2**0.5 * _unit(values)
    noise = np.random.default_rng((replicate, number, 1)).normal(size=len(genetic))
    return genetic + (1 - h2) ** 0.5 * noise, genetic
