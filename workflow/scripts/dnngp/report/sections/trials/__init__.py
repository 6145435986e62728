"""Trials as the page shows them: one table over all conditions, one within each."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dnngp.evaluation.trials.methods import CORRELATION, OVERALL, TRIAL_METHODS
from dnngp.report.results import Results, records
from dnngp.report.section import Section

#: What is known of a tested record's line and of its condition, by scheme.
MEANINGS = {
    "CV1": "the line is new",
    "CV2": "the line is known in other environments",
    "CV2*": "other traits of the line are known",
    "CV0": "the environment is new, the line known in others",
    "CV00": "line and environment are new",
}


def trial_tables(results: Results) -> list[dict[str, Any]]:
    """What the page shows of each trial.

    Returns
    -------
    list of dict
        ``name``, ``dataset``, ``kind``; ``schemes`` and what they mean; ``overall``: a row per scheme and
        method with the difference from its reference; ``methods`` and ``conditions``: r by scheme and
        condition, a column per method; ``correlations`` of conditions by multi-trait models.
    """
    summary, compared, components = (
        results[f"trial_{name}"] for name in ("summary", "comparisons", "components")
    )
    tables = []
    for name in dict.fromkeys(summary["trial"]):
        part = summary[summary["trial"] == name]
        schemes = list(dict.fromkeys(part["scheme"]))
        overall = part[part["condition"] == OVERALL]
        differences = ["scheme", "method", "reference", "difference", "lower", "upper", "verdict", "message"]
        against = compared[(compared["trial"] == name) & (compared["condition"] == OVERALL)]
        overall = overall.merge(against[differences], how="left", on=["scheme", "method"])
        within = part[part["condition"] != OVERALL]
        methods = list(dict.fromkeys(part["method"]))
        r = {(row.scheme, row.condition, row.method): row.pearson for row in within.itertuples(index=False)}
        places = dict.fromkeys(zip(within["scheme"], within["condition"], strict=True))
        tables.append(
            {
                **{"name": name, "dataset": part["dataset"].iloc[0], "kind": part["kind"].iloc[0]},
                "schemes": [(scheme, MEANINGS[scheme]) for scheme in schemes],
                "overall": [
                    row | {"label": method_label(row["method"]), "against": method_label(row["reference"])}
                    for row in records(overall)
                ],
                "methods": [method_label(method) for method in methods],
                "conditions": [
                    (scheme, condition, [r.get((scheme, condition, method)) for method in methods])
                    for scheme, condition in places
                ],
                "correlations": _correlations(components, name),
            }
        )
    return tables


def method_label(name: str | None) -> str:
    """Label of a method for records; its name where it is no longer there, nothing for None."""
    return TRIAL_METHODS[name].label if name in TRIAL_METHODS else name or ""


def _correlations(components: pd.DataFrame, trial: str) -> list[dict[str, Any]]:
    chosen = components[(components["trial"] == trial) & (components["part"] == CORRELATION)]
    return [row | {"label": method_label(row["method"])} for row in records(chosen)]


def context(results: Results) -> dict[str, Any]:
    """Tables of every trial."""
    return {"trials": trial_tables(results)}


SECTION = Section("trials", "Environments and traits", 35, ("trial_summary",), context)
