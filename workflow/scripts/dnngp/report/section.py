"""Sections of the report: a folder each below ``sections``, found by looking.

A folder holds ``__init__.py`` with a :class:`Section` called ``SECTION``, its words in ``template.html.j2``,
and a caption for every figure in ``FIGURE.rst``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dnngp.base.plugins import scan
from dnngp.report.figure import Figure
from dnngp.report.results import Results


def _nothing(results: Results) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Section:
    """One section of the page.

    Attributes
    ----------
    name
        That of its folder, and its anchor.
    title
        What the list of contents calls it.
    order
        Place on the page.
    tables
        Tables of the catalogue that it needs: it is left out where one of them has no rows.
    context
        What its template is filled with, from the results; None leaves the section out.
    figures
        Its figures by name.
    derived
        Tables that it makes of others, by name: they are written beside the page, so that no number on it is
        without a table.
    """

    name: str
    title: str
    order: int
    tables: tuple[str, ...] = ()
    context: Callable[[Results], dict[str, Any] | None] = _nothing
    figures: Callable[[Results], dict[str, Figure]] = _nothing
    derived: Callable[[Results], dict[str, pd.DataFrame]] = _nothing

    def applies(self, results: Results) -> bool:
        """Whether the run left what the section needs."""
        return all(len(results[name]) for name in self.tables)


def all_sections() -> Mapping[str, Section]:
    """Every section, in the order of the page."""
    return scan("dnngp.report.sections", "SECTION")
