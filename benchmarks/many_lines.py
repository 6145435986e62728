"""What the solvers for many lines lose, beside the exact ones: one random fold of a dataset that a run has
stored.

    ./run bench many_lines results/benchmark/soybean_soynam yield

prints CPU seconds, r and h2 of each, and how far predictions of the iterative GBLUP are from those of the
exact one, in their standard deviations. One thread.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
from threadpoolctl import threadpool_limits

from dnngp.base.tables import read_table
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.store import Genotypes
from dnngp.methods.registry import create

GBLUP = {"exact": {"solver": "exact"}, "iterative": {"solver": "iterative"}}
RKHS = {f"core {size}": {"core": size} for size in (1000, 2000, 3000)} | {"no core": {"core": "none"}}


def main() -> None:
    """Fit all on the first fold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset", type=Path, help="folder of a dataset in the results of a run")
    parser.add_argument("trait", help="folder of a trait in it")
    given = parser.parse_args()
    genotypes = Genotypes.load(given.dataset / "genotypes")
    table = read_table(given.dataset / given.trait / "phenotype.tsv", text=("sample",))
    y = table.set_index("sample")["value"].reindex(genotypes.samples).to_numpy(float)
    splits = read_table(given.dataset / given.trait / "random" / "splits.tsv", text=("sample",))
    fold = splits[(splits["repeat"] == 1) & (splits["fold"] == 1)]
    train, test = (genotypes.positions(fold[fold["role"] == role]["sample"]) for role in ("train", "test"))
    training = TrainingSet(Population(genotypes, 0.01), train)
    records = training.records(test)
    print(f"{len(train)} training lines, {len(test)} tested, {genotypes.n_variants} markers")
    exact = np.zeros(len(test))
    for method, ways in (("gblup", GBLUP), ("rkhs", RKHS)):
        for name, params in ways.items():
            start = time.process_time()
            model = create(method, params, 1).fit(training, y[train])
            predicted = model.predict(records).mean
            seconds, r = time.process_time() - start, np.corrcoef(predicted, y[test])[0, 1]
            h2 = model.diagnostics_["h2"]
            print(f"{method} {name}: {seconds:.1f} CPU s, r = {r:.4f}, h2 = {h2:.3f}", flush=True)
            if name == "iterative":
                off = np.abs(predicted - exact)
                error = model.diagnostics_["h2_monte_carlo_error"]
                print(f"  h2 to {error:.3f}; off by {off.max() / exact.std():.4f} sd at most", flush=True)
            exact = predicted if name == "exact" else exact


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
