"""What of published figures repeats: GBLUP on landraces that DNNGP's data come from, and DNNGP's own example.

    ./run bench published_example    # needs the folder of real data, see CONTRIBUTING.md

prints, in 25 CPU minutes:

1. 2,000 Iranian wheat landraces: GBLUP on a fifth of the lines, r on the others, mean over 30 partitions, as
   Crossa et al. 2016 (G3 6:1819) drew them from 2,403 lines and 33,709 markers;
2. 599 wheat lines, yield in environment 1: 251 principal component scores of the training lines,
   ``KFold(10, shuffle=True, random_state=123)``, 100 epochs without early stopping. r on the fold that the
   authors released, for five seeds of the network; then on all ten folds for the first of the seeds, beside
   GBLUP and the Gaussian kernel.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, ShuffleSplit
from threadpoolctl import threadpool_limits

from dnngp.encodings.pca import PCAScores
from dnngp.methods.dnngp import DNNGP
from dnngp.methods.gblup import GBLUP
from dnngp.methods.rkhs import RKHS

DATA = Path(os.environ.get("DNNGP_SHARED", Path(__file__).parents[2] / "shared")) / "data"
SEEDS = (1, 2, 3, 4, 5)


def read(name: str) -> tuple[np.ndarray, pd.DataFrame]:
    """Dosages (n, p) and phenotypes of a set."""
    dosages = pd.read_csv(DATA / name / "genotypes.csv.gz", index_col=0).to_numpy(float)
    return dosages, pd.read_csv(DATA / name / "phenotypes.csv", index_col=0)


def ability(predicted: np.ndarray, y: np.ndarray) -> float:
    """Pearson's r."""
    return float(np.corrcoef(predicted, y)[0, 1])


def network(dosages: np.ndarray, y: np.ndarray, fold: tuple[np.ndarray, np.ndarray], seed: int) -> float:
    """The r of DNNGP, trained as in the released example."""
    train, test = fold
    encoder = PCAScores(components=251).fit(dosages[train])
    model = DNNGP(stopping="none", epochs=100, random_state=seed)
    model.fit(encoder.transform(dosages[train]), y[train])
    return ability(model.predict(encoder.transform(dosages[test])), y[test])


def example() -> None:
    """DNNGP beside mixed models on the wheat lines."""
    dosages, phenotypes = read("wheat_cimmyt599")
    y = phenotypes["yield_env1"].to_numpy()
    folds = list(KFold(10, shuffle=True, random_state=123).split(dosages))
    released = [network(dosages, y, folds[0], seed) for seed in SEEDS]
    print("released fold, by seed:", *(f"{r:.3f}" for r in released), flush=True)
    found: dict[str, list[float]] = {"dnngp": [], "gblup": [], "rkhs": []}
    for number, fold in enumerate(folds):
        train, test = fold
        found["dnngp"].append(released[0] if number == 0 else network(dosages, y, fold, SEEDS[0]))
        for name, model in (("gblup", GBLUP()), ("rkhs", RKHS())):
            found[name].append(ability(model.fit(dosages[train], y[train]).predict(dosages[test]), y[test]))
        print(f"fold {number + 1}:", *(f"{name} {r[-1]:.3f}" for name, r in found.items()), flush=True)
    figures = {f"{name}_{of}": getattr(np, of)(r) for name, r in found.items() for of in ("mean", "std")}
    print("example", *(f"{name}={value:.3f}" for name, value in figures.items()), flush=True)


def landraces() -> None:
    """GBLUP on small training sets of the landraces."""
    dosages, phenotypes = read("wheat_iran2000")
    partitions = list(ShuffleSplit(30, train_size=0.2, test_size=0.8, random_state=1).split(dosages))
    for trait in phenotypes:
        y = phenotypes[trait].to_numpy()
        found = [
            ability(GBLUP().fit(dosages[train], y[train]).predict(dosages[test]), y[test])
            for train, test in partitions
        ]
        print(f"landraces {trait}: r={np.mean(found):.3f} sd={np.std(found):.3f}", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        landraces()
        example()
