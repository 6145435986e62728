"""All environments of a trait: plots read, each environment fitted, the tables that a run keeps."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.delimited import MISSING, column_values
from dnngp.base.errors import UserError
from dnngp.genotypes.plot_tables import PLACES, unknown_places
from dnngp.genotypes.table_reading import TableReading
from dnngp.methods.field_trials.trial import Plots, Trial, analyse

#: Columns of the means before those that are carried over from the plots.
MEANS = ["id", "environment", "value", "standard_error", "error_variance", "plots", "blup", "reliability"]

#: Where all plots are of one environment, its name in the tables of stage one.
ONLY = "all plots"


def read_plots(
    path: str | Path,
    trait: str,
    *,
    environment_column: str | None,
    columns: Mapping[str, str],
    carried: Sequence[str] = (),
    reading: TableReading,
) -> pd.DataFrame:
    """Plots of a trait.

    Parameters
    ----------
    path
        Table with a row a plot.
    trait
        Column of the values.
    environment_column
        Column of the environments; None where all plots are of one.
    columns
        Columns by what they hold (:data:`dnngp.genotypes.plot_tables.PLACES`).
    carried
        Further columns that describe entries.
    reading
        How the table is read.

    Returns
    -------
    DataFrame
        ``line``, ``id``, ``environment``, the keys of ``columns``, ``value`` (NaN where missing) and the
        carried columns.
    """
    if environment_column is None:
        table = reading.table(path, repeated=True)
    else:
        table = reading.records(path, environment_column)
    values = column_values(table.columns[trait], table.lines, path, trait, "trait")
    for problem in unknown_places(table, path, columns, values):
        raise problem
    environments = table.columns[environment_column] if environment_column else [ONLY] * len(table.ids)
    return pd.DataFrame(
        {
            "line": table.lines,
            "id": table.ids,
            "environment": environments,
            **{name: table.columns[column] for name, column in columns.items()},
            "value": values,
            **{name: table.columns[name] for name in carried if name in table.columns},
        }
    )


def stage_one(
    plots: pd.DataFrame,
    trait: str,
    *,
    design: Sequence[str] | None = None,
    spatial: str = "none",
    error: str = "full",
) -> dict[str, pd.DataFrame]:
    """Means of entries and what is known of each environment.

    Parameters
    ----------
    plots
        As from :func:`read_plots`.
    trait
        For formulas and messages.
    design, spatial, error
        As of :func:`dnngp.methods.field_trials.trial.analyse`.

    Returns
    -------
    dict
        ``means``, ``trials``, ``variances``, ``trends`` and ``residuals``, as the catalogue of tables has
        them.

    Raises
    ------
    UserError
        If no environment has an entry with two plots, so that no error can be estimated.
    """
    trials: dict[str, Trial] = {}
    rows = plots.dropna(subset="value")
    for environment, part in rows.groupby("environment", sort=False):
        places = {name: part[name].to_numpy(str) for name in PLACES if name in part}
        fields = Plots(part["value"].to_numpy(float), part["id"].to_numpy(str), places)
        trials[str(environment)] = trial = analyse(fields, design, spatial, error)
        formula = trial.design.formula(trait, trial.trend)
        logging.info("%s: %s %s", environment, formula, " ".join(trial.notes))
    _weigh_the_unreplicated(trials, trait)
    counts = plots.groupby("environment", sort=False)["value"].agg(["size", "count"])
    return {
        "means": _means(trials, plots),
        "trials": pd.DataFrame(
            [_described(name, trials.get(str(name)), trait, *sizes) for name, *sizes in counts.itertuples()]
        ),
        "variances": _long(
            [
                {"environment": name, "entries": kind, "term": term, "variance": variance}
                for name, trial in trials.items()
                for kind, terms in trial.variances.items()
                for term, variance in terms
            ],
            ["environment", "entries", "term", "variance"],
        ),
        "trends": _long(
            [
                {"environment": name, "trend": trend, "aic": aic, "chosen": trend == trial.trend}
                for name, trial in trials.items()
                for trend, aic in trial.aic.items()
            ],
            ["environment", "trend", "aic", "chosen"],
        ),
        "residuals": _residuals(trials, rows),
    }


def _weigh_the_unreplicated(trials: Mapping[str, Trial], trait: str) -> None:
    """Means of environments without an error of their own weigh as the errors of the others have it."""
    errors = [
        dict(trial.variances["fixed"])["error"] for trial in trials.values() if trial.variances.get("fixed")
    ]
    if not errors:
        raise UserError(
            f"the errors of {trait} cannot be estimated: no environment has plots enough of one entry.",
            remedy="Take `plots` out of the dataset: its values are used as they are.",
        )
    for trial in trials.values():
        if not trial.variances.get("fixed"):
            trial.weights = trial.plots.counts / float(np.mean(errors))
            trial.notes.append("Weights are from the error variances of the other environments.")


def _long(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


def _means(trials: Mapping[str, Trial], plots: pd.DataFrame) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                **{"id": trial.plots.names, "environment": environment, "value": trial.means},
                **{"standard_error": trial.standard_errors, "error_variance": 1 / trial.weights},
                **{"plots": trial.plots.counts, "blup": trial.blups, "reliability": trial.reliabilities},
            }
        )
        for environment, trial in trials.items()
    ]
    means = pd.concat(parts, ignore_index=True)[MEANS]
    known = {*MEANS, *PLACES, "line"}
    carried = [name for name in plots if name not in known]
    described = plots[["id", *carried]].replace(dict.fromkeys(MISSING, np.nan)).groupby("id").first()
    return means.join(described, on="id")


def _described(
    environment: object, trial: Trial | None, trait: str, plots: int, with_value: int
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "environment": environment,
        "design": f"{trait} ~ entry",
        **{"plots": plots, "without_value": plots - with_value, "entries": 0},
        "notes": "No plot has a value.",
    }
    columns = (
        "h2",
        "repeatability",
        "log_likelihood_random",
        "log_likelihood_fixed",
        "rho_row",
        "rho_column",
    )
    row |= dict.fromkeys(columns, np.nan) | {"outliers": 0}
    if trial is not None:
        rho = (np.nan, np.nan) if trial.correlations is None else trial.correlations
        row |= {
            "design": trial.design.formula(trait, trial.trend),
            "entries": len(trial.plots.names),
            **{"h2": trial.h2, "repeatability": trial.repeatability},
            **{f"log_likelihood_{kind}": value for kind, value in trial.log_likelihoods.items()},
            **{"rho_row": rho[0], "rho_column": rho[1], "outliers": int(trial.outliers.sum())},
            "notes": " ".join(trial.notes),
        }
    return row


def _residuals(trials: Mapping[str, Trial], rows: pd.DataFrame) -> pd.DataFrame:
    columns = ["environment", "line", "id", *(name for name in PLACES if name in rows), "value"]
    parts = []
    for environment, part in rows.groupby("environment", sort=False):
        trial = trials[str(environment)]
        found = {"residual": trial.residuals, "standardised": trial.standardised, "outlier": trial.outliers}
        parts.append(part[columns].assign(**found))
    return pd.concat(parts, ignore_index=True)
