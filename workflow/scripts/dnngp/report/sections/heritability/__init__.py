"""Genomic heritability of every trait, and predictive ability against the truth of simulated data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dnngp.report.charts import score_charts
from dnngp.report.figure import Figure, Panel, domain, scheme_panels, shown_styles
from dnngp.report.results import CELL, Results, records
from dnngp.report.section import Section


def context(results: Results) -> dict[str, Any]:
    """Whether the data are simulated; for how many replicates heritabilities hold."""
    table = results["heritability"]
    counts = table["replicates"] if "replicates" in table else table["h2"][:0]
    return {
        "truth_known": len(_truth_table(results)) > 0,
        "replicates": records(table.loc[counts.notna(), ["dataset", "trait", "replicates"]])
        if counts.notna().any()
        else [],
    }


def figures(results: Results) -> dict[str, Figure]:
    """Heritability; simulated data: predictive ability against its expectation."""
    table = results["heritability"][["dataset", "species", "trait", "h2", "h2_se", "true_h2"]]
    table = table.assign(cell=table["dataset"] + " · " + table["trait"])
    panel = Panel("Genomic heritability by REML", "", {})
    drawn = {"heritability": Figure({"": score_charts.heritability}, {"heritability": table}, [panel], 1)}
    truth = _truth_table(results)
    if len(truth):
        reach = domain(pd.concat([truth["expected"], truth["pearson"]]))
        drawn["truth"] = Figure(
            charts={"": lambda table, width: score_charts.against_truth(table, results.styles, reach, width)},
            tables={"truth": truth},
            panels=scheme_panels(truth),
            columns=2,
            legend=shown_styles(results.styles, truth),
        )
    return drawn


def _truth_table(results: Results) -> pd.DataFrame:
    """Simulated results, with the r that the true genetic values let one expect."""
    columns = ["species", *CELL, "label", "pearson", "true_accuracy", "true_h2"]
    table = results["summary"].reindex(columns=columns)
    table = table[table["true_h2"].notna() & table["pearson"].notna()]
    expected = table["true_accuracy"] * np.sqrt(table["true_h2"])
    return table.assign(expected=expected.mask(table["true_h2"] == 0, 0.0))


SECTION = Section("heritability", "Heritability", 38, ("heritability",), context, figures)
