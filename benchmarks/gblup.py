"""CPU time of GBLUP in ten folds, REML in every fold, against pyrrblup 1.0.

Both get the same relationship matrices of the same folds of n = 599 lines (the
wheat lines of DNNGP_SHARED if present, otherwise as many simulated ones), and
both predict the test lines; their predictions are compared. One thread.

    ./run bench gblup

installs pyrrblup, which is no part of this workflow's environment, into
`benchmarks/cache/peers` when it is first run, and says what is left to do.
"""

import os

# Before numpy loads its linear algebra.
os.environ["OMP_NUM_THREADS"] = "1"

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd
from peers import install, timed

from dnngp.cost.machine_speed import cpu_seconds
from dnngp.encodings.samples.arrays_and_kernels import Kernel
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.methods.gblup import GBLUP
from dnngp.validation.draws import draw_folds

ROOT = Path(__file__).parents[1]
LINES, MARKERS, FOLDS, ROUNDS = 599, 1279, 10, 3


def population() -> tuple[Genotypes, np.ndarray, str]:
    """Genotypes of 599 lines at 1,279 markers, a trait, and where both are from."""
    folder = Path(os.environ.get("DNNGP_SHARED", ROOT.parent / "shared")) / "data" / "wheat_cimmyt599"
    if folder.is_dir():
        markers = pd.read_csv(folder / "genotypes.csv.gz", index_col=0)
        y = pd.read_csv(folder / "phenotypes.csv", index_col=0).loc[markers.index, "yield_env1"].to_numpy()
        dosages, ids, origin = markers.to_numpy(np.int8).T, markers.index.astype(str), "wheat599"
    else:
        rng = np.random.default_rng(0)
        dosages = rng.binomial(1, rng.uniform(0.05, 0.95, (MARKERS, 1)), (MARKERS, LINES)).astype(np.int8)
        genetic = (dosages - dosages.mean(axis=1, keepdims=True)).T @ rng.normal(size=MARKERS)
        y = genetic / genetic.std() + rng.normal(size=LINES)
        ids, origin = pd.Index([f"line{i}" for i in range(LINES)]), "simulated"
    blank = [""] * len(dosages)
    variants = variant_table(blank, [0] * len(blank), [f"m{i}" for i in range(len(blank))], blank, blank)
    return Genotypes(np.array(ids, str), variants, np.ascontiguousarray(dosages), 1, {}), y, origin


def main() -> None:
    """Time both, compare their predictions, print the ratio."""
    install("pyrrblup", "1.0.0")
    from pyrrblup import mixed_solve

    genotypes, y, origin = population()
    fold_of = np.array(draw_folds(genotypes.samples.tolist(), "wheat599", FOLDS, 1))
    population_of, additive = Population(genotypes), {"name": "additive"}
    folds: list[tuple[np.ndarray, Kernel, Kernel]] = []
    for fold in range(1, FOLDS + 1):
        train, test = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        training = TrainingSet(population_of, train)
        folds.append((train, training.kernel(additive), training.records(test).kernel(additive)))

    predictions: dict[str, list[np.ndarray]] = {}

    def ours() -> None:
        predictions["ours"] = [
            GBLUP().fit_kernels([own], y[train]).predict_kernels([others]) for train, own, others in folds
        ]

    def peer() -> None:
        found = []
        for train, own, others in folds:
            kernel = own.values / own.scale
            fit = mixed_solve(y[train], K=kernel)
            beta, u = float(np.ravel(fit.beta)[0]), np.ravel(fit.u)
            # u = K w, so the test lines' values are their kernel rows times w.
            ratio = float(fit.Ve / fit.Vu)
            weights = (y[train] - beta - u) / ratio
            found.append(beta + others.values / others.scale @ weights)
        predictions["peer"] = found

    works = {"ours": ours, "pyrrblup": peer}
    seconds = dict.fromkeys(works, np.inf)
    for name in timed(zip([*works] * ROUNDS, [*works] * ROUNDS, strict=True), len(works) * ROUNDS):
        seconds[name] = min(seconds[name], cpu_seconds(works[name], 1))
    difference = max(
        np.max(np.abs(a - b)) for a, b in zip(predictions["ours"], predictions["peer"], strict=True)
    )
    print(f"{origin}: {genotypes.n_samples} lines, {genotypes.n_variants} markers, {FOLDS} folds, one thread")
    for name, value in seconds.items():
        print(f"{name:>10}  {value:7.3f} CPU s")
    print(f"largest difference between predictions: {difference:.1e}")
    assert difference < 1e-4
    print(f"gblup ratio={seconds['ours'] / seconds['pyrrblup']:.3f}")


if __name__ == "__main__":
    main()
