"""Does accuracy depend on the set of layers? Fast and stock, many seeds, two real traits.

    ./run bench layers [SEEDS [DATASET ...]]    # needs the folder of real data, see CONTRIBUTING.md

For each seed a DNNGP of 24 principal component scores is trained on the same 300
lines with either set of layers, 30 epochs at a rate of 1e-3 and 10 at 1e-4, as
its own rules end a training, and scored on all other lines. The same seed gives
both the same starting weights and order of lines, and other dropout masks: r is
compared in pairs. Equivalence within +-0.01 is tested by two one-sided paired
t-tests at 5 %, which is to ask whether the 90 % confidence interval of the mean
difference lies within the margin. Seeds are numbered from 1,000: none of them was
used while this comparison was designed.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd
from scipy import stats

from dnngp.base.seeds import hashed_ranks
from dnngp.encodings.pca import PCAScores
from dnngp.methods.dnngp import released
from dnngp.methods.networks import training

TRAITS = {"wheat_cimmyt599": "yield_env1", "arabidopsis_regmap22k": "FT16"}
TRAINING_LINES, COMPONENTS, MARGIN, FIRST_SEED = 300, 24, 0.01, 1000
RATES = [1e-3] * 30 + [1e-4] * 10


def lines(folder: Path, trait: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores and phenotypes of the training lines, and of all others."""
    genotypes = pd.read_csv(folder / "genotypes.csv.gz", index_col=0)
    phenotypes = pd.read_csv(folder / "phenotypes.csv", index_col=0)[trait].dropna()
    genotypes = genotypes.loc[genotypes.index.intersection(phenotypes.index)]
    rank = np.array(hashed_ranks(list(map(str, genotypes.index)), "layers"))
    values, y = genotypes.to_numpy(), phenotypes.loc[genotypes.index].to_numpy(float)
    train, test = rank < TRAINING_LINES, rank >= TRAINING_LINES
    encoder = PCAScores(components=COMPONENTS).fit(values[train])
    return encoder.transform(values[train]), y[train], encoder.transform(values[test]), y[test]


def equivalence(fast: np.ndarray, stock: np.ndarray) -> tuple[float, float, float, float]:
    """Mean difference, the ends of its 90 % interval, and the p-value of the two one-sided tests."""
    difference, error, freedom = np.mean(fast - stock), stats.sem(fast - stock), len(fast) - 1
    reach = stats.t.ppf(0.95, freedom) * error
    return (
        difference,
        difference - reach,
        difference + reach,
        stats.t.sf((MARGIN - abs(difference)) / error, freedom),
    )


def fitted_r(
    x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, kernels: str, seed: int
) -> float:
    """Correlation in the test lines of a network trained from this seed."""
    network = {"activation": "relu", "dropout1": 0.5, "dropout2": 0.3}
    engine = training.engine(released, (COMPONENTS, 1), kernels=kernels, **network)
    recipe = training.Recipe(len(RATES), 28, RATES[0], len(RATES), 0.0, len(RATES))
    fit = training.train(engine, x[..., None], y, recipe, seed, np.arange(len(y)), rates=RATES)
    predicted = engine.predict(x_test[..., None], fit.weights).astype(float)
    return float(np.corrcoef(predicted, y_test)[0, 1])


def main(seeds: int, *datasets: str) -> None:
    """Train, print every mean and the test of each trait."""
    shared = Path(os.environ.get("DNNGP_SHARED", Path(__file__).parents[2] / "shared"))
    figures = []
    for dataset in datasets or TRAITS:
        trait = TRAITS[dataset]
        x, y, x_test, y_test = lines(shared / "data" / dataset, trait)
        y = (y - y.mean()) / y.std()
        fast, stock = (
            np.array([fitted_r(x, y, x_test, y_test, kernels, FIRST_SEED + seed) for seed in range(seeds)])
            for kernels in ("fused", "keras")
        )
        difference, low, high, p = equivalence(fast, stock)
        print(
            f"{dataset} {trait}, {seeds} seeds: fast {fast.mean():.4f} (sd {fast.std(ddof=1):.4f}), "
            f"stock {stock.mean():.4f} (sd {stock.std(ddof=1):.4f}), difference {difference:+.4f} "
            f"[{low:+.4f}, {high:+.4f}], p = {p:.2g}",
            flush=True,
        )
        figures.append(f"{dataset}_difference={difference:.4f} {dataset}_p={p:.3g}")
    print("layers", *figures)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40, *sys.argv[2:])
