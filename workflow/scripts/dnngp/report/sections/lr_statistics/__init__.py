"""Predictions of samples without their records against those with all records."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dnngp.report.charts import lr_charts
from dnngp.report.figure import Figure, Panel
from dnngp.report.results import Results, records
from dnngp.report.section import Section

#: What is drawn, each beside what it should be.
DRAWN = {"dispersion": 1.0, "ratio": None, "accuracy": None}


def context(results: Results) -> dict[str, Any]:
    """The rows of all models."""
    return {"lr_rows": records(_asked(results))}


def figures(results: Results) -> dict[str, Figure]:
    """Dispersion, ratio and accuracy with their intervals."""
    table = _asked(results)
    cell = table["dataset"] + " · " + table["trait"] + " · " + table["scheme"] + " · " + table["label"]
    parts = [
        pd.DataFrame(
            {
                **{"cell": cell, "statistic": name, "wanted": wanted, "value": table[name]},
                **{end: table[f"{name}_{end}"] for end in ("lower", "upper")},
            }
        )
        for name, wanted in DRAWN.items()
    ]
    drawn = pd.concat(parts, ignore_index=True).dropna(subset="value")
    panels = [Panel(name, "", {"statistic": name}) for name in drawn["statistic"].unique()]
    return {"lr_statistics": Figure({"": lr_charts.statistics}, {"lr_statistics": drawn}, panels, 3)}


def _asked(results: Results) -> pd.DataFrame:
    table = results["lr_statistics"]
    return table[table["model"].isin(results.config["lr_statistics"])]


SECTION = Section("lr_statistics", "LR statistics", 27, ("lr_statistics",), context, figures)
