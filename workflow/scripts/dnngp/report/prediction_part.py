"""Parts of the page of a prediction: a folder each below ``prediction_parts``, found by looking.

A folder holds ``__init__.py`` with a :class:`Part` called ``PART``, and its words in ``template.html.j2``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dnngp.base.plugins import scan


@dataclass(frozen=True)
class PredictionResults:
    """The tables of one prediction by their names in the catalogue, and what it was asked for.

    ``lower`` are traits, or environments that are traits, of which lower values are better.
    """

    tables: Mapping[str, pd.DataFrame]
    name: str
    dataset: str
    model: str
    scheme: str
    level: float
    lower: Collection[str] = ()

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    @property
    def reliable(self) -> bool:
        """Whether any prediction has a reliability."""
        return bool(self["candidate_predictions"]["reliability"].notna().any())


@dataclass(frozen=True)
class Part:
    """One part of the page.

    Attributes
    ----------
    name
        That of its folder.
    order
        Place on the page: 10 is what the prediction is of, 90 the ranked samples.
    tables
        Tables of the catalogue that it needs: it is left out where the prediction made one of them not.
    context
        What its template is filled with, beside ``name``, ``dataset``, ``model``, ``scheme``, ``level``,
        ``number`` and the macros of ``templates/prediction_macros.html.j2``.
    """

    name: str
    order: int
    tables: tuple[str, ...]
    context: Callable[[PredictionResults], dict[str, Any]]


def parts_of(results: PredictionResults) -> list[Part]:
    """The parts that a prediction fills, in the order of the page."""
    every = scan("dnngp.report.prediction_parts", "PART").values()
    return [part for part in every if set(part.tables) <= set(results.tables)]


def rows_of(table: pd.DataFrame, labels: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A table for the macro ``table``: columns, each with heading and whether it holds numbers, and rows.

    Parameters
    ----------
    labels
        What the page calls a column, where not by its name.
    """
    columns = [
        {
            "name": name,
            "heading": (labels or {}).get(name, name),
            "number": pd.api.types.is_float_dtype(table[name]),
        }
        for name in map(str, table.columns)
    ]
    return {"columns": columns, "rows": table.to_numpy(object).tolist()}


def column_of(table: pd.DataFrame, name: str) -> pd.Series[float]:
    """A column of numbers, missing throughout where the table has none."""
    return table[name] if name in table else pd.Series(float("nan"), table.index)
