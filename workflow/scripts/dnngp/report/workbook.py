"""The tables of a run in one Excel workbook, with a first sheet that explains them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dnngp.base.tables import read_table, whole_file
from dnngp.base.tables.catalogue import TABLES, run
from dnngp.base.tables.table_declaration import Table

if TYPE_CHECKING:
    import pandas as pd
    from xlsxwriter.worksheet import Worksheet

#: Tables of the run that are for machines, and left out.
LEFT_OUT = ("history", "ledger", "provenance", "timing")
#: Rows that a sheet holds, the header apart.
MOST_ROWS = 1_048_575
#: Text is text: an id that begins with ``=`` is no formula, one of digits no number, an address no link.
TEXT = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}


def write_workbook(results: Path, path: Path, title: str) -> None:
    """Write the tables of a run that are there, below a title."""
    _write_book(dict(_tables(results)), path, title)


def write_prediction_workbook(tables: Mapping[str, pd.DataFrame], path: Path, title: str) -> None:
    """Write the tables of one prediction, by their names in the catalogue, below a title."""
    declared = {name: TABLES[name] for name in tables}
    sheets = {Path(table.path).stem: (table, tables[name]) for name, table in declared.items()}
    _write_book(sheets, path, title)


def _write_book(tables: dict[str, tuple[Table, pd.DataFrame]], path: Path, title: str) -> None:
    import xlsxwriter

    with whole_file(path) as partial, xlsxwriter.Workbook(str(partial), TEXT) as book:
        # The same tables give the same bytes, whenever they are written.
        book.set_properties({"title": title, "created": datetime(2000, 1, 1)})
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        about = book.add_worksheet("about")
        for name, (_, frame) in tables.items():
            _write(book.add_worksheet(name), frame, bold)
        _explain(about, title, tables, bold, wrapped)


def _tables(results: Path) -> Iterator[tuple[str, tuple[Table, pd.DataFrame]]]:
    """Tables of the run by the name of their sheet."""
    for name, table in run.TABLES.items():
        if name not in LEFT_OUT and "{" not in table.path and (results / table.path).is_file():
            yield name, (table, read_table(results / table.path))


def _write(sheet: Worksheet, frame: pd.DataFrame, bold: Any) -> None:
    """A table with its header in sight, and filters."""
    sheet.write_row(0, 0, list(frame.columns), bold)
    for number, row in enumerate(frame.head(MOST_ROWS).itertuples(index=False), start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None and not math.isnan(value):
                sheet.write_number(number, column, value)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, min(len(frame), MOST_ROWS), len(frame.columns) - 1)
    sheet.autofit(240)


def _explain(
    sheet: Worksheet, title: str, tables: dict[str, tuple[Table, pd.DataFrame]], bold: Any, wrapped: Any
) -> None:
    """What each sheet and each column holds."""
    lines: list[tuple[str, str, str]] = [("sheet", "column", "meaning")]
    for name, (table, frame) in tables.items():
        lines.append((name, "", f"{table.meaning}; a row per {table.row}."))
        declared = {column.name: column for column in table.columns}
        for column in frame.columns:
            if one := declared.get(str(column)):
                lines.append(("", one.name, f"{one.meaning} ({one.unit})" if one.unit else one.meaning))
    sheet.write_string(0, 0, title, bold)
    sheet.write_string(
        1, 0, "An empty cell is a missing value. The same tables lie beside this file as .tsv."
    )
    for number, line in enumerate(lines, start=3):
        sheet.write_row(number, 0, line, bold if number == 3 or line[0] else wrapped)
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 2, 90)
