"""Tables of plots of field trials, before anything is fitted.

Read by the configuration, so that it needs nothing but the standard library.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dnngp.base.delimited import MISSING, TextTable
from dnngp.base.errors import UserError

#: What may be known of a plot, in this order.
PLACES = ("replicate", "block", "row", "column")


def unknown_places(
    table: TextTable, path: str | Path, columns: Mapping[str, str], values: Sequence[float]
) -> Iterator[UserError]:
    """The first plot with a value that lacks its replicate, block, row or column, of each.

    Parameters
    ----------
    table, path
        The plots, and their file.
    columns
        Columns by what they hold (:data:`PLACES`).
    values
        Values of the plots, NaN where missing.
    """
    for name, column in columns.items():
        for cell, line, value in zip(table.columns[column], table.lines, values, strict=True):
            if cell in MISSING and not math.isnan(value):
                remedy = f"Fill it in, write NA for the value, or take `{name}` out of `plots`."
                yield UserError(
                    f"{cell!r} names no {name}.", file=path, line=line, column=column, remedy=remedy
                )
                break


def row_each(table: TextTable, environment: str | None) -> TextTable:
    """A table of plots as one with a row per entry and environment: of each column the first value."""
    places = table.columns[environment] if environment else [""] * len(table.ids)
    first: dict[tuple[str, str], int] = {}
    for number, key in enumerate(zip(table.ids, places, strict=True)):
        first.setdefault(key, number)
    columns = {name: _first_values(cells, table.ids, places) for name, cells in table.columns.items()}
    return TextTable([id for id, _ in first], [table.lines[number] for number in first.values()], columns)


def _first_values(cells: Sequence[str], ids: Sequence[str], places: Sequence[str]) -> list[str]:
    found: dict[tuple[str, str], str] = {}
    for cell, *key in zip(cells, ids, places, strict=True):
        if found.setdefault((key[0], key[1]), cell) in MISSING:
            found[key[0], key[1]] = cell
    return list(found.values())
