"""What early stopping is best used for: refit, bagged, best or nothing, on four real traits.

    ./run bench stopping [SEEDS]    # needs the folder of real data, see CONTRIBUTING.md

A DNNGP of at most 60 principal component scores with its default recipe is trained
on the same 300 lines (four fifths of smaller sets) with each way of stopping, and
scored on all other lines. ``bagged`` has three members; so that no way is ahead
for its number of networks, so have the others. Prints mean r, its standard error
over seeds and the epochs trained, and the mean difference from ``refit``.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd

from dnngp.encode import PCAScores
from dnngp.models.dnngp import DNNGPRegressor
from dnngp.models.networks import STOPPING
from dnngp.seeds import hashed_ranks

TRAITS = {
    "wheat_cimmyt599": "yield_env1",
    "arabidopsis_regmap22k": "FT16",
    "apple_kumar247": "FF_HB",
    "wheat_iran2000": "trait8",
}
TRAINING_LINES, COMPONENTS, MEMBERS = 300, 60, 3


def main(seeds: int) -> None:
    """Train and print."""
    shared = Path(os.environ.get("DNNGP_SHARED", Path(__file__).parents[2] / "shared"))
    figures = {}
    for dataset, trait in TRAITS.items():
        folder = shared / "data" / dataset
        genotypes = pd.read_csv(folder / "genotypes.csv.gz", index_col=0)
        y = pd.read_csv(folder / "phenotypes.csv", index_col=0)[trait].dropna()
        genotypes = genotypes.loc[genotypes.index.intersection(y.index)]
        values, target = genotypes.to_numpy(), y.loc[genotypes.index].to_numpy(float)
        ids = [str(line) for line in genotypes.index]
        train = np.array(hashed_ranks(ids, "stopping")) < min(TRAINING_LINES, 4 * len(ids) // 5)
        encoder = PCAScores(components=COMPONENTS).fit(values[train])
        x, x_test = encoder.transform(values[train]), encoder.transform(values[~train])
        for stopping in STOPPING:
            r, epochs = [], []
            for seed in range(seeds):
                model = DNNGPRegressor(stopping=stopping, members=MEMBERS, random_state=seed)
                predicted = model.fit(x, target[train]).predict(x_test)
                r.append(np.corrcoef(predicted, target[~train])[0, 1])
                epochs.append(model.diagnostics_["epochs"] / MEMBERS)
            mean = figures[dataset, stopping] = float(np.mean(r))
            error = np.std(r, ddof=1) / np.sqrt(seeds) if seeds > 1 else np.nan
            told = f"r {mean:.3f} (se {error:.3f}), {np.mean(epochs):.0f} epochs"
            print(f"{dataset} {trait} {stopping}: {told}", flush=True)
    gains = {
        stopping: np.mean([figures[dataset, stopping] - figures[dataset, "refit"] for dataset in TRAITS])
        for stopping in STOPPING
        if stopping != "refit"
    }
    print("stopping", *(f"{stopping}_minus_refit={gain:.4f}" for stopping, gain in gains.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
