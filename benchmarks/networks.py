"""Can a network beat the Gaussian kernel? Networks, BLUP and sparse regression on the same ten folds.

    ./run bench networks [METHODS [DATASET:TRAIT ...]]    # needs the folder of real data, see CONTRIBUTING.md

Folds are those of a run with ``cv: {folds: 10}`` on a dataset of this name. The
dataset ``simulated`` has 600 lines, 1,000 markers in linkage disequilibrium, and an
additive trait of heritability 0.6 with as many loci as its trait says. Prints mean r
of each method, its mean difference from ``rkhs`` with the 95 % interval of the
corrected resampled t-test, and CPU seconds a fold.
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
from dnngp.genotypes.phenotypes import read_phenotypes, trait_values
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.validation.comparison import resampled_t

#: The reference first.
COMPARED = ["rkhs", "gblup", "elastic_net", "random_forest", "kernel_net", "residual_net", "sparse_net"]
TRAITS = [
    "wheat_cimmyt599:yield_env1",
    "wheat_cimmyt599:yield_env2",
    "wheat_cimmyt599:yield_env4",
    "wheat_cimmyt599:yield_env5",
    "apple_kumar247:FF_HB",
    "demo_rice_vcf:Flowering.time.at.Arkansas",
    "pea_groan:yield",
    "simulated:4",
]
#: Names in the examples, which decide the folds, and chromosome sets as scored.
NAMES = {"wheat_cimmyt599": "wheat599"}
PLOIDY = {"wheat_cimmyt599": 1}
FOLDS, MAF = 10, 0.01


def simulated(loci: int, n: int = 600, p: int = 1000) -> tuple[Genotypes, pd.Series]:
    """Lines of four subpopulations, neighbouring markers alike in four of five lines, and a trait."""
    rng = np.random.default_rng(loci)
    ancestral = np.clip(rng.uniform(0.1, 0.9, p) + rng.normal(0, 0.1, (4, p)), 0.03, 0.97)
    dosages = rng.binomial(2, ancestral[np.arange(n) % 4]).astype(np.int8).T
    for marker in range(1, p):
        alike = rng.random(n) < 0.8
        dosages[marker, alike] = dosages[marker - 1, alike]
    chosen = dosages[rng.choice(p, loci, replace=False)].astype(float)
    genetic = ((chosen.T - chosen.mean(axis=1)) / chosen.std(axis=1)) @ rng.normal(size=loci)
    y = genetic / genetic.std() + np.sqrt(0.4 / 0.6) * rng.normal(size=n)
    ids = np.array([f"line{i}" for i in range(n)])
    names = [f"m{i}" for i in range(p)]
    return Genotypes(ids, variant_table("", 0, names, "", ""), dosages, 2, {}), pd.Series(y, index=ids)


def real(dataset: str, trait: str) -> tuple[Genotypes, pd.Series]:
    """Genotypes of a real dataset and a trait of its lines."""
    shared = Path(os.environ.get("DNNGP_SHARED", Path(__file__).parents[2] / "shared"))
    folder = shared / "data" / dataset
    file = next(path for path in sorted(folder.glob("genotypes.*")) if path.suffix == ".gz")
    genotypes = read_genotypes(file, Reading(ploidy=PLOIDY.get(dataset, 2)))
    phenotype = trait_values(read_phenotypes(folder / "phenotypes.csv"), trait, "phenotypes.csv")
    return genotypes, phenotype.reindex(genotypes.samples)


def measured(dataset: str, trait: str, methods: list[str]) -> pd.DataFrame:
    """A row per method and fold: r, CPU seconds, and the ratio of test to training lines."""
    genotypes, phenotype = simulated(int(trait)) if dataset == "simulated" else real(dataset, trait)
    name = NAMES.get(dataset, dataset)
    splits = drawn(phenotype, name, "random", FOLDS)
    parts = []
    for method in methods:
        found = evaluated(genotypes, phenotype, splits, method, MAF, (1, name, trait, "random"))
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
