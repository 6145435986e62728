"""What early stopping is best used for: refit, bagged, best or nothing, on four real traits.

    ./run bench stopping [DRAWS]    # needs the folder of real data, see CONTRIBUTING.md

Each draw takes 300 training lines of each set (four fifths of a smaller one) by
hashed ids, trains a DNNGP of 40 principal component scores with its default recipe
and each way of stopping, and scores all other lines. ``bagged`` needs members, so
that all ways have two. The ways meet the same lines with the same seed: what is
reported is the mean difference in r from ``refit`` over draws, with its standard
error, which covers the lines as well as the random start. ``null`` is mean r with
the phenotypes of all lines permuted, which is 0 where nothing leaks.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd

from dnngp.base.seeds import hashed_ranks, seed
from dnngp.encodings.pca import PCAScores
from dnngp.methods.dnngp import DNNGP
from dnngp.methods.networks.network_regressor import STOPPING

TRAITS = {
    "wheat_cimmyt599": "yield_env1",
    "arabidopsis_regmap22k": "FT16",
    "apple_kumar247": "FF_HB",
    "wheat_iran2000": "trait8",
}
TRAINING_LINES, COMPONENTS, MEMBERS = 300, 40, 2
COLUMNS = ["dataset", "draw", "kind", "stopping", "r", "epochs"]


def lines(folder: Path, trait: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Ids, genotypes (n, p) and phenotypes (n,) of the phenotyped lines."""
    y = pd.read_csv(folder / "phenotypes.csv", index_col=0)[trait].dropna()
    genotypes = pd.read_csv(folder / "genotypes.csv.gz", index_col=0)
    genotypes = genotypes.loc[genotypes.index.intersection(y.index)]
    ids = [str(line) for line in genotypes.index]
    return ids, genotypes.to_numpy(), y.loc[genotypes.index].to_numpy(float)


def main(draws: int) -> None:
    """Train and print."""
    shared = Path(os.environ.get("DNNGP_SHARED", Path(__file__).parents[2] / "shared"))
    rows = []
    for dataset, trait in TRAITS.items():
        ids, genotypes, y = lines(shared / "data" / dataset, trait)
        for draw in range(draws):
            train = np.array(hashed_ranks(ids, "stopping", draw)) < min(TRAINING_LINES, 4 * len(ids) // 5)
            encoder = PCAScores(components=COMPONENTS).fit(genotypes[train])
            x, x_test = encoder.transform(genotypes[train]), encoder.transform(genotypes[~train])
            permuted = np.random.default_rng(seed("stopping", draw)).permutation(y)
            # One permutation a trait: it doubles the cost, and four ways and traits share it.
            for kind, target in (("r", y), ("null", permuted))[: 2 if draw == 0 else 1]:
                for stopping in STOPPING:
                    model = DNNGP(stopping=stopping, members=MEMBERS, random_state=draw)
                    predicted = model.fit(x, target[train]).predict(x_test)
                    r = np.corrcoef(predicted, target[~train])[0, 1]
                    rows.append((dataset, draw, kind, stopping, r, model.diagnostics_["epochs"] / MEMBERS))
        told(dataset, trait, pd.DataFrame(rows, columns=COLUMNS).query("dataset == @dataset"))
    summary(pd.DataFrame(rows, columns=COLUMNS))


def differences(table: pd.DataFrame) -> pd.DataFrame:
    """r of each way less that of ``refit`` with the same lines: a row a dataset and draw."""
    wide = table.query("kind == 'r'").pivot(index=["dataset", "draw"], columns="stopping", values="r")
    return wide.sub(wide["refit"], axis=0)


def told(dataset: str, trait: str, table: pd.DataFrame) -> None:
    """Print one trait."""
    apart = differences(table)
    for stopping in STOPPING:
        found = table.query("stopping == @stopping and kind == 'r'")
        print(
            f"{dataset} {trait} {stopping}: r {found['r'].mean():.3f}, "
            f"minus refit {apart[stopping].mean():+.3f} (se {apart[stopping].sem():.3f}), "
            f"{found['epochs'].mean():.0f} epochs",
            flush=True,
        )


def summary(table: pd.DataFrame) -> None:
    """Print the mean difference over traits, the standard error over draws and traits, and the null."""
    apart = differences(table)
    null = table.query("kind == 'null'").groupby("stopping")["r"].mean()
    figures = []
    for stopping in STOPPING:
        if stopping != "refit":
            figures.append(f"{stopping}_minus_refit={apart[stopping].mean():.4f}")
            figures.append(f"{stopping}_se={apart[stopping].sem():.4f}")
        figures.append(f"{stopping}_null={null[stopping]:.3f}")
    print("stopping", *figures)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6)
