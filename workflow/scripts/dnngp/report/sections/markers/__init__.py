"""Markers after quality control: frequencies, density, linkage disequilibrium."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from dnngp.report.charts import genotype_charts
from dnngp.report.figure import Figure, Panel, dataset_panels
from dnngp.report.results import Results, records
from dnngp.report.section import Section

MEASURES = {"allele frequency": "minor allele frequency", "missing of markers": "missing calls"}
#: Pairs of markers whose mean r2 is drawn; of fewer, chance is most of it.
FEWEST_PAIRS = 20


def figures(results: Results) -> dict[str, Figure]:
    """Histograms, density along the chromosomes, decay of linkage disequilibrium."""
    drawn = {"markers": histograms(results, "markers", MEASURES)}
    density, decay = results["marker_density"], results["ld_decay"]
    if len(density):
        drawn["density"] = per_dataset(genotype_charts.marker_density, "density", density)
    if len(decay):
        enough = decay[decay["pairs"] >= FEWEST_PAIRS]
        drawn["ld"] = per_dataset(genotype_charts.ld_decay, "ld", enough)
    return drawn


def histograms(results: Results, name: str, measures: Mapping[str, str]) -> Figure:
    """Histograms of the measures that each dataset has."""
    table = results["distributions"]
    table = table[table["measure"].isin(measures)]
    cells = records(table[["dataset", "measure"]].drop_duplicates())
    panels = [Panel(cell["dataset"], measures[cell["measure"]], cell) for cell in cells]
    return Figure({"": genotype_charts.histogram}, {name: table}, panels, len(measures))


def per_dataset(chart: Callable[..., Any], name: str, table: pd.DataFrame) -> Figure:
    """A figure with one panel a dataset, from one table."""
    units = dict(zip(table["dataset"], table["unit"], strict=True)) if "unit" in table else {}
    panels = dataset_panels(table, lambda dataset: f"distance in {units[dataset]}" if units else "")
    return Figure({"": chart}, {name: table}, panels)


SECTION = Section("markers", "Markers", 52, ("distributions",), figures=figures)
