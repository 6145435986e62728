"""Data quality: samples joined by id, trait distributions, quality control, defects, near-duplicates."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.tables.catalogue import TABLES
from dnngp.report.charts import genotype_charts
from dnngp.report.figure import Figure, dataset_panels, row_panels
from dnngp.report.results import Results, records
from dnngp.report.section import Section

#: Defects of a file and pairs of samples listed one by one; the table has all.
MOST_LISTED = 5
#: Bins of the histogram of a trait.
BINS = 25


def context(results: Results) -> dict[str, Any] | None:
    """Ids, rules, defects and near-duplicates of every dataset; None where there is none of them."""
    if not any(len(results[name]) for name in ("ids", "filter_summary", "predictions")):
        return None
    pairs = results["near_duplicates"].sort_values("ibs", ascending=False, kind="stable")
    return {
        "ids": records(results["ids"]),
        "filter_summary": records(results["filter_summary"]),
        "imputed": [entry["name"] for entry in results.config.get("datasets", []) if entry.get("impute")],
        "defects": _first_rows(results["defects"]),
        "searched": [names["dataset"] for _, names in results.files("near_duplicates")],
        "near_duplicates": _first_rows(pairs),
    }


def figures(results: Results) -> dict[str, Figure]:
    """Histograms of the traits; markers that each rule removed and left."""
    drawn = {}
    traits, rules = trait_distributions(results), results["filter_summary"]
    if len(traits):
        panels = row_panels(traits, ["dataset", "trait"], "{dataset} · {trait}")
        drawn["traits"] = Figure({"": genotype_charts.histogram}, {"traits": traits}, panels)
    if len(rules):
        drawn["qc"] = Figure(
            {"": genotype_charts.filter_summary}, {"filter_summary": rules}, dataset_panels(rules), 2
        )
    return drawn


@cache
def trait_distributions(results: Results) -> pd.DataFrame:
    """Histogram of the phenotypes of every trait: dataset, trait, low, high, count; a sample counts once."""
    values = results["predictions"].drop_duplicates(["dataset", "trait", "sample"])
    parts = []
    for (dataset, trait), part in values.groupby(["dataset", "trait"], sort=False):
        counts, edges = np.histogram(part["observed"].to_numpy(float), BINS)
        cell = {"dataset": dataset, "trait": trait}
        parts.append(pd.DataFrame({**cell, "low": edges[:-1], "high": edges[1:], "count": counts}))
    columns = TABLES["trait_distributions"].names
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def derived(results: Results) -> dict[str, pd.DataFrame]:
    """The histograms of the traits."""
    return {"trait_distributions": trait_distributions(results)}


def _first_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The first rows of every dataset."""
    return records(table.groupby("dataset", sort=False).head(MOST_LISTED)) if len(table) else []


SECTION = Section("quality", "Data quality", 50, (), context, figures, derived)
