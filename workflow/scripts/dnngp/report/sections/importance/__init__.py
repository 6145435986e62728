"""Markers that models use."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dnngp.report.charts import genotype_charts
from dnngp.report.figure import Figure, Panel
from dnngp.report.results import Results, records
from dnngp.report.section import Section


def context(results: Results) -> dict[str, Any]:
    """Paths of the tables of all markers."""
    wanted = results.config["importance"]
    return {"important": [path for path, names in results.files("importance") if names["model"] in wanted]}


def figures(results: Results) -> dict[str, Figure]:
    """Importance along the genome."""
    panel, table = ["dataset", "trait", "label"], _windows(results)
    panels = [
        Panel(f"{one['dataset']} · {one['trait']}", one["label"], one)
        for one in records(table[panel].drop_duplicates())
    ]
    shown = table.drop(columns="model")
    return {"importance": Figure({"": genotype_charts.manhattan}, {"importance": shown}, panels, 2)}


def _windows(results: Results) -> pd.DataFrame:
    table = results["windows"]
    return table[table["model"].isin(results.config["importance"])]


SECTION = Section("importance", "Importance", 65, ("windows",), context, figures)
