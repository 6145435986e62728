"""DNNGP on the published example: all ten folds, of which the authors released the first.

    ./run bench published_example    # needs the folder of real data, see CONTRIBUTING.md

599 wheat lines, yield in environment 1, 251 principal component scores of the
training lines, ``KFold(10, shuffle=True, random_state=123)``, 100 epochs without
early stopping. Prints r of each fold, then their mean and standard deviation
beside those of GBLUP on the same folds.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

from dnngp.encodings.pca import PCAScores
from dnngp.methods.dnngp import DNNGP
from dnngp.methods.gblup import GBLUP


def main() -> None:
    """Train and print."""
    folder = (
        Path(os.environ.get("DNNGP_SHARED", Path(__file__).parents[2] / "shared"))
        / "data"
        / "wheat_cimmyt599"
    )
    dosages = pd.read_csv(folder / "genotypes.csv.gz", index_col=0).to_numpy(float)
    y = pd.read_csv(folder / "phenotypes.csv")["yield_env1"].to_numpy()
    found: dict[str, list[float]] = {"dnngp": [], "gblup": []}
    for train, test in KFold(10, shuffle=True, random_state=123).split(dosages):
        encoder = PCAScores(components=251).fit(dosages[train])
        network = DNNGP(stopping="none", epochs=100, random_state=1)
        network.fit(encoder.transform(dosages[train]), y[train])
        blup = GBLUP().fit(dosages[train], y[train])
        for name, predicted in (
            ("dnngp", network.predict(encoder.transform(dosages[test]))),
            ("gblup", blup.predict(dosages[test])),
        ):
            found[name].append(float(np.corrcoef(predicted, y[test])[0, 1]))
        print(
            f"fold {len(found['dnngp'])}:", *(f"{name} {r[-1]:.3f}" for name, r in found.items()), flush=True
        )
    figures = {f"{name}_{of}": getattr(np, of)(r) for name, r in found.items() for of in ("mean", "std")}
    print("published_example", *(f"{name}={value:.3f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
