"""Does the demo tell its story with other seeds? About four CPU minutes for ten.

    python benchmarks/demo_seeds.py 11 12 13

simulates the population of config.yaml with each seed and compares cheap methods on random folds and with
whole populations left out, outside of the workflow: mean r, the difference from GBLUP with its corrected
p-value, the p-value of r against zero, and r with the true genetic values of the lines held back.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy import stats

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from dnngp.config import read_configuration  # noqa: E402
from dnngp.genotypes.simulate import simulate  # noqa: E402
from dnngp.methods.registry import create  # noqa: E402
from dnngp.validation.comparison import resampled_t  # noqa: E402

METHODS = ("gblup", "rkhs", "lightgbm")


def main(seeds):
    """Print a row for every seed, trait, scheme and method."""
    config = read_configuration(yaml.safe_load((ROOT / "config.yaml").read_text()))
    (dataset,) = config.datasets.values()
    for number, seed in enumerate(seeds):
        table = pd.DataFrame(rows(dataset.name, dataset.simulate, seed, config.cv["folds"]))
        print(table.round(3).to_csv(sep="\t", index=False, header=number == 0), end="", flush=True)


def rows(name, settings, seed, folds):
    """Results of one seed."""
    made = simulate(name, settings, seed)
    X = np.where(made.genotypes.dosages < 0, np.nan, made.genotypes.dosages).T.astype(float)
    X = np.where(np.isnan(X), np.nanmean(X, axis=0), X)
    table = made.phenotypes.set_index("id").loc[made.genotypes.samples]
    for trait, truth in made.truth["traits"].items():
        y = table[trait].to_numpy(float)
        true = np.array([truth["genetic_values"][sample] for sample in made.genotypes.samples])
        known, new = np.flatnonzero(~np.isnan(y)), np.flatnonzero(np.isnan(y))
        random = np.random.default_rng(seed).permutation(len(known)) % folds
        for scheme, fold in (
            ("random", random),
            ("leave_group_out", pd.factorize(table["population"].iloc[known])[0]),
        ):
            scores = {method: by_fold(method, X, y, known, fold, seed) for method in METHODS}
            for method, r in scores.items():
                ratio = 1 / (len(r) - 1)
                zero = resampled_t(r, ratio, 0.0)
                against = resampled_t(r - scores["gblup"], ratio, 0.0) if method != "gblup" else {}
                predicted = create(method, {}, seed).fit(X[known], y[known]).predict(X[new])
                yield {
                    **{"seed": seed, "trait": trait, "scheme": scheme, "method": method, "r": r.mean()},
                    "p_zero": stats.t.sf(zero["t"], zero["df"]),
                    "difference": against.get("difference"),
                    "p_difference": against.get("p"),
                    "r_new_true": np.corrcoef(predicted, true[new])[0, 1] if true.std() else np.nan,
                }


def by_fold(method, X, y, known, fold, seed):
    """r within each fold."""
    scores = []
    for number in np.unique(fold):
        train, test = known[fold != number], known[fold == number]
        predicted = create(method, {}, seed).fit(X[train], y[train]).predict(X[test])
        scores.append(np.corrcoef(predicted, y[test])[0, 1])
    return np.array(scores)


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or range(11, 21))
