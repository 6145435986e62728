"""Population structure: principal components and genomic relationships."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.seeds import hashed_ranks
from dnngp.report.charts import genotype_charts
from dnngp.report.charts.style import group_colours
from dnngp.report.figure import Figure, dataset_panels
from dnngp.report.results import Results
from dnngp.report.section import Section
from dnngp.report.sections.markers import per_dataset

#: The most samples that the page draws; beyond, a fixed share is drawn and the page says so.
MOST_SAMPLES = 10_000


def context(results: Results) -> dict[str, Any]:
    """Colours of the groups."""
    return {"groups": _groups(_coloured(results["pca"]))}


def figures(results: Results) -> dict[str, Figure]:
    """Principal components; relationships."""
    drawn = {"pca": _components(results)}
    if len(results["relationships"]):
        drawn["relationships"] = per_dataset(
            genotype_charts.relationship_map, "relationships", results["relationships"]
        )
    return drawn


def _components(results: Results) -> Figure:
    table, note = _coloured(results["pca"]), ""
    if len(table) > MOST_SAMPLES:
        share = MOST_SAMPLES / len(table)
        ranks = hashed_ranks((table["dataset"] + "|" + table["sample"]).tolist(), "drawn")
        table = table[np.array(ranks) < share * len(table)]
        note = "A fixed share of the samples is drawn, chosen by hashing their ids."

    def share_of(dataset: str) -> str:
        shares = results.json(f"{dataset}/pca.json")
        return ", ".join(f"PC {name[2:]}: {100 * shares[name]:.1f} %" for name in ("pc1", "pc2") if shares)

    return Figure(
        charts={"": genotype_charts.pca_scatter},
        tables={"pca": table[["dataset", "sample", "pc1", "pc2", "group", "colour"]]},
        panels=dataset_panels(table, share_of),
        note=note,
    )


def _coloured(pca: pd.DataFrame) -> pd.DataFrame:
    table = pca.assign(group=pca["group"].fillna("") if "group" in pca else "")
    colours = table.groupby("dataset")["group"].transform(lambda groups: groups.map(group_colours(groups)))
    return table.assign(colour=colours)


def _groups(pca: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Colour of every named group by dataset, where groups have colours of their own."""
    legends: dict[str, dict[str, str]] = {}
    for dataset, part in pca.groupby("dataset", sort=False):
        colours = dict(sorted(set(zip(part["group"], part["colour"], strict=True))))
        if len(colours) > 1 and len(set(colours.values())) == len(colours):
            legends[str(dataset)] = colours
    return legends


SECTION = Section("structure", "Structure", 60, ("pca",), context, figures)
