"""The samples of each trait by their predictions, with intervals and nearest relatives."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from dnngp.genotypes.records import OVERALL
from dnngp.report.prediction_part import Part, PredictionResults, column_of

#: Samples of a trait that the page shows; the table has all.
MOST_SAMPLES = 100

#: Width of the small picture of an interval, pixels.
WIDTH = 140

Words = tuple[tuple[float, str], ...]

#: What the nearest training sample is, by the least similarity of genotypes.
RELATIVES = (
    (0.95, "the same genotype, or nearly"),
    (0.4, "like a parent or full sib"),
    (0.2, "like a half sib"),
    (0.1, "like a cousin"),
    (-1.0, "no near relative"),
)

#: Fewer markers than this do not tell a half sib from a stranger among many: numbers stand without words.
FEWEST_MARKERS = 500

#: What a predictive ability means for selection, by the least r.
ABILITIES = (
    (0.6, "good: the ranking of these samples is mostly right"),
    (0.4, "fair: the best third will hold most of the best samples"),
    (0.2, "weak: select mildly, and test what you select"),
    (-1.0, "hardly better than chance: do not select by it"),
)


def context(results: PredictionResults) -> dict[str, Any]:
    """Each trait of the prediction."""
    predictions = results["candidate_predictions"]
    counts = results["candidate_markers"].merge(
        results["prediction_models"].drop(columns="markers"), on="trait"
    )
    traits = [
        _trait(predictions[predictions["trait"] == row["trait"]], row, results.lower)
        for _, row in counts.iterrows()
    ]
    return {"traits": traits, "reliable": results.reliable}


def _trait(table: pd.DataFrame, counts: pd.Series, lower: Collection[str]) -> dict[str, Any]:
    """One trait: its model, its counts of markers and its first samples, in each environment.

    ``lower`` are traits, or environments that are traits, of which lower values are better.
    """
    if "environment" not in table or table["environment"].isna().all():
        table = table.assign(environment="", new_environment=False)
    told = ("markers", "same", "swapped", "strand", "assumed", "absent", "alleles", "unclear")
    of = {key: int(counts[key]) for key in told}
    words = RELATIVES if of["markers"] >= FEWEST_MARKERS else ((-1.0, ""),)
    places = [
        _environment(str(name), part, words) | {"lower": not {name, counts["trait"]}.isdisjoint(lower)}
        for name, part in table.groupby("environment", sort=False)
    ]
    return {
        "name": counts["trait"],
        "found": of["same"] + of["swapped"] + of["strand"] + of["assumed"],
        **of,
        "training": int(counts["samples"]),
        "ability": counts["predictive_ability"],
        "meaning": _word(ABILITIES, counts["predictive_ability"]),
        "places": places,
    }


def _environment(name: str, table: pd.DataFrame, relatives: Words) -> dict[str, Any]:
    """The samples of one trait in one environment; ``relatives`` are words for similarities."""
    bounds = table[["lower", "predicted", "upper"]].to_numpy(float)
    low, high = pd.Series(bounds.ravel()).min(), pd.Series(bounds.ravel()).max()
    scale = (WIDTH - 8) / ((high - low) or 1.0)

    def place(value: float) -> float | None:
        return None if value != value else round(4 + (value - low) * scale, 1)

    shown = table.head(MOST_SAMPLES).assign(
        relative=[_word(relatives, value) for value in column_of(table, "similarity")[:MOST_SAMPLES]]
    )
    rows = [
        row | {key: place(row[of]) for key, of in (("at", "predicted"), ("from", "lower"), ("to", "upper"))}
        for row in shown.to_dict("records")
    ]
    truth = column_of(table, "true_value")
    similarity = column_of(table, "similarity")
    return {
        "name": {"": "", OVERALL: "mean over environments"}.get(name, name),
        "new": bool(table["new_environment"].any()),
        "lines": len(table),
        "known": int(table["trained_on"].sum()),
        "near": bool(similarity.notna().any()),
        "outside": int((column_of(table, "distance_rank") >= 1).sum()),
        "far": sum(_word(relatives, value) == RELATIVES[-1][1] for value in similarity),
        "truth": bool(truth.notna().any()),
        "accuracy": truth.corr(table["predicted"]) if truth.nunique() > 1 else None,
        "rows": rows,
    }


def _word(words: Words, value: float | None) -> str:
    """The words of the first threshold that a number reaches; empty without one."""
    if value is None or value != value:
        return ""
    return next(text for least, text in words if value >= least)


PART = Part("ranking", 90, ("candidate_predictions", "candidate_markers", "prediction_models"), context)
