"""Does what prior_net learnt on simulated populations help on real ones?

    ./run bench prior_net [DATASET[:TRAIT] ... | others]    # needs the real data, see CONTRIBUTING.md

Populations, traits and quality control are those of config/examples/benchmark-300.yaml (300 lines, 2,000
markers), folds the first two of its repeats of five random ones, and five that leave clusters out. Rows:
rkhs; the Gaussian kernel of markers that weigh 1.25^|z|, without learning; prior_net; the mean of the
predictions of rkhs and prior_net. Each is compared with rkhs over populations. Prints r of all rows, mean
differences with 95 % intervals (t over populations) and p of Wilcoxon's signed rank test, adjusted within a
scheme after Holm, and CPU seconds. ``others`` scores another trait of each population that has several.
"""

import logging
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd
import yaml
from folds import drawn, evaluated
from scipy import stats

from dnngp.config import read_configuration
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.phenotypes import read_phenotypes, trait_values
from dnngp.genotypes.quality_control import quality_control
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.structure import clusters
from dnngp.methods.prior import network

ROOT = Path(__file__).parents[1]
MODELS = {
    "rkhs": ("rkhs", {}),
    "score": ("prior_net", {"rule": "score"}),
    "prior_net": ("prior_net", {}),
}
#: The mean of the predictions of rkhs and prior_net.
MEAN = "mean_of_both"
COMPARED = [("score", "rkhs"), ("prior_net", "rkhs"), (MEAN, "rkhs")]
FOLDS, REPEATS = 5, 2
#: Traits beside those of the benchmark, named before they were scored.
OTHERS = [
    "apple_kumar247:WT_HB",
    "arabidopsis_regmap:easyGWAS_RL",
    "maize_drops246:anthesis",
    "maize_nam:DaystoSilk",
    "mouse_hs1940:trait6",
    "potato_tetraploid:total_yield",
    "rice_rdp44k:Flowering.time.at.Arkansas",
    "soybean_soynam:protein",
    "wheat599:yield_env4",
    "wheat_htp776:yield_E2_2irr",
    "wheat_iran2000:trait3",
]


def population(dataset, trait: str) -> tuple[Genotypes, pd.Series]:
    """Genotypes after quality control, and a trait of their lines, the benchmark's where it has no name."""
    genotypes = read_genotypes(dataset.genotypes, Reading(**dataset.reading))
    control = quality_control(genotypes, dataset.qc)
    genotypes = genotypes.select(np.flatnonzero(control.samples), np.flatnonzero(control.variants))
    (first,) = dataset.traits.values()
    phenotype = trait_values(read_phenotypes(dataset.phenotypes), trait or first, dataset.phenotypes)
    return genotypes, phenotype.reindex(genotypes.samples)


def scored(name: str, genotypes: Genotypes, phenotype: pd.Series, scheme: str, maf: float) -> pd.DataFrame:
    """Mean r over folds of each row, a scheme of one population."""
    groups = pd.Series(clusters(genotypes, 2 * FOLDS), genotypes.samples)
    splits = drawn(phenotype, name, scheme, FOLDS, REPEATS if scheme == "random" else 1, groups)
    predicted = {}
    for model, (method, params) in MODELS.items():
        found = evaluated(genotypes, phenotype, splits, method, maf, (1, name, scheme), params)
        predicted[model] = found.predictions.set_index(["repeat", "fold", "sample"])
    table = pd.DataFrame({model: one["predicted"] for model, one in predicted.items()})
    table[MEAN] = (table["rkhs"] + table["prior_net"]) / 2
    observed = predicted["rkhs"]["observed"]
    by_fold = table.groupby(["repeat", "fold"]).apply(lambda part: part.corrwith(observed[part.index]))
    return by_fold.mean().to_frame().T.assign(dataset=name, scheme=scheme)


def holm(p: list[float]) -> list[float]:
    """Adjusted p (Holm 1979, Scand J Stat 6:65)."""
    order = np.argsort(p)
    adjusted = np.maximum.accumulate(np.array(p)[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1)[np.argsort(order)].tolist()


def compared(r: pd.DataFrame) -> pd.DataFrame:
    """Differences over the populations of one scheme, a row each."""
    rows = []
    for one, other in COMPARED:
        difference = (r[one] - r[other]).round(6)
        low, high = stats.t.interval(0.95, len(r) - 1, difference.mean(), stats.sem(difference))
        rows.append(
            {
                "difference": f"{one} - {other}",
                "mean": f"{difference.mean():+.4f}",
                "95 %": f"{low:+.4f} to {high:+.4f}",
                "ahead": f"{(difference > 0).sum()} of {len(r)}",
                "least": f"{difference.min():+.3f}",
                "most": f"{difference.max():+.3f}",
                "p": float(stats.wilcoxon(difference).pvalue),
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(
        p=table["p"].map("{:.3f}".format), Holm=[f"{p:.3f}" for p in holm(table["p"].tolist())]
    )


def markdown(table: pd.DataFrame) -> str:
    """A table, as the page of prior_net has it."""
    cells = [table.columns.tolist(), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def main(names: list[str]) -> None:
    """Score and print."""
    logging.disable(logging.INFO)
    os.chdir(os.environ.get("DNNGP_SHARED", ROOT.parent / "shared"))
    text = (ROOT / "config" / "examples" / "benchmark-300.yaml").read_text().replace("../shared/", "")
    datasets = read_configuration(yaml.safe_load(text)).datasets
    parts = []
    for entry in OTHERS if names == ["others"] else names or datasets:
        name, _, trait = entry.partition(":")
        genotypes, phenotype = population(datasets[name], trait)
        for scheme in ("random", "cluster_out"):
            parts.append(scored(name, genotypes, phenotype, scheme, datasets[name].qc["maf"]))
            print(f"{name} {scheme} {time.process_time():.0f} CPU s", file=sys.stderr, flush=True)
    r = pd.concat(parts, ignore_index=True)
    print(f"weights {network.SHA256}")
    for scheme, found in r.groupby("scheme", sort=False):
        print(f"\n{scheme}\n")
        shown = found.set_index("dataset")[[*MODELS, MEAN]]
        shown.loc["mean"] = shown.mean()
        print(markdown(shown.map("{:.4f}".format).reset_index(names="population")))
        if len(found) > 1:
            print(f"\n{markdown(compared(found))}")
    print(f"\nprior_net cpu_s={time.process_time():.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
