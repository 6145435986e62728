"""How right planned crosses are: predicted and true standard deviations of offspring, and what is gained.

    ./run bench mating [POPULATIONS]

Each population has 400 inbred lines, 1,000 markers on five chromosomes of a Morgan and 60 additive QTL,
which are among the markers; heritability 0.6. 300 lines train the model; the best 20 of the others, by
prediction, are crossed in all 190 ways. True means and standard deviations of doubled haploids follow from
the effects put in. Prints, mean over populations: r of predicted and true standard deviations and of
predicted and true usefulness (the best 5 % of the offspring), and true usefulness of the ten crosses that
are planned (each parent in three at most), of the ten with the largest mean within the same limit, and of
ten at random, in standard deviations of the true values of all lines; whether standard deviations were
exact, and CPU seconds. Writes the map of crosses of the first population to docs/images/crosses.svg.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd

from dnngp.genotypes.meiosis import recombination
from dnngp.genotypes.simulate import simulate
from dnngp.methods.registry import METHODS
from dnngp.prediction.bundle_training import train
from dnngp.prediction.cross_plan import best_plan
from dnngp.prediction.cross_variance import cross_variances
from dnngp.prediction.mating import crosses_of, intensity

SHOWN = ("gblup", "bayesb", "rkhs", "lightgbm")
SETTINGS = {
    **{"samples": 400, "markers": 1000, "chromosomes": 5, "founders": 16, "populations": 2, "missing": 0.0},
    **{"inbred": True, "held_back": 100},
    "traits": {"yield": {"h2": 0.6, "architecture": "additive", "qtl": 60}},
}
MATING = {
    **{"parents": 20, "number": 10, "offspring": "dh", "simulated": 200, "selected_fraction": 0.05},
    **{"max_kinship": None, "max_contributions": 3, "genetic_map": None, "cm_per_mb": 1.0},
}
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "crosses.svg"


def main(populations: int) -> None:
    """Simulate, predict, plan and print."""
    rows = []
    for number in range(1, populations + 1):
        simulation = simulate(f"mating{number}", SETTINGS, number)
        for method in SHOWN:
            started = time.process_time()
            mating, plan = crosses(simulation, method, number)
            seconds = time.process_time() - started
            rows.append({"method": method, **judged(simulation, mating, plan), "cpu_s": seconds})
            print(number, *(f"{key}={value}" for key, value in rows[-1].items()), flush=True)
            if number == 1 and method == SHOWN[0]:
                from dnngp.report.prediction_parts.mating import drawn

                PICTURE.write_text(drawn(mating) + "\n")
    for method, part in pd.DataFrame(rows).groupby("method", sort=False):
        means = part.drop(columns="method").mean()
        print("mating", method, *(f"{key}={value:.3f}" for key, value in means.items()))


def crosses(simulation, method: str, number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of all crosses and of the plan."""
    phenotype = simulation.phenotypes.set_index("id")["yield"].reindex(simulation.genotypes.samples)
    untested = np.flatnonzero(phenotype.isna())
    bundle = train(
        *(simulation.genotypes, phenotype),
        **{"method": method, "encoding": METHODS[method].default_encoding, "params": {}, "maf": 0.0},
        names=("mating", number),
        about={"trait": "yield"},
    )
    candidates = simulation.genotypes.select(untested)
    match = bundle.match(candidates, 0.75, "candidates")
    predictions = bundle.predict(candidates, match, 0.9).assign(trait="yield")
    mating, plan, _ = crosses_of(
        *(predictions, {"yield": bundle}, candidates, MATING),
        weights={"yield": 1.0},
        signs={"yield": 1},
        by_index=False,
        selected=None,
        path="candidates",
        min_markers=0.75,
        min_agreement=0.7,
        names=(number,),
    )
    return mating, plan


def judged(simulation, mating: pd.DataFrame, plan: pd.DataFrame) -> dict[str, float]:
    """Predictions of crosses beside the truth, in standard deviations of the true values of all lines."""
    genotypes, truth = simulation.genotypes, simulation.truth["traits"]["yield"]
    place = {name: row for row, name in enumerate(genotypes.variants["id"])}
    effects = np.zeros((genotypes.n_variants, 1))
    effects[[place[one["id"]] for one in truth["qtl"]], 0] = [one["effect"] for one in truth["qtl"]]
    names = sorted(set(mating["parent_1"]) | set(mating["parent_2"]))
    rows = genotypes.dosages[:, genotypes.positions(names)].T
    pairs = np.array(
        [[names.index(one) for one in pair] for pair in mating[["parent_1", "parent_2"]].to_numpy()]
    )
    rate = recombination(genotypes.variants["chrom"].to_numpy(), np.diff(genotypes.variants["pos"]) / 1e8)
    sd = cross_variances(rows, pairs, effects, rate, "dh")[:, 0] ** 0.5
    values = pd.Series(truth["genetic_values"])
    mean = values[names].to_numpy()[pairs].mean(axis=1)
    useful = (mean + intensity(MATING["selected_fraction"]) * sd - values.mean()) / values.std()
    kinship = mating["kinship"].to_numpy()
    by_mean = best_plan(mating["mean"].to_numpy(), pairs, kinship, 10, None, MATING["max_contributions"])
    chance = np.random.default_rng(1).permutation(len(pairs))[:10]
    return {
        "r_sd": np.corrcoef(mating["sd"], sd)[0, 1],
        "sd_ratio": mating["sd"].mean() / sd.mean(),
        "r_usefulness": np.corrcoef(mating["usefulness"], useful)[0, 1],
        "planned": useful[mating["planned"]].mean(),
        "by_mean": useful[by_mean].mean(),
        "random": useful[chance].mean(),
        "exact": float((mating["sd_from"] == "effects").all()),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
