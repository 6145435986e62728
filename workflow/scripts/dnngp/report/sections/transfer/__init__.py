"""Trained in some populations, predicted in another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from dnngp.report.charts import transfer_charts
from dnngp.report.charts.style import Style
from dnngp.report.figure import Figure, domain, row_panels, shown_styles
from dnngp.report.formatting import plain_table
from dnngp.report.results import Results
from dnngp.report.section import Section

#: Columns of the table on the page; transfer/curve.tsv has all.
SHOWN = [
    *("transfer", "model", "training", "added", "n_train", "n_test", "pearson", "pearson_sd"),
    *("difference", "slope", "bias", "coverage", "relative_width"),
]


def context(results: Results) -> dict[str, Any]:
    """The curve as a table, and whether any step saw a phenotype that it was to predict."""
    ledger = results["transfer_ledger"]
    return {
        "curve": plain_table("transfer-curve", "Transfer", results["transfer_curve"][SHOWN]),
        "steps": len(ledger),
        "leaks": int((ledger["test_phenotypes_seen"] > 0).sum()),
    }


def figures(results: Results) -> dict[str, Figure]:
    """Accuracy by the number of lines added, and by distance."""
    looks = results.experiment_styles
    drawn = {"transfer": curve_figure(results["transfer_curve"], looks)}
    # The bins of the training with the fewest lines of the target: that is where it lies.
    distance = results["transfer_distance"]
    first = distance.groupby("transfer")["added"].transform("min")
    nearest = distance[distance["added"] == first].assign(training="joined")
    if nearest["pearson"].notna().any():
        figure = _figure(transfer_charts.by_distance, "distances", nearest, looks, ["distance"])
        drawn["transfer_distance"] = figure
    return drawn


def curve_figure(curve: pd.DataFrame, looks: list[Style]) -> Figure:
    """The curves of all transfers, a panel each."""
    return _figure(transfer_charts.curves, "transfers", curve, looks)


def _figure(
    chart: Any, name: str, table: pd.DataFrame, looks: list[Style], more: Sequence[str] = ()
) -> Figure:
    return Figure(
        charts={"": partial(chart, looks=looks, domain=domain(table["pearson"]))},
        tables={name: table[["transfer", "trait", "label", "training", "added", *more, "pearson"]]},
        panels=row_panels(table, ["transfer", "trait"], "{transfer}", "{trait}"),
        legend=shown_styles(looks, table),
    )


SECTION = Section("transfer", "Transfer", 46, ("transfer_curve",), context, figures)
