"""The samples that an index over traits selects, and the response to expect."""

from __future__ import annotations

from typing import Any

from dnngp.report.prediction_part import Part, PredictionResults, rows_of

#: Columns that the page calls by another name than the tables.
LABELS = {
    "kinship_without_limit": "kinship without limit",
    "selected_without_limit": "selected without limit",
}


def context(results: PredictionResults) -> dict[str, Any]:
    """Both tables."""
    return {name: rows_of(results[name], LABELS) for name in PART.tables}


PART = Part("selected", 20, ("selected", "response"), context)
