"""Whether important markers lie at the QTL: recall on simulated populations, beside permuted traits.

    ./run bench markers [POPULATIONS]

Each population has 400 lines, 2,000 markers on five chromosomes and 20 additive QTL, which are among the
markers; heritability 0.7. A QTL counts as found when one of the 100 most important markers lies within 1 cM
of it. The null is the same method fitted to the permuted trait. Prints recall, null and their ratio, mean
over populations, and the CPU seconds of fit and importance.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd

from dnngp.genotypes.harmonise import at_markers, match_markers
from dnngp.genotypes.simulate import CHROMOSOME_LENGTH, simulate
from dnngp.methods.registry import METHODS
from dnngp.prediction.bundle_training import train
from dnngp.prediction.importance import marker_importance

METHODS_SHOWN = ("gblup", "bayesb", "rkhs", "svr", "lightgbm", "random_forest", "dnngp")
SETTINGS = {
    **{"samples": 400, "markers": 2000, "chromosomes": 5, "founders": 16, "populations": 3, "missing": 0.02},
    **{"inbred": True, "traits": {"yield": {"h2": 0.7, "architecture": "additive", "qtl": 20}}},
}
TOP = 100
#: Base pairs of a centimorgan: chromosomes are 100 cM long.
NEAR = CHROMOSOME_LENGTH / 100


def main(populations: int) -> None:
    """Fit, count and print."""
    rows = []
    for number in range(1, populations + 1):
        simulation = simulate(f"markers{number}", SETTINGS, number)
        phenotype = simulation.phenotypes.set_index("id")["yield"]
        permuted = pd.Series(
            np.random.default_rng(number).permutation(phenotype.to_numpy()), index=phenotype.index
        )
        qtl = {entry["id"] for entry in simulation.truth["traits"]["yield"]["qtl"]}
        for method in METHODS_SHOWN:
            started = time.process_time()
            found = recall(simulation.genotypes, phenotype, method, qtl)
            seconds = time.process_time() - started
            null = recall(simulation.genotypes, permuted, method, qtl)
            rows.append({"method": method, "recall": found, "null": null, "cpu_s": seconds})
            print(number, *(f"{key}={value}" for key, value in rows[-1].items()), flush=True)
    for method, part in pd.DataFrame(rows).groupby("method", sort=False):
        means = part.drop(columns="method").mean()
        ratio = means["recall"] / means["null"]
        print("markers", method, *(f"{k}={v:.3f}" for k, v in means.items()), f"ratio={ratio:.2f}")


def recall(genotypes, phenotype: pd.Series, method: str, qtl: set[str]) -> float:
    """Share of the QTL with one of the most important markers nearby."""
    bundle = train(
        genotypes,
        phenotype,
        method=method,
        encoding=METHODS[method].default_encoding,
        params={},
        maf=0.01,
        names=("markers", method),
    )
    row_of = {sample: row for row, sample in enumerate(genotypes.samples)}
    lines = genotypes.select(np.array([row_of[line] for line in bundle.samples]))
    match = match_markers(bundle.markers, lines.variants)
    table = marker_importance(bundle, at_markers(lines, bundle.markers, match, bundle.ploidy))
    top = table[table["rank"] <= TOP]
    places = genotypes.variants[genotypes.variants["id"].isin(qtl)]
    near = [
        ((top["chrom"] == chrom) & ((top["pos"] - pos).abs() <= NEAR)).any()
        for chrom, pos in zip(places["chrom"], places["pos"], strict=True)
    ]
    return float(np.mean(near))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
