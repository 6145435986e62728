"""CPU time and memory of fits on more samples than a matrix may have, on a simulated population.

Forty families whose allele frequencies differ, 300 loci, heritability 0.5. The population is written once, as
the workflow stores genotypes, and read again by later runs. One thread.

    ./run bench large                          # 100,000 samples, 50,000 markers, five folds
    ./run bench large 21000 30000 --folds 1    # the size that SLEMM was timed on

    ./run bench large 30000 10000 --part heritability    # of what surrounds the models, one alone

prints a line for each fit (CPU seconds, r with the true genetic value, h2 and its Monte-Carlo error) and last
``gblup_cpu_min=``, ``rkhs_cpu_min=`` and ``peak_gb=``.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from dnngp.base.timing import peak_memory_mb
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.grm import near_duplicates
from dnngp.genotypes.store import Genotypes, GenotypesWriter, variant_table
from dnngp.genotypes.structure import clusters, structure_tables
from dnngp.methods.mixed.heritability import heritability_of
from dnngp.methods.registry import create
from dnngp.validation.draws import draw_folds

FAMILIES, LOCI, H2, BLOCK = 40, 300, 0.5, 500
METHODS = ("gblup", "rkhs")

#: What the workflow asks of the genotypes of all samples beside fits.
PARTS = {
    "heritability": lambda whole, y: heritability_of(whole, np.arange(len(y)), y, lambda lines: None)["h2"],
    "structure": lambda whole, y: structure_tables(whole, [""] * len(y))[1]["pc1"],
    "clusters": lambda whole, y: len(set(clusters(whole, 10))),
    "near_duplicates": lambda whole, y: len(near_duplicates(whole.dosages, 2, 0.99)[0]),
}


def simulated(folder: Path, n: int, p: int) -> tuple[Genotypes, np.ndarray, np.ndarray]:
    """Genotypes on disk, phenotypes and genetic values (n,)."""
    random = np.random.default_rng(n + p)
    families = random.integers(0, FAMILIES, n)
    effects = np.zeros(p)
    effects[random.choice(p, LOCI, replace=False)] = random.normal(size=LOCI)
    genetic, samples = np.zeros(n), np.array([f"s{number:06}" for number in range(n)])
    with GenotypesWriter(samples, 2, {}, folder) as writer:
        for begin in range(0, p, BLOCK):
            block = _block(random, families, min(BLOCK, p - begin))
            genetic += effects[begin : begin + len(block)] @ block
            names = [f"m{number}" for number in range(begin, begin + len(block))]
            blank = [""] * len(block)
            writer.add(variant_table(blank, [0] * len(block), names, blank, blank), block)
            print(f"\rsimulated {begin + len(block)} of {p} markers", end="", file=sys.stderr, flush=True)
        writer.close()
    print(file=sys.stderr)
    genetic = (genetic - genetic.mean()) / genetic.std()
    y = np.sqrt(H2) * genetic + np.sqrt(1 - H2) * random.normal(size=n)
    np.savez(folder / "truth.npz", y=y, genetic=genetic)
    return Genotypes.load(folder), y, genetic


def _block(random: np.random.Generator, families: np.ndarray, count: int) -> np.ndarray:
    """Dosages (count, n) int8 of markers whose frequencies differ between families."""
    ancestral = random.uniform(0.05, 0.95, (count, 1))
    drifted = np.clip(ancestral + random.normal(0, 0.15, (count, FAMILIES)), 0.02, 0.98).astype(np.float32)
    frequency = drifted[:, families]
    copies = (random.random((2, *frequency.shape), np.float32) < frequency).astype(np.int8)
    return np.asarray(copies.sum(axis=0, dtype=np.int8))


def stored(folder: Path, n: int, p: int) -> tuple[Genotypes, np.ndarray, np.ndarray]:
    """The population of this size, made where it is not there."""
    folder = folder / f"{n}x{p}"
    if not (folder / "truth.npz").exists():
        return simulated(folder, n, p)
    truth = np.load(folder / "truth.npz")
    return Genotypes.load(folder), truth["y"], truth["genetic"]


def main() -> None:
    """Fit every method on every fold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("n", type=int, nargs="?", default=100_000)
    parser.add_argument("p", type=int, nargs="?", default=50_000)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parent / "cache" / "large")
    given = parser.parse_args()
    genotypes, y, genetic = stored(given.folder, given.n, given.p)
    if given.part:
        start = time.process_time()
        found = PARTS[given.part](genotypes, y)
        seconds = time.process_time() - start
        print(f"{given.part}: {found:.4g}, {seconds:.0f} CPU s, peak_gb={peak_memory_mb() / 1024:.1f}")
        return
    fold_of = np.array(draw_folds(genotypes.samples.tolist(), "large", 5, 1))
    minutes = dict.fromkeys(given.methods, 0.0)
    for fold in range(1, given.folds + 1):
        train, test = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        for method in given.methods:
            start = time.process_time()
            training = TrainingSet(Population(genotypes, 0.01), train)
            model = create(method, {}, 1).fit(training, y[train])
            predicted = model.predict(training.records(test)).mean
            seconds = time.process_time() - start
            minutes[method] += seconds / 60
            r = float(np.corrcoef(predicted, genetic[test])[0, 1])
            told = pd.Series(model.diagnostics_).round(4).to_dict()
            print(f"{method} fold {fold}: {seconds:.0f} CPU s, r with the truth {r:.3f}, {told}", flush=True)
    costs = " ".join(f"{name}_cpu_min={value:.1f}" for name, value in minutes.items())
    print(f"{costs} peak_gb={peak_memory_mb() / 1024:.1f}")


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
