"""The page of one prediction: its tables for the eye, in one file that needs no network."""

from __future__ import annotations

from typing import Any

import pandas as pd
from markupsafe import Markup

from dnngp.report.formatting import number_cell
from dnngp.report.page import environment, style_sheet

#: Samples of a trait that the page shows; the table has all.
MOST_SAMPLES = 100

#: Columns that the page calls by another name than the tables.
LABELS = {
    "kinship_without_limit": "kinship without limit",
    "selected_without_limit": "selected without limit",
}

#: Width of the small picture of an interval, pixels.
WIDTH = 140


def prediction_page(
    predictions: pd.DataFrame,
    markers: pd.DataFrame,
    selected: pd.DataFrame | None,
    response: pd.DataFrame | None,
    **told: Any,
) -> str:
    """HTML of one prediction.

    Parameters
    ----------
    predictions, markers
        Of the prediction, as stored.
    selected, response
        Likewise, where samples were selected.
    told
        ``name``, ``dataset``, ``model``, ``scheme`` and ``level``.
    """
    templates = environment()
    templates.filters["cell"] = _cell
    return templates.get_template("prediction.html.j2").render(
        css=style_sheet(),
        traits=[
            _trait(predictions[predictions["trait"] == row["trait"]], row) for _, row in markers.iterrows()
        ],
        reliable=bool(predictions["reliability"].notna().any()),
        selected=_rows(selected),
        response=_rows(response),
        **told,
    )


def _cell(value: Any, form: str = "{:.4g}") -> Markup:
    if isinstance(value, float):
        return number_cell(value, form)
    return Markup("<td>{}</td>").format(value)


def _rows(table: pd.DataFrame | None) -> dict[str, Any] | None:
    """Columns, each with its heading and whether it holds numbers, and rows."""
    if table is None:
        return None
    columns = [
        {"name": name, "heading": LABELS.get(name, name), "number": pd.api.types.is_float_dtype(table[name])}
        for name in map(str, table.columns)
    ]
    return {"columns": columns, "rows": table.to_numpy(object).tolist()}


def _trait(table: pd.DataFrame, counts: pd.Series) -> dict[str, Any]:
    """One trait: its counts of markers and its first samples."""
    bounds = table[["lower", "predicted", "upper"]].to_numpy(float)
    low, high = pd.Series(bounds.ravel()).min(), pd.Series(bounds.ravel()).max()
    scale = (WIDTH - 8) / ((high - low) or 1.0)

    def place(value: float) -> float | None:
        return None if value != value else round(4 + (value - low) * scale, 1)

    rows = [
        {
            **row,
            "at": place(row["predicted"]),
            "from": place(row["lower"]),
            "to": place(row["upper"]),
        }
        for row in table.head(MOST_SAMPLES).to_dict("records")
    ]
    used = int(counts["same"] + counts["swapped"] + counts["strand"])
    return {
        "name": counts["trait"],
        "lines": len(table),
        "found": used,
        **{key: int(counts[key]) for key in ("markers", "swapped", "strand", "absent", "alleles", "unclear")},
        "known": int(table["trained_on"].sum()),
        "rows": rows,
    }
