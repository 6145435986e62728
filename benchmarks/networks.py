"""Can a network beat the Gaussian kernel? Networks, BLUP and sparse regression on the same ten folds.

    ./run bench networks [METHODS [DATASET:TRAIT ...]]    # needs the folder of real data, see CONTRIBUTING.md

Folds are those of a run with ``cv: {folds: 10}`` on a dataset of this name. Prints
mean r of each method, its mean difference from ``rkhs`` with the 95 % interval of
the corrected resampled t-test, and CPU seconds a fold.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd

from dnngp.compare import resampled_t
from dnngp.evaluate import evaluate
from dnngp.models.registry import METHODS
from dnngp.phenotypes import read_phenotypes, trait_values
from dnngp.readers import read_genotypes
from dnngp.readers.options import Reading
from dnngp.splits import split_table

#: The reference first.
COMPARED = ["rkhs", "gblup", "elastic_net", "kernel_net", "residual_net", "sparse_net"]
TRAITS = [
    "wheat_cimmyt599:yield_env1",
    "wheat_cimmyt599:yield_env2",
    "wheat_cimmyt599:yield_env4",
    "wheat_cimmyt599:yield_env5",
    "apple_kumar247:FF_HB",
    "demo_rice_vcf:Flowering.time.at.Arkansas",
    "pea_groan:yield",
]
#: Names in the examples, which decide the folds, and chromosome sets as scored.
NAMES = {"wheat_cimmyt599": "wheat599"}
PLOIDY = {"wheat_cimmyt599": 1}
FOLDS, MAF = 10, 0.01


def measured(dataset: str, trait: str, methods: list[str]) -> pd.DataFrame:
    """A row per method and fold: r, CPU seconds, and the ratio of test to training lines."""
    shared = Path(os.environ.get("DNNGP_SHARED", Path(__file__).parents[2] / "shared"))
    folder, name = shared / "data" / dataset, NAMES.get(dataset, dataset)
    file = next(path for path in sorted(folder.glob("genotypes.*")) if path.suffix == ".gz")
    genotypes = read_genotypes(file, Reading(ploidy=PLOIDY.get(dataset, 2)))
    phenotype = trait_values(read_phenotypes(folder / "phenotypes.csv"), trait, "phenotypes.csv")
    phenotype = phenotype.reindex(genotypes.samples)
    splits = split_table(genotypes.samples, phenotype.notna().to_numpy(), "random", name, FOLDS, 1)
    parts = []
    for method in methods:
        found = evaluate(
            genotypes,
            phenotype,
            splits,
            method=method,
            encoding=METHODS[method].default_encoding,
            params={},
            maf=MAF,
            names=(1, name, trait, "random"),
        )
        folds = found.folds.assign(method=method, ratio=found.folds["n_test"] / found.folds["n_train"])
        cpu = found.timing.groupby("fold")["cpu_s"].sum()
        parts.append(
            folds.assign(cpu_s=folds["fold"].map(cpu))[["method", "fold", "pearson", "ratio", "cpu_s"]]
        )
    return pd.concat(parts, ignore_index=True)


def main(methods: list[str], traits: list[str]) -> None:
    """Evaluate and print."""
    gains: dict[str, list[float]] = {method: [] for method in methods[1:]}
    for entry in traits:
        dataset, _, trait = entry.partition(":")
        table = measured(dataset, trait, methods)
        r = table.pivot(index="fold", columns="method", values="pearson")
        for method in methods:
            seconds = table.loc[table["method"] == method, "cpu_s"].mean()
            told = f"{dataset} {trait} {method}: r {r[method].mean():.3f}, {seconds:.1f} CPU s a fold"
            if method != methods[0]:
                test = resampled_t((r[method] - r[methods[0]]).to_numpy(), float(table["ratio"].mean()), 0.01)
                gains[method].append(test["difference"])
                interval = f"[{test['lower']:+.3f}, {test['upper']:+.3f}]"
                told += f", minus {methods[0]} {test['difference']:+.3f} {interval}"
            print(told, flush=True)
    print("networks", *(f"{method}_minus_{methods[0]}={np.mean(gain):.3f}" for method, gain in gains.items()))


if __name__ == "__main__":
    main(sys.argv[1].split(",") if sys.argv[1:] else COMPARED, sys.argv[2:] or TRAITS)
