"""The page of one prediction: its tables for the eye, in one file that needs no network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from dnngp.report.formatting import number, number_cell
from dnngp.report.page import environment, script, style_sheet
from dnngp.report.prediction_part import PredictionResults, parts_of


def prediction_page(tables: Mapping[str, pd.DataFrame], **told: Any) -> str:
    """HTML of one prediction.

    Parameters
    ----------
    tables
        By their names in the catalogue.
    told
        ``name``, ``dataset``, ``model``, ``scheme``, ``level`` and ``lower`` of
        :class:`dnngp.report.prediction_part.PredictionResults`.
    """
    templates = environment()
    templates.filters["cell"] = _cell
    results = PredictionResults(tables, **told)
    shared = {**told, "number": number}
    macros = templates.get_template("prediction_macros.html.j2").make_module(shared)
    shared |= {name: value for name, value in vars(macros).items() if not name.startswith("_")}
    parts = []
    for part in parts_of(results):
        template = templates.get_template(f"prediction_parts/{part.name}/template.html.j2")
        parts.append(Markup(template.render(shared | part.context(results)).strip()))
    return templates.get_template("prediction.html.j2").render(
        shared, css=style_sheet(), script=script("sorting"), parts=parts
    )


def _cell(value: Any, form: str = "{:.4g}") -> Markup:
    if isinstance(value, float):
        return number_cell(value, form)
    return Markup("<td>{}</td>").format(value)
