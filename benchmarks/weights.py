"""What weights of records gain: simulated trials with 1 to 8 replicates, GBLUP with and without them.

Each trial has samples of one population, h2 0.5 of a value of mean error variance, and five folds; r is that
of the predictions with the true genetic values, which no replication blurs. Intervals are those of the
workflow, told apart by the replicates of the record they are held against.

    ./run bench weights            # 40 trials of 300 samples
    ./run bench weights 10         # fewer trials
"""

import os
import sys
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pandas as pd
from scipy import stats

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from dnngp.config.sections.simulation import Simulation  # noqa: E402
from dnngp.encodings.samples.record_weights import WeightsByRecord  # noqa: E402
from dnngp.evaluation.evaluate import evaluate  # noqa: E402
from dnngp.genotypes.simulate import simulate  # noqa: E402
from dnngp.validation.intervals import with_intervals  # noqa: E402
from dnngp.validation.splits import split_table  # noqa: E402
from dnngp.validation.units import Units  # noqa: E402

TRIALS, SAMPLES, MARKERS, MOST = 40, 300, 500, 8


def trial(seed: int) -> pd.DataFrame:
    """Predictions of one trial without and with weights, with truth and intervals."""
    trait = {"h2": 0.5, "architecture": "additive", "qtl": 100, "epistasis": 0.5}
    settings = Simulation().model_dump() | {
        **{"samples": SAMPLES, "markers": MARKERS, "populations": 1, "missing": 0.0, "replicates": MOST},
        "traits": {"yield": trait},
    }
    made = simulate("trial", settings, seed)
    table = made.phenotypes.set_index("id").dropna()
    ids = sorted(table.index)
    splits = split_table(Units(f"trial {seed}", ids, ids), "random", 5, 1)
    truth = pd.Series(made.truth["traits"]["yield"]["genetic_values"])
    found = []
    for name, weights in (("equal", None), ("weighted", WeightsByRecord(table["replicates"].astype(float)))):
        result = evaluate(
            made.genotypes,
            table["yield"],
            splits,
            method="gblup",
            encoding={"name": "additive"},
            params={},
            maf=0.01,
            names=("weights", seed),
            weights=weights,
        )
        samples = result.predictions["sample"]
        predictions = with_intervals(
            result.predictions.assign(trait="yield", scheme="random", model=name, dataset=str(seed))
        )
        replicates = samples.map(table["replicates"])
        found.append(predictions.assign(truth=samples.map(truth), replicates=replicates))
    return pd.concat(found, ignore_index=True)


def main() -> None:
    count = int(sys.argv[1]) if sys.argv[1:] else TRIALS
    trials = pd.concat([trial(seed) for seed in range(1, count + 1)])
    of_folds = pd.Series(
        {
            fold: np.corrcoef(part["predicted"], part["truth"])[0, 1]
            for fold, part in trials.groupby(["model", "dataset", "fold"])
        }
    )
    r = of_folds.groupby(level=[0, 1]).mean().unstack(0)
    gain = r["weighted"] - r["equal"]
    test = stats.ttest_1samp(gain, 0)
    print(f"r with true genetic values over {count} trials: {r.mean().round(3).to_dict()}")
    print(f"gain {gain.mean():.4f} (standard error {gain.sem():.4f}, paired t test p = {test.pvalue:.2g})")
    inside = trials["observed"].between(trials["lower"], trials["upper"])
    covered = inside.groupby([trials["replicates"], trials["model"]]).mean().unstack()
    print("share of phenotypes in their 90 % interval, by replicates")
    print(covered.round(3).to_string())


if __name__ == "__main__":
    main()
