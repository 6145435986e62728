"""Calibration of yes or no: the share that came true, by the predicted probability."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dnngp.report.charts.calibration_chart import calibration
from dnngp.report.figure import Figure, Panel, cell_panels
from dnngp.report.results import CELL, Results
from dnngp.report.section import Section
from dnngp.validation.calibration import calibration_bins


def context(results: Results) -> dict[str, Any] | None:
    """The traits, each with its second class; None where no trait has two classes."""
    named = {(cell["dataset"], cell["trait"]): None for cell in results.cells}
    classes = {pair: results.classes(*pair) for pair in named}
    two = [(*pair, names[1]) for pair, names in classes.items() if len(names) == 2]
    return {"probability_of": two} if two else None


def derived(results: Results) -> dict[str, pd.DataFrame]:
    """The bins of every model."""
    table = _bins(results)
    return {"calibration": table} if len(table) else {}


def figures(results: Results) -> dict[str, Figure]:
    """Observed shares against probabilities, a model at a time."""
    table = _bins(results)
    if table.empty:
        return {}
    panels = cell_panels(results, table)
    compared = [look for look in results.styles if look.label in set(table["label"])]
    still = [
        Panel(f"{look.label} · {panel.title}", panel.note, panel.where | {"label": look.label})
        for panel in panels
        for look in compared
        if not look.control
    ]
    chart = {"": lambda table, width: calibration(table, results.styles, width)}
    return {"calibration": Figure(chart, {"calibration": table}, panels, still=still or None)}


def _bins(results: Results) -> pd.DataFrame:
    """Rows of :func:`calibration_bins` for the first repeat, behind their cell and model."""
    predictions = results["predictions"]
    keys, parts = [*CELL, "label"], []
    for key, part in predictions.groupby(keys, sort=False):
        if len(results.classes(str(key[0]), str(key[1]))) == 2:
            first = part[part["repeat"] == part["repeat"].min()]
            bins = calibration_bins(first["observed"].to_numpy(float), first["predicted"].to_numpy(float))
            parts.append(pd.DataFrame([key] * len(bins), columns=keys).join(bins))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=keys)


SECTION = Section("calibration", "Calibration", 26, ("predictions",), context, figures, derived)
