"""Field trials: the design of each environment, its variances and heritability, residuals in the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dnngp.report.charts.field_charts import residual_map
from dnngp.report.figure import Figure, row_panels
from dnngp.report.results import Results, keys, records
from dnngp.report.section import Section

#: Fields that the page draws, those with most outliers.
MOST_FIELDS = 12

_TRIAL = ["dataset", "trait", "environment"]
#: Columns of the maps.
_DRAWN = [*_TRIAL, "down", "across", "row", "column", "id", "value", "standardised", "outlier"]


def context(results: Results) -> dict[str, Any] | None:
    """What was estimated of each environment; None where no dataset has plots."""
    trials = _of_plots(results, "trials")
    if trials.empty:
        return None
    outliers = _of_plots(results, "plot_residuals")
    return {
        "trials": records(trials),
        "variances": records(_of_plots(results, "trial_variances")),
        "trends": records(_of_plots(results, "trial_trends")),
        "outliers": records(outliers[outliers["outlier"].astype(bool)]),
        "fields_left": len(_fields(results)) < trials["environment"].size,
        "paths": [f"{dataset}/{trait}" for dataset, trait in dict.fromkeys(keys(trials, _TRIAL[:2]))],
    }


def figures(results: Results) -> dict[str, Figure]:
    """Residuals in the field, where rows and columns are known."""
    fields = _fields(results)
    if not fields:
        return {}
    table = pd.concat(fields.values(), ignore_index=True)
    panels = row_panels(table, _TRIAL, "{dataset} · {trait}", "{environment}")
    return {"residuals": Figure({"": residual_map}, {"residuals": table}, panels)}


def _of_plots(results: Results, name: str) -> pd.DataFrame:
    """A table, of datasets that have plots by this configuration."""
    with_plots = [entry["name"] for entry in results.config.get("datasets", []) if entry.get("plots")]
    table = results[name]
    return table[table["dataset"].isin(with_plots)]


def _fields(results: Results) -> Mapping[tuple[Any, ...], pd.DataFrame]:
    """Plots of the environments to draw, with their places in the field."""
    residuals = _of_plots(results, "plot_residuals").dropna(subset=["row", "column"])
    of_each = dict(iter(residuals.groupby(_TRIAL, sort=False)))
    most = sorted(of_each, key=lambda trial: -of_each[trial]["outlier"].sum())[:MOST_FIELDS]
    return {trial: _placed(of_each[trial]) for trial in of_each if trial in most}


def _placed(plots: pd.DataFrame) -> pd.DataFrame:
    places = {"down": _places(plots["row"]), "across": _places(plots["column"])}
    return plots.assign(**places)[_DRAWN]


def _places(labels: pd.Series) -> pd.Series:
    """Numbers from 0 as they are; of words, their order in the file."""
    numbers = pd.to_numeric(labels, errors="coerce")
    if numbers.isna().any():
        return pd.Series(pd.factorize(labels)[0], labels.index)
    return numbers - numbers.min()


SECTION = Section("field_trials", "Field trials", 48, ("trials",), context, figures)
