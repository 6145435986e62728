"""Simulated populations that prior_net learns from: mosaics of founders, traits that are mostly polygenic.

    ./run bench mosaics    # the prior-predictive check: two CPU minutes

The prior, in words. *Populations*: lines of one to five subpopulations, of families of two parents each,
or of eight founders; inbred (60 in 100), outbred (30) or tetraploid (10). Every haplotype is a mosaic of
founders, every founder one of older haplotypes, so linkage disequilibrium has two scales. *Panel*: 150 to
1,000 markers, a third of all sites, common alleles preferred. *Loci*: any site, nine of ten not on the
panel. *Traits*: 50 to all sites carry normal effects (those of rare alleles larger, to a degree), and always
a third of the genetic variance or more; some traits (:data:`MAJOR` of them) have one to ten large loci
beside, of a tenth to once their variance, some (:data:`EPISTATIC`) products of pairs of loci, some
dominance. Heritability 0.15 to 0.85.

The two shares are chosen by what published comparisons say of traits at large, not by any population of
this project: BayesB gains 0.004 of r on GBLUP over 93 traits of ten species and a Gaussian kernel loses 0.003
(EasyGeSe, Quesada-Traver et al. 2025), support vectors gain 0.002 on RR-BLUP over 45 traits (GPBench).
The check prints what they gain on tasks without either, with one of the two in every trait, and under the
prior.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np

from dnngp.methods.registry import create

#: Shares of traits with large loci, and with products of loci.
MAJOR, EPISTATIC = 0.3, 0.25
#: Test samples of a task.
TEST = 100


@dataclass(frozen=True)
class Task:
    """A simulated population and some traits.

    Attributes
    ----------
    dosages
        (N, p) float64, the training samples first.
    chromosome
        (p,) of each marker.
    y
        (t, n) phenotypes of the training samples, variance 1.
    genetic
        (t, N - n) true genetic values of the test samples.
    h2
        (t,) heritabilities.
    """

    dosages: np.ndarray
    chromosome: np.ndarray
    y: np.ndarray
    genetic: np.ndarray
    h2: np.ndarray


def task(
    rng: np.random.Generator, traits: int = 1, major: float = MAJOR, epistatic: float = EPISTATIC
) -> Task:
    """Draw one, with so many traits."""
    n, p = round(_between(rng, 80, 300)), round(_between(rng, 150, 1000))
    dosages, chromosome = _population(rng, n + TEST, 3 * p)
    seen = np.flatnonzero(_frequency(dosages[:n]) > 0.02)
    chance = _frequency(dosages[:n])[seen] ** rng.uniform(0, 1)
    panel = np.sort(rng.choice(seen, min(p, len(seen) // 2), replace=False, p=chance / chance.sum()))
    genetic = np.array([_genetic(rng, dosages, panel, major, epistatic) for _ in range(traits)])
    h2 = rng.uniform(0.15, 0.85, traits)
    noise = rng.normal(size=genetic.shape) * np.sqrt((1 - h2) / h2)[:, None]
    y = (genetic + noise)[:, :n]
    unit = y.std(axis=1, keepdims=True)
    return Task(dosages[:, panel], chromosome[panel], y / unit, genetic[:, n:] / unit, h2)


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number drawn evenly on the log scale."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _frequency(dosages: np.ndarray) -> np.ndarray:
    """(p,) of the rarer allele."""
    share = dosages.mean(axis=0) / max(dosages.max(), 1)
    return np.minimum(share, 1 - share)


def mosaic(
    rng: np.random.Generator, sources: np.ndarray, weights: np.ndarray, starts: np.ndarray, rate: float
) -> np.ndarray:
    """Haplotypes (m, S) of pieces of source haplotypes (F, S), drawn with weights (m, F), cut at a rate."""
    m, sites = len(weights), sources.shape[1]
    cuts = rng.random((m, sites)) < rate
    cuts[:, starts] = True
    row = np.nonzero(cuts)[0]
    drawn = (rng.random((len(row), 1)) > np.cumsum(weights, axis=1)[row, :-1]).sum(axis=1)
    piece = np.cumsum(cuts.ravel()).reshape(m, sites) - 1
    return sources[drawn[piece], np.arange(sites)]


def _population(rng: np.random.Generator, samples: int, sites: int) -> tuple[np.ndarray, np.ndarray]:
    """Dosages (N, S) float64 and chromosome (S,) of every site."""
    chromosome = np.sort(rng.integers(rng.integers(5, 15), size=sites))
    starts = np.flatnonzero(np.diff(chromosome, prepend=-1))
    pool = (rng.random((rng.integers(6, 30), sites)) < rng.beta(0.8, 0.8, sites)).astype(np.int8)
    kind = rng.choice(["panel", "families", "stock"], p=[0.5, 0.3, 0.2])
    count = 8 if kind == "stock" else round(_between(rng, 6, 40))
    even = np.full((count, len(pool)), 1 / len(pool))
    founders = mosaic(rng, pool, even, starts, 1 / _between(rng, 4, 60))
    ways = {"inbred": 1, "outbred": 2, "tetraploid": 4}
    ploidy = ways[rng.choice([*ways], p=[0.6, 0.3, 0.1])]
    weights = _ancestry(rng, kind, samples, count)
    rate = 1 / _between(rng, 40, 200) if kind == "families" else 1 / _between(rng, 10, 150)
    haplotypes = [mosaic(rng, founders, weights, starts, rate) for _ in range(ploidy)]
    return np.sum(haplotypes, axis=0, dtype=float) * (2 if ploidy == 1 else 1), chromosome


def _ancestry(rng: np.random.Generator, kind: str, samples: int, founders: int) -> np.ndarray:
    """Share (N, F) of each founder in each sample, expected."""
    if kind == "families":
        families = rng.integers(1, min(12, founders - 1) + 1)
        other = rng.integers(1, families + 1, size=samples)
        common = rng.random() < 0.5
        first = np.zeros(samples, int) if common else np.where(other + 1 < founders, other + 1, 0)
        weights = np.zeros((samples, founders))
        weights[np.arange(samples), first] += 0.5
        weights[np.arange(samples), other] += 0.5
        return weights
    groups = rng.integers(1, 6)
    shares = rng.dirichlet(np.full(founders, _between(rng, 0.2, 5)), size=groups)
    return shares[rng.integers(groups, size=samples)]


def _genetic(
    rng: np.random.Generator, dosages: np.ndarray, panel: np.ndarray, major: float, epistatic: float
) -> np.ndarray:
    """Genetic values (N,) of variance 1."""
    varying = np.flatnonzero(_frequency(dosages) > 0.01)
    hidden = np.setdiff1d(varying, panel)
    loci = np.where(rng.random(len(hidden)) < 0.9, hidden, rng.choice(panel, len(hidden)))
    chosen = rng.permutation(loci)[: round(_between(rng, 50, max(len(loci), 50)))]
    centred = dosages[:, chosen] - dosages[:, chosen].mean(axis=0)
    scale = np.maximum(centred.std(axis=0), 1e-9) ** -rng.uniform(0, 1)
    parts = [_unit(centred @ (scale * rng.normal(size=len(chosen))))]
    shares = [1.0]
    if rng.random() < major:
        large = rng.choice(loci, round(_between(rng, 1, 10)), replace=False)
        standard = dosages[:, large] - dosages[:, large].mean(axis=0)
        standard /= np.maximum(standard.std(axis=0), 0.2)
        parts.append(_unit(standard @ rng.laplace(size=len(large))))
        shares.append(_between(rng, 0.1, 1.0))
    if rng.random() < epistatic:
        pairs = rng.integers(len(chosen), size=(2, round(_between(rng, 5, 200))))
        parts.append(_unit((centred[:, pairs[0]] * centred[:, pairs[1]]) @ rng.normal(size=pairs.shape[1])))
        shares.append(rng.uniform(0.05, 0.4))
    if rng.random() < 0.2:
        parts.append(_unit((centred**2) @ (scale**2 * rng.normal(size=len(chosen)))))
        shares.append(rng.uniform(0.05, 0.3))
    return _unit(np.sqrt(shares) @ np.array(parts))


def _unit(values: np.ndarray) -> np.ndarray:
    """Mean 0 and variance 1, or 0 throughout."""
    centred = values - values.mean()
    return centred / (centred.std() or 1.0)


#: Tasks of the check.
CHECKED = 50


def check(major: float, epistatic: float) -> None:
    """Print mean differences of sqrt(h2) r from GBLUP, of BayesB and of the Gaussian kernel."""
    found = []
    for number in range(CHECKED):
        one = task(np.random.default_rng((1, number)), 1, major, epistatic)
        (y,), (genetic,), (h2,) = one.y, one.genetic, one.h2
        n, r = len(y), []
        for method in ("gblup", "bayesb", "rkhs"):
            params = {"iterations": 1000, "burn_in": 300} if method == "bayesb" else {}
            predicted = create(method, params, number).fit(one.dosages[:n], y).predict(one.dosages[n:])
            constant = np.ptp(predicted) == 0
            r.append(0.0 if constant else h2**0.5 * np.corrcoef(predicted, genetic)[0, 1])
        found.append([r[1] - r[0], r[2] - r[0]])
    means, errors = np.mean(found, axis=0), np.std(found, axis=0) / len(found) ** 0.5
    print(
        f"major {major:.2f} epistatic {epistatic:.2f}: BayesB - GBLUP {means[0]:+.4f} (se {errors[0]:.4f}), "
        f"RKHS - GBLUP {means[1]:+.4f} (se {errors[1]:.4f}), {time.process_time():.0f} CPU s",
        flush=True,
    )


if __name__ == "__main__":
    for shares in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (MAJOR, EPISTATIC)):
        check(*shares)
