"""Chosen training sets against random ones, and the best numbers of lines and markers for the money."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from dnngp.report.charts import training_set_charts
from dnngp.report.charts.style import COLOURS, CONTROL_COLOUR, Style
from dnngp.report.figure import Figure, domain, row_panels
from dnngp.report.formatting import plain_table
from dnngp.report.results import Results, records
from dnngp.report.section import Section
from dnngp.report.sections.experiments.curves import surface_means

#: How each design looks.
DESIGNS = [
    Style("cdmean", "CDmean", COLOURS[0], "circle", False),
    Style("pevmean", "PEVmean", COLOURS[2], "square", False),
    Style("stratified", "stratified", COLOURS[1], "triangle-up", False),
    Style("random", "random", CONTROL_COLOUR, "diamond", True),
]
TABLES = {
    "training_sets": "Training sets, chosen and random",
    "iso_costs": "The best numbers of lines and markers for the money",
}
CELL = ["dataset", "trait", "label", "marker_order"]


def context(results: Results) -> dict[str, Any] | None:
    """Both tables and the best point of the largest budget; None without any."""
    if not any(len(results[name]) for name in TABLES):
        return None
    shown = [plain_table(name, title, results[name]) for name, title in TABLES.items()]
    best = results["iso_costs"]
    best = best[best["status"] == "ok"].sort_values("budget", kind="stable")
    return {
        "training_set_tables": [one for one in shown if one[3]],
        "best_points": records(best.groupby(CELL, sort=False).tail(1)),
    }


def figures(results: Results) -> dict[str, Figure]:
    """Designs by size; curves of equal cost."""
    drawn = {}
    sets = results["training_sets"]
    if len(sets):
        labels = {look.model: look.label for look in DESIGNS}
        sets = sets.assign(label=[labels[design] for design in sets["design"]])
        drawn["training_sets"] = Figure(
            charts={"": partial(training_set_charts.by_size, looks=DESIGNS, domain=domain(sets["pearson"]))},
            tables={"training_sets": sets},
            panels=row_panels(sets, ["dataset", "trait"], "{dataset} · {trait}"),
            legend=[look for look in DESIGNS if look.label in set(sets["label"])],
        )
    if len(results["iso_cost_curves"]):
        drawn["iso_costs"] = _iso_costs(results)
    return drawn


def _iso_costs(results: Results) -> Figure:
    means, curves, best = surface_means(results["surface"]), results["iso_cost_curves"], results["iso_costs"]
    keys = curves[CELL].drop_duplicates()
    means = means.merge(keys, on=CELL)
    reach = (float(means["pearson"].min()), float(means["pearson"].max()))
    return Figure(
        charts={"": partial(training_set_charts.iso_costs, domain=reach)},
        tables={
            "surface": means[[*CELL, "n", "p", "pearson"]],
            "curves": curves[[*CELL, "budget", "n", "p", "pearson"]],
            "best": pd.DataFrame(best)[[*CELL, "budget", "n", "p", "pearson", "cost"]],
        },
        panels=row_panels(keys, CELL, "{label} · {dataset} · {trait}"),
    )


SECTION = Section("training_sets", "Training sets", 47, (), context, figures)
