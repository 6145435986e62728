"""What was predicted by what, how sure it is, and the workbook."""

from __future__ import annotations

from typing import Any

from dnngp.report.prediction_part import Part, PredictionResults, column_of


def context(results: PredictionResults) -> dict[str, Any]:
    """Which columns the tables of samples have, so that they are explained."""
    near = column_of(results["candidate_predictions"], "similarity").notna().any()
    return {"reliable": results.reliable, "near": bool(near)}


PART = Part("overview", 10, ("candidate_predictions",), context)
