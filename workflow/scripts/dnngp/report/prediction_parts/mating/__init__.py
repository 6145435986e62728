"""The best set of crosses within the limits, and a map of all crosses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dnngp.report.charts.mating_charts import cross_map
from dnngp.report.figure import Figure, Panel, within_page
from dnngp.report.prediction_part import Part, PredictionResults, rows_of

#: Parents that the map has room for, the best ones; the table has all.
MOST_PARENTS = 40

#: Columns of the two parents.
PARENTS = ("parent_1", "parent_2")

#: Columns that the page calls by another name than the tables.
LABELS = {
    "parent_1": "parent",
    "parent_2": "other parent",
    "crosses_1": "its crosses",
    "crosses_2": "its crosses",
    "most_crosses": "most crosses of a parent",
}


def context(results: PredictionResults) -> dict[str, Any]:
    """The plan, what its limits cost, and the map."""
    first = _main(results["mating"])
    return {
        "plan": rows_of(results["mating_plan"], LABELS),
        "summary": rows_of(results["mating_summary"].drop(columns="intensity"), LABELS),
        "intensity": float(results["mating_summary"]["intensity"].iloc[0]),
        "trait": first["trait"].iloc[0],
        "exact": bool((first["sd_from"] == "effects").all()),
        "map": within_page(drawn(results["mating"], results.lower)),
        "left_out": max(0, len(parents(first)) - MOST_PARENTS),
    }


def drawn(mating: pd.DataFrame, lower: Any = ()) -> str:
    """The map of crosses as SVG, of the trait or index that they are ordered by."""
    table = _main(mating)
    shown = parents(table)[:MOST_PARENTS]
    place = {name: number for number, name in enumerate(shown)}
    table = table[table[list(PARENTS)].isin(shown).all(axis=1)]
    sign = -1 if table["trait"].iloc[0] in lower else 1
    rank = [
        place[one] * len(shown) + place[other] for one, other in table[list(PARENTS)].itertuples(index=False)
    ]
    ordered = table.assign(worth=sign * table["usefulness"]).iloc[np.argsort(rank)]
    return Figure({"": cross_map}, {"mating": ordered}, [Panel("", "", {})]).svg()


def parents(table: pd.DataFrame) -> list[str]:
    """Parents from the best on: each is the first in its crosses with worse ones."""
    counts = table["parent_1"].value_counts()
    last = set(table["parent_2"]) - set(counts.index)
    return [*counts.index, *last]


def _main(mating: pd.DataFrame) -> pd.DataFrame:
    """Rows of what crosses are ordered by, which stand first."""
    return mating[mating["trait"] == mating["trait"].iloc[0]]


PART = Part("mating", 30, ("mating", "mating_plan", "mating_summary"), context)
