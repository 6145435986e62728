"""Block ridge beside GBLUP, RKHS and BayesR, on the first of five random folds of datasets of a run.

    ./run bench block_ridge results/benchmark/soybean_soynam results/benchmark/mouse_hs1940

prints r and CPU seconds of each, of block ridge with blocks of 250, 500 and 1,000 markers. The folds and
seeds are those of the run (config/examples/benchmark.yaml). One thread.

    ./run bench block_ridge --ladder 5000 20000 50000 100000

prints CPU seconds of one block of 1,000 simulated markers and of the blend of 250 predictors, in one fold
with so many training lines, and the peak memory so far.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
from threadpoolctl import threadpool_limits

from dnngp.base.tables import read_table
from dnngp.evaluation.evaluate import evaluate
from dnngp.genotypes.records import values_by_key
from dnngp.genotypes.store import Genotypes
from dnngp.methods import BlockRidge
from dnngp.methods.blocks.two_levels import Blend, BlockPredictors
from dnngp.methods.registry import METHODS

METHOD_PARAMS = {
    **{f"block_ridge {size}": ("block_ridge", {"block_size": size}) for size in (250, 500, 1000)},
    **{name: (name, {}) for name in ("gblup", "rkhs", "bayesr")},
}


def rung(n: int, markers: int = 1000, blocks: int = 50) -> None:
    """Time level 0 of one block, and level 1, of so many training lines."""
    random = np.random.default_rng(1)
    block = random.binomial(2, 0.3, (markers, n)).astype(np.float32) - np.float32(0.6)
    y, folds = random.normal(size=n), np.array_split(random.permutation(n), 5)
    values = BlockRidge().heritabilities
    start = time.process_time()
    made = BlockPredictors.of([block], y, folds, values, blocks * markers)
    middle = time.process_time()
    predictors = random.normal(size=(n, blocks * len(values))).astype(np.float32)
    effects, sizes = np.tile(made.effects, (blocks, 1)), np.tile(made.sizes, blocks)
    begun = time.process_time()
    Blend.of(BlockPredictors(predictors, effects, sizes), y, folds, values)
    blend, peak = time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{n} lines: block {middle - start:.1f} CPU s, blend {blend:.1f} CPU s, {peak:.1f} GiB", flush=True)


def main() -> None:
    """Evaluate all on the first fold of every dataset."""
    parser = argparse.ArgumentParser()
    parser.add_argument("datasets", type=Path, nargs="*", help="folders of datasets in the results of a run")
    parser.add_argument("--ladder", type=int, nargs="*", default=[], help="numbers of training lines")
    parser.add_argument("--seed", type=int, default=1, help="that of the run")
    given = parser.parse_args()
    for n in given.ladder:
        rung(n)
    for dataset in given.datasets:
        genotypes = Genotypes.load(dataset / "genotypes")
        (folds,) = dataset.glob("*/random/splits.tsv")
        trait = folds.parent.parent
        phenotype = values_by_key(read_table(trait / "phenotype.tsv", text=("sample",)))
        splits = read_table(folds, text=("sample",))
        first = splits[(splits["repeat"] == 1) & (splits["fold"] == 1)]
        for name, (method, params) in METHOD_PARAMS.items():
            start = time.process_time()
            found = evaluate(
                genotypes,
                phenotype,
                first,
                method=method,
                encoding=METHODS[method].default_encoding,
                params=params,
                maf=0.01,
                names=(given.seed, dataset.name, trait.name, "random"),
            ).folds.iloc[0]
            spent = time.process_time() - start
            sizes = f"{found['n_train']} training lines, {found['n_features']} markers"
            scored = f"r = {found['pearson']:.4f}, {spent:.0f} CPU s"
            print(f"{dataset.name} ({sizes}) {name}: {scored}", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
