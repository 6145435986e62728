"""Means over folds of every model, by trait and by species."""

from __future__ import annotations

from typing import Any

from dnngp.report.answer import answers
from dnngp.report.results import CELL, Results, keys, records
from dnngp.report.section import Section
from dnngp.validation.metrics import METRICS


def context(results: Results) -> dict[str, Any]:
    """Rows of the tables, and the highest mean of every trait."""
    summary, heritability = results["summary"], results["heritability"]
    methods = heritability["h2_method"] if "h2_method" in heritability else heritability["h2"][:0]
    return {
        "summary": records(summary),
        "metrics": [metric for metric in METRICS.values() if metric.name in summary],
        "h2_method": next(iter(methods), None),
        "species": records(results["species"]),
        "highest": set(keys(answers(results), [*CELL, "highest"])),
        "undefined": bool((summary["pearson"].isna() & (summary["status"] == "ok")).any()),
        "truth_known": "true_h2" in summary and bool((summary["true_h2"] * summary["pearson"]).notna().any()),
    }


SECTION = Section("results", "Results", 30, (), context)
