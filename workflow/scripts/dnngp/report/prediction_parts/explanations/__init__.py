"""Why single candidates are predicted as they are."""

from __future__ import annotations

from typing import Any

import pandas as pd
from markupsafe import Markup

from dnngp.report.charts.explanation_charts import explanations_svg
from dnngp.report.figure import within_page
from dnngp.report.formatting import number
from dnngp.report.prediction_part import Part, PredictionResults

#: Windows of each candidate that are named beside its picture.
MOST = 3


def context(results: PredictionResults) -> dict[str, Any]:
    """Of each trait a picture, and the largest contributions of each candidate."""
    explained = [
        {
            "trait": trait,
            "picture": within_page(explanations_svg(table, None)),
            "samples": [_explained(part) for _, part in table.groupby("sample", sort=False)],
        }
        for trait, table in results["explanations"].groupby("trait", sort=False)
    ]
    return {"explained": explained}


def _explained(part: pd.DataFrame) -> dict[str, Any]:
    largest = part.loc[part["contribution"].abs().nlargest(MOST).index]
    places = [(_place(row), row["contribution"]) for _, row in largest.iterrows()]
    return {
        **{name: part[name].iloc[0] for name in ("sample", "predicted", "mean", "remainder")},
        "largest": [Markup("{}: {}").format(place, number(value, "{:+.3g}")) for place, value in places],
    }


def _place(row: pd.Series[Any]) -> str:
    """A window in words."""
    chromosome = f"{row['chrom']}: " if isinstance(row["chrom"], str) and row["chrom"] else ""
    if row["end"] > 0:
        return f"{chromosome}{row['start']:,} to {row['end']:,}"
    return f"{chromosome}window {row['window']}"


PART = Part("explanations", 80, ("explanations",), context)
