"""What stage one is worth: means of plots against the truth, and what GBLUP makes of them.

Field trials of simulated samples (300, two replicates, blocks of ten, a smooth trend as large as the error,
one plot in five lost), a population each. GBLUP predicts them in five folds from plain means or from those of
stage one, without weights and with, from plots of all entries or, in each fold, from those of training
entries alone. Standard errors are over fields. One thread, some four CPU minutes.

    ./run bench stage_one
    ./run bench stage_one 10    # so many fields, instead of 12
"""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from dnngp.encodings.samples.record_weights import WeightsByRecord  # noqa: E402
from dnngp.evaluation.evaluate import evaluate  # noqa: E402
from dnngp.evaluation.fold_records import FoldValues  # noqa: E402
from dnngp.genotypes.simulate import simulate  # noqa: E402
from dnngp.genotypes.simulated_fields import CHECK, field_plots  # noqa: E402
from dnngp.methods.field_trials.stage_one import ONLY, stage_one  # noqa: E402
from dnngp.methods.field_trials.within_folds import means_within_folds  # noqa: E402
from dnngp.validation.draws import draw_folds  # noqa: E402

POPULATION = {
    **{"samples": 300, "held_back": 0, "markers": 1500, "chromosomes": 5, "founders": 16},
    **{"populations": 3, "missing": 0.0, "inbred": True},
    "traits": {"yield": {"h2": 0.5, "architecture": "additive", "qtl": 50, "epistasis": 0.5}},
}
FIELD = {"replicates": 2, "columns": 20, "block": 10, "trend": 1.0, "lost": 0.2}
FOLDS = 5


def plain(plots: pd.DataFrame) -> pd.DataFrame:
    """Plain means, their errors by their numbers of plots."""
    of_each = plots.dropna(subset="value").groupby("id")["value"]
    return pd.DataFrame({"value": of_each.mean(), "error_variance": 1 / of_each.size()})


def adjusted(plots: pd.DataFrame, spatial: str) -> pd.DataFrame:
    """Those of stage one."""
    return stage_one(plots, "yield", spatial=spatial)["means"].set_index("id")


#: What makes means, and whether their errors are used: None, by numbers of plots (False) or as known (True).
WAYS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], bool | None]] = {
    "plain means": (plain, None),
    "plain means, weighted by plots": (plain, False),
    "adjusted for the design": (partial(adjusted, spatial="none"), None),
    "adjusted for the design, weighted": (partial(adjusted, spatial="none"), True),
    "adjusted for design and trend, weighted": (partial(adjusted, spatial="auto"), True),
}


def field(number: int) -> tuple[object, pd.Series, pd.DataFrame]:
    """Genotypes, true values and plots of one population."""
    simulation = simulate(f"field{number}", POPULATION, 1)
    truth = simulation.truth["traits"]
    described = simulation.phenotypes[["id"]]
    plots = field_plots(np.random.default_rng(number), described, truth, FIELD)
    plots = plots.rename(columns={"yield": "value"}).assign(environment="field", line=np.arange(len(plots)))
    places = ["replicate", "block", "row", "column"]
    return (
        simulation.genotypes,
        pd.Series(truth["yield"]["genetic_values"]),
        plots.astype(dict.fromkeys(places, str)),
    )


def predicted(
    genotypes: object,
    means: pd.DataFrame,
    known: bool | None,
    splits: pd.DataFrame,
    fold_values: FoldValues | None = None,
) -> pd.DataFrame:
    """Predictions of GBLUP in the folds of ``splits``."""
    means = means.drop(index=CHECK, errors="ignore")
    weights = None if known is None else WeightsByRecord(1 / means["error_variance"], known)
    options = {"method": "gblup", "encoding": {"name": "additive"}, "params": {}, "maf": 0.01}
    options |= {"weights": weights, "fold_values": fold_values}
    return evaluate(genotypes, means["value"], splits, names=("stage_one",), **options).predictions


def within_folds(genotypes: object, plots: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """As the last of :data:`WAYS`, each fold with means of its training entries alone."""
    plots = plots.assign(environment=ONLY)
    samples = splits["sample"].unique().tolist()
    fitting = {"design": None, "spatial": "auto", "error": "full"}
    table = means_within_folds(plots, splits.assign(environment=np.nan), samples, "yield", fitting)
    return predicted(genotypes, adjusted(plots, "auto"), True, splits, FoldValues(table, True))


def correlations(found: pd.DataFrame, truth: pd.Series) -> tuple[float, ...]:
    """r of predictions with true values, and with the means that were observed; means over folds."""
    folds = [fold for _, fold in found.assign(true=found["sample"].map(truth)).groupby("fold")]

    def mean_r(of: str) -> float:
        return float(np.mean([fold["predicted"].corr(fold[of]) for fold in folds]))

    return mean_r("true"), mean_r("observed")


def folds_of(ids: list[str], key: str) -> pd.DataFrame:
    """The table of random folds."""
    fold = np.array(draw_folds(ids, key, FOLDS, 1))
    parts = [
        pd.DataFrame({"sample": ids, "role": np.where(fold == one, "test", "train")}).assign(
            repeat=1, fold=one
        )
        for one in range(1, FOLDS + 1)
    ]
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    rows = []
    for number in range(int(sys.argv[1]) if sys.argv[1:] else 12):
        genotypes, truth, plots = field(number)
        splits = None
        for name, (make, known) in WAYS.items():
            means = make(plots)
            there = means.index.intersection(truth.index)
            if splits is None:
                splits = folds_of(list(there), f"field{number}")
            accuracy, ability = correlations(predicted(genotypes, means, known, splits), truth)
            of_means = means.loc[there, "value"].corr(truth[there])
            rows.append({"means": name, "r of means": of_means, "accuracy": accuracy, "ability": ability})
        accuracy, ability = correlations(within_folds(genotypes, plots, splits), truth)
        rows.append({"means": "the same, within folds", "accuracy": accuracy, "ability": ability})
    table = pd.DataFrame(rows).groupby("means", sort=False).agg(["mean", "sem"])
    print(table.round(4).to_string())


if __name__ == "__main__":
    main()
