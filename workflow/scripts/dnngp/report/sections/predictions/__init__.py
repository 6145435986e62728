"""Predictions of every sample while it was out of training."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dnngp.base.seeds import hashed_ranks
from dnngp.report.charts import score_charts
from dnngp.report.figure import Figure, Panel, cell_panels
from dnngp.report.formatting import plain_table
from dnngp.report.results import CELL, Results
from dnngp.report.section import Section

#: The most points that the page draws; beyond, a fixed share of the samples is drawn and the page says so.
MOST_POINTS = 30_000
INTERVALS = "How often the intervals of predictions cover the phenotype"


def context(results: Results) -> dict[str, Any]:
    """The model shown first, and coverage of intervals."""
    looks = results.styles
    return {
        "first_shown": next((look.label for look in looks if not look.control), looks[0].label),
        "interval_tables": [plain_table("intervals", INTERVALS, results["intervals"])],
    }


def figures(results: Results) -> dict[str, Figure]:
    """Predicted against observed."""
    compared = [look for look in results.styles if not look.control] or results.styles
    table = results["predictions"]
    table, note = _thinned(table[table["repeat"] == table["repeat"].min()])
    panels = cell_panels(results, table)
    figure = Figure(
        charts={
            "": lambda table, width: score_charts.predicted_against_observed(table, results.styles, width)
        },
        tables={"predictions": table[[*CELL, "label", "fold", "sample", "observed", "predicted"]]},
        panels=panels,
        columns=len(compared),
        note=note,
        still=[
            Panel(f"{look.label} · {panel.title}", panel.note, panel.where | {"label": look.label})
            for panel in panels
            for look in compared
        ],
    )
    return {"predictions": figure}


def _thinned(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """So many rows that a page can draw them, the same samples for every model, and what to say of it."""
    if len(table) <= MOST_POINTS:
        return table, ""
    share, drawn = MOST_POINTS / len(table), set()
    for dataset, part in table.groupby("dataset", sort=False):
        names = list(dict.fromkeys(part["sample"]))
        ranks = hashed_ranks(names, "drawn", dataset)
        most = max(1, int(share * len(names)))
        drawn |= {(dataset, name) for name, rank in zip(names, ranks, strict=True) if rank < most}
    shown = [pair in drawn for pair in zip(table["dataset"], table["sample"], strict=True)]
    return table[
        shown
    ], "A fixed share of the samples is drawn, the same for every model, chosen by hashing their ids."


SECTION = Section("predictions", "Predictions", 25, ("predictions",), context, figures)
