"""Lines against markers at a price on 599 lines of wheat, for docs/how-to/how-many-lines-and-markers.md.

Two repeats of five random folds, GBLUP with 60 to 470 training lines and 80 to 1,279 markers (as
`experiments.learning_curve` does), then the best numbers of both for three budgets, where phenotyping a line
costs 30 and a marker of a line 0.1 or 0.01. Writes docs/experiments/iso_costs.tsv.

    ./run bench iso_costs

needs the data of DNNGP_SHARED.
"""

import os

# Before numpy loads its linear algebra.
os.environ["OMP_NUM_THREADS"] = "1"

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import pandas as pd

from dnngp.base.tables import write_table
from dnngp.evaluation.iso_cost import Prices, iso_costs
from dnngp.evaluation.learning_curves import surface
from dnngp.evaluation.size_experiment import evaluate_size
from dnngp.genotypes.subsets import marker_ranks
from dnngp.methods.registry import METHODS
from training_sets import folds_drawn, panel

TABLE = Path(__file__).parents[1] / "docs" / "experiments" / "iso_costs.tsv"
NAME, LINES, MARKERS, REPEATS = "wheat_cimmyt599", (60, 120, 240, 470), (80, 160, 320, 640, 1279), 2
PRICES, BUDGETS = (Prices(30, 0.1), Prices(30, 0.01)), [5_000.0, 10_000.0, 15_000.0]


def main() -> None:
    """Measure the surface, find the best points, write and print them."""
    genotypes, values, trait = panel(NAME)
    splits = folds_drawn(genotypes.samples.tolist(), NAME, REPEATS)
    ranks = marker_ranks(genotypes, "random", NAME)
    fits = [
        evaluate_size(
            genotypes,
            values,
            splits,
            repeat,
            lines=n,
            markers=p,
            ranks=ranks,
            names=(NAME, trait),
            method="gblup",
            encoding=METHODS["gblup"].default_encoding,
            params={},
            maf=0.01,
        ).folds
        for n in LINES
        for p in MARKERS
        for repeat in range(1, REPEATS + 1)
    ]
    table = surface(pd.concat(fits).assign(dataset=NAME, trait=trait, model="gblup"), "random")
    found = [iso_costs(table, one, BUDGETS, "", 1)[0].assign(marker_price=one.marker) for one in PRICES]
    best = pd.concat(found, ignore_index=True)
    write_table(best, TABLE)
    print(table.pivot_table(index="n", columns="p", values="pearson").round(3).to_string())
    print(best.drop(columns=["dataset", "trait", "marker_order", "currency"]).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
