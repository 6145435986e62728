"""What the models cost."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from dnngp.report.charts import fit_charts
from dnngp.report.figure import Figure, Panel, cell_panels, domain, shown_styles
from dnngp.report.formatting import plain_table
from dnngp.report.results import CELL, Results, records, scheme_name
from dnngp.report.section import Section

#: Tables that are shown as they are, with their titles.
TABLES = {
    "estimate": "Cost, as estimated before the run and as measured",
    "costs": "What a fold costs, in CPU seconds and MiB: sums of terms in samples, markers and epochs",
}


def context(results: Results) -> dict[str, Any]:
    """Tables of costs."""
    return {"cost_tables": [plain_table(name, title, results[name]) for name, title in TABLES.items()]}


def figures(results: Results) -> dict[str, Figure]:
    """Predictive ability against CPU time, trait by trait and together."""
    drawn = {"time": _time(results)}
    if len(results["pareto"]):
        drawn["pareto"] = _pareto(results)
    return drawn


def _time(results: Results) -> Figure:
    table = results["summary"][[*CELL, "label", "pearson", "pearson_sd", "cpu_s"]]
    spread = table["pearson_sd"].fillna(0)
    reach = domain(pd.concat([table["pearson"] - spread, table["pearson"] + spread]))
    return Figure(
        charts={
            "": lambda table, width: fit_charts.accuracy_against_time(table, results.styles, reach, width)
        },
        tables={"costs": table},
        panels=cell_panels(results, table),
        legend=[look for look in results.styles if not look.control],
    )


def _pareto(results: Results) -> Figure:
    table = results["pareto"][["dataset", "scheme", "label", "pearson", "cpu_s", "on_front"]].fillna(
        {"dataset": ""}
    )
    # All datasets together have no name, and come first; of a single one they say nothing new.
    if table["dataset"].nunique() < 3:
        table = table[table["dataset"] != ""]
    cells = sorted(
        records(table[["dataset", "scheme"]].drop_duplicates()), key=lambda cell: cell["dataset"] != ""
    )
    reach = domain(table["pearson"])
    return Figure(
        charts={"": partial(fit_charts.pareto_front, looks=results.styles, domain=reach)},
        tables={"pareto": table.assign(on_front=table["on_front"].astype(str))},
        panels=[
            Panel(
                cell["dataset"] or "all datasets",
                scheme_name(cell["scheme"]) if results.several_schemes else "",
                cell,
            )
            for cell in cells
        ],
        legend=shown_styles(results.styles, table),
    )


SECTION = Section("cost", "Cost", 40, (), context, figures)
