"""Markers that models use."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dnngp.report.charts import genotype_charts
from dnngp.report.figure import Figure, row_panels
from dnngp.report.results import Results
from dnngp.report.section import Section


def context(results: Results) -> dict[str, Any]:
    """Paths of the tables of all markers."""
    wanted = results.config["importance"]
    return {"important": [path for path, names in results.files("importance") if names["model"] in wanted]}


def figures(results: Results) -> dict[str, Figure]:
    """Importance along the genome."""
    table = _windows(results)
    panels = row_panels(table, ["dataset", "trait", "label"], "{dataset} · {trait}", "{label}")
    shown = table.drop(columns="model")
    return {"importance": Figure({"": genotype_charts.manhattan}, {"importance": shown}, panels, 2)}


def _windows(results: Results) -> pd.DataFrame:
    table = results["windows"]
    return table[table["model"].isin(results.config["importance"])]


SECTION = Section("importance", "Importance", 65, ("windows",), context, figures)
