"""How often 90 % intervals cover: fourteen real traits, random folds, whole clusters left out, new lines.

    ./run bench intervals [METHOD ...]    # needs the folder of real data, see CONTRIBUTING.md

Five folds a scheme. `random` and `cluster_out`: intervals of each fold from the errors of the other
folds, as in the tables of a run. `new lines` (mixed models alone; six times the work): intervals from a
cross-validation of the training lines of each random fold around the predictions of its test lines, of
which nothing was used: what `./run predict` does. `new families`: intervals from the errors of the random
folds for the lines of `cluster_out`, which they were not made for. Prints the share of lines covered and the
mean width in standard deviations of the trait.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd
from folds import drawn, evaluated

from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.phenotypes import join_trait
from dnngp.genotypes.structure import clusters
from dnngp.validation.intervals import LEVEL, half_width, held_out_intervals

FOLDS, CLUSTERS, MAF = 5, 10, 0.01

#: Ploidy and traits by population.
TRAITS = {
    "wheat_cimmyt599": (2, ["yield_env1", "yield_env2", "yield_env4", "yield_env5"]),
    "demo_rice_vcf": (2, ["Flowering.time.at.Arkansas", "Plant.height", "Panicle.fertility"]),
    "apple_kumar247": (2, ["WT_HB", "FF_HB", "GRE_MOT"]),
    "pea_groan": (2, ["yield"]),
    "potato_gwaspoly_tetraploid": (4, ["chip_color", "tuber_shape", "total_yield"]),
}
#: So cheap that they are fitted six times over.
CHEAP = ("gblup", "rkhs")


def main(methods: list[str]) -> None:
    """Evaluate and print."""
    shared = Path(os.environ.get("DNNGP_SHARED", Path(__file__).parents[2] / "shared")) / "data"
    rows = []
    for dataset, (ploidy, traits) in TRAITS.items():
        file = next((shared / dataset).glob("genotypes.[cv]*.gz"))
        genotypes = read_genotypes(file, Reading(ploidy=ploidy))
        samples = genotypes.samples.tolist()
        groups = {
            "random": None,
            "cluster_out": pd.Series(clusters(genotypes, CLUSTERS), samples).astype(str),
        }
        for trait in traits:
            phenotype = join_trait(samples, shared / dataset / "phenotypes.csv", trait)[0]
            values = phenotype.set_index("sample")["value"]
            for method in methods:
                row = {"dataset": dataset, "trait": trait, "method": method, "lines": int(values.count())}
                width = 0.0
                for scheme in groups:
                    table = drawn(values, dataset, scheme, FOLDS, groups=groups[scheme])
                    predictions = fitted(genotypes, values, table, method)
                    row |= told(scheme, predictions, held_out_intervals(predictions), values)
                    if scheme == "random":
                        width = half_width((predictions["observed"] - predictions["predicted"]).to_numpy())
                    else:
                        row |= told("new families", predictions, around(predictions, width), values)
                    if scheme == "random" and method in CHEAP:
                        row |= told(
                            "new lines", predictions, as_new(genotypes, values, predictions, method), values
                        )
                rows.append(row)
                print(*(f"{key}={value}" for key, value in row.items()), flush=True)
    table = pd.DataFrame(rows)
    for method, part in table.groupby("method", sort=False):
        means = part.drop(columns=["dataset", "trait", "method", "lines"]).mean()
        print("intervals", method, *(f"{key}={value:.3f}" for key, value in means.items()))


def fitted(genotypes, values: pd.Series, table: pd.DataFrame, method: str) -> pd.DataFrame:
    """Predictions of the test lines of every fold by a method with its defaults."""
    return evaluated(genotypes, values, table, method, MAF, ("intervals", method)).predictions


def as_new(genotypes, values: pd.Series, predictions: pd.DataFrame, method: str) -> pd.DataFrame:
    """Intervals of the test lines of each fold from a cross-validation within its training lines."""
    width = pd.Series(np.nan, predictions.index)
    for fold, part in predictions.groupby("fold"):
        inner = values.mask(values.index.isin(part["sample"]))
        found = fitted(genotypes, inner, drawn(inner, f"inner {fold}", "random", FOLDS), method)
        width[part.index] = half_width((found["observed"] - found["predicted"]).to_numpy())
    return around(predictions, width)


def around(predictions: pd.DataFrame, width: pd.Series | float) -> pd.DataFrame:
    """Intervals of half a width either side of the predictions."""
    predicted = predictions["predicted"]
    return pd.DataFrame({"lower": predicted - width, "upper": predicted + width})


def told(
    name: str, predictions: pd.DataFrame, intervals: pd.DataFrame, values: pd.Series
) -> dict[str, float]:
    """Coverage and width, to three digits."""
    covered = predictions["observed"].between(intervals["lower"], intervals["upper"]).mean()
    width = (intervals["upper"] - intervals["lower"]).mean() / values.std()
    return {name: round(float(covered), 3), f"{name} width": round(float(width), 3)}


if __name__ == "__main__":
    print(f"nominal {LEVEL}")
    main(sys.argv[1:] or ["gblup", "rkhs", "lightgbm"])
