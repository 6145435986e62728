"""Quality control: what the rules removed, defects of the files, near-duplicates."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dnngp.report.charts import genotype_charts
from dnngp.report.figure import Figure, dataset_panels
from dnngp.report.results import Results, records
from dnngp.report.section import Section

#: Defects of a file and pairs of samples listed one by one; the table has all.
MOST_LISTED = 5


def context(results: Results) -> dict[str, Any]:
    """Rules, defects and near-duplicates of every dataset."""
    pairs = results["near_duplicates"].sort_values("ibs", ascending=False, kind="stable")
    return {
        "waterfall": records(results["waterfall"]),
        "imputed": [entry["name"] for entry in results.config.get("datasets", []) if entry.get("impute")],
        "defects": _first_rows(results["defects"]),
        "searched": [names["dataset"] for _, names in results.files("near_duplicates")],
        "near_duplicates": _first_rows(pairs),
    }


def figures(results: Results) -> dict[str, Figure]:
    """Markers that each rule removed and left."""
    table = results["waterfall"]
    figure = Figure({"": genotype_charts.qc_waterfall}, {"waterfall": table}, dataset_panels(table), 2)
    return {"qc": figure}


def _first_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The first rows of every dataset."""
    return records(table.groupby("dataset", sort=False).head(MOST_LISTED)) if len(table) else []


SECTION = Section("qc", "Quality control", 110, ("waterfall",), context, figures)
