"""Delimited text: the separator, the header, rows and columns of cells, ids and numbers, each checked.

Standard library only, as in :mod:`dnngp.base.files`.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dnngp.base.errors import UserError
from dnngp.base.files import decoded
from dnngp.base.table_lines import SEPARATORS, table_lines

#: Cells that mean "not known", in genotype and phenotype tables alike. ``-9`` is not among them.
MISSING = frozenset({"", ".", "NA", "na", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null"})

#: What to do about words in a column of numbers, by what the column is.
WORDS = {
    "trait": "Words are no values: leave the column out of `traits`, or write NA for missing values.",
    "covariate": "Words are no numbers: make the covariate a `factor`, or write NA for missing values.",
}

_DATED = re.compile(r"\d+-")

#: A number with a unit behind it, or a sign of more or less before it.
_MEASURED = re.compile(r"[<>~=≤≥]*\s*[+-]?\d+(\.\d+)?\s*([%°µa-zA-Z].*)?")


@dataclass(frozen=True)
class TextTable:
    """A table with a row per id, as text.

    ``lines`` are the lines of the file that the ``ids`` stand in. ``columns`` has the cells of every other
    column by its name, in the order of the ids and without outer spaces.
    """

    ids: list[str]
    lines: list[int]
    columns: dict[str, list[str]]


def id_position(header: list[str], id_column: str | None, path: str | Path) -> int:
    """Index of the id column in ``header``."""
    if id_column is None:
        return 0
    if id_column not in header:
        raise UserError(
            f"there is no column {id_column!r}.",
            file=path,
            line=1,
            remedy=f"Set `id_column` to one of: {', '.join(header)}.",
        )
    return header.index(id_column)


def table_rows(path: str | Path, sheet: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield ``(line, cells)`` of a delimited table: first the header, then every row, as text.

    What a file may be says :func:`dnngp.base.table_lines.table_lines`; there, and here, rows and last columns
    that are empty are passed over. Names in the header are stripped of outer spaces.

    Raises
    ------
    UserError
        For a name that is missing or there twice, a row with more or fewer cells than the header, and what
        :func:`dnngp.base.table_lines.table_lines` finds.
    """
    lines = table_lines(path, sheet)
    number, line = next(lines, (1, b""))
    if not line:
        raise UserError("the table is empty.", file=path)
    separator = table_separator(line, path)
    header = table_header(line, separator, path, number)
    _check_unique(header, path, number)
    yield number, header
    for number, line in lines:
        cells = split_cells(decoded(line, path, number), separator.decode(), path, number)
        check_width(len(cells), len(header), path, number)
        yield number, cells


def check_named(names: list[str], path: str | Path, number: int) -> None:
    """Raise a :class:`UserError` if a column but the first has no name."""
    for position, name in enumerate(names[1:], start=2):
        if not name:
            raise UserError(
                "the column has no name.",
                file=path,
                line=number,
                column=position,
                remedy="Name every column; of merged cells, the first one alone has the text.",
            )


def phenotype_header(path: str | Path, sheet: str | None = None) -> list[str]:
    """Column names of a phenotype table, the id column among them.

    Raises
    ------
    UserError
        If a name is empty (but for the first, as R leaves it) or there twice.
    """
    _, header = next(table_rows(path, sheet))
    return header


def text_table(
    path: str | Path,
    id_column: str | None = None,
    missing_values: Sequence[str] | None = None,
    sheet: str | None = None,
    *,
    repeated: bool = False,
) -> TextTable:
    """Read a table with a row per id.

    Parameters
    ----------
    path
        The table.
    id_column
        Column that holds the ids; the first if None.
    missing_values
        Further texts and numbers that stand for a missing value; they are read as ``NA``.
    sheet
        Of a workbook; the only one with content if None.
    repeated
        Whether an id may have several rows, as in a table with a row per sample and environment.

    Raises
    ------
    UserError
        If the column does not exist, an id is empty or there twice, and what :func:`table_rows` finds.
    """
    rows = table_rows(path, sheet)
    _, header = next(rows)
    position = id_position(header, id_column, path)
    lines, cells = [], []
    for line, row in rows:
        lines.append(line)
        cells.append(row)
    ids = [row[position].strip() for row in cells]
    others = (
        "Set `id_column` if another column holds the ids, `environments` if rows differ by environment, "
        "`plots` if they are plots of a trial."
    )
    check_ids(ids, path, lines=lines, repeated=repeated, otherwise=f" {others}")
    by_column = zip(header, zip(*cells, strict=True), strict=True)
    missing = MissingValues(missing_values or ())
    columns = {name: [missing.read(cell.strip()) for cell in column] for name, column in by_column}
    del columns[header[position]]
    return TextTable(ids, lines, columns)


class MissingValues:
    """Cells that stand for a missing value: texts as they are, numbers however they are written."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = set(texts)
        self.numbers = {float(text) for text in texts if is_number(text)}

    def read(self, cell: str) -> str:
        """A cell, or ``NA``."""
        numeric = self.numbers and is_number(cell) and float(cell) in self.numbers
        return "NA" if cell in self.texts or numeric else cell


def column_values(
    cells: Sequence[str], lines: Iterable[int], path: str | Path, column: str, kind: str
) -> list[float]:
    """Numbers in a column, NaN where missing; dates as days.

    Parameters
    ----------
    cells, lines
        The cells, and the line of each.
    path, column
        For messages.
    kind
        ``trait``, ``covariate`` or ``time``. Only times may be dates, in the form ``2019-05-31``; numbers and
        dates do not mix.

    Raises
    ------
    UserError
        For the first cell that is neither missing nor what is asked for.
    """
    dated = kind == "time" and any(map(_DATED.match, cells))
    read = _days if dated else number
    values = []
    for cell, line in zip(cells, lines, strict=True):
        try:
            values.append(read(cell))
        except ValueError:
            if kind != "time":
                words = WORDS[kind]
                if not values:
                    words = f"If the first row below the names holds units, remove it. {words}"
                raise not_a_number(cell, path, line, column, words) from None
            raise UserError(
                f"{cell!r} is {'no date' if dated else 'not a finite number'}.",
                file=path,
                line=line,
                column=column,
                remedy="Write dates as 2019-05-31, or numbers throughout.",
            ) from None
    return values


def column_problems(table: TextTable, path: str | Path, wanted: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The first problem of each column, from pairs of column and kind as in :func:`column_values`."""
    for column, kind in wanted:
        try:
            column_values(table.columns[column], table.lines, path, column, kind)
        except UserError as error:
            yield str(error)


def _days(text: str) -> float:
    """Day of a cell with a date, NaN where it is missing."""
    return math.nan if text in MISSING else date.fromisoformat(text).toordinal()


def number(text: str) -> float:
    """Value of a cell, NaN where it is missing; ValueError if it is neither that nor a finite number."""
    text = text.strip()
    if text in MISSING:
        return math.nan
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return value


def not_a_number(text: str, path: str | Path, line: int, column: str, words: str) -> UserError:
    """The error for a cell that :func:`number` refuses; ``words`` is what to do about words."""
    remedy = "Write NA for missing values."
    if _MEASURED.fullmatch(text) and not is_number(text):
        remedy = "Write the number alone, without a unit or sign; the name of the column may have it."
    elif any(map(str.isalpha, text)):
        remedy = remedy if is_number(text) else words
    elif "," in text:
        remedy = "Write numbers with a decimal point."
    return UserError(f"{text!r} is not a finite number.", file=path, line=line, column=column, remedy=remedy)


def table_separator(line: bytes, path: str | Path) -> bytes:
    """The separator that occurs most often in the header of a table.

    Raises
    ------
    UserError
        If the first line has one column.
    """
    separator = max(SEPARATORS, key=line.count)
    if separator in line:
        return separator
    raise UserError(
        "the header has one column only.",
        file=path,
        line=1,
        remedy="Separate columns by commas, tabs or semicolons; the first column holds the ids.",
    )


def table_header(line: bytes, separator: bytes, path: str | Path, number: int = 1) -> list[str]:
    """Column names in the header line of a table, checked to be there."""
    cells = split_cells(decoded(line, path, number), separator.decode(), path, number)
    names = [cell.strip() for cell in cells]
    check_named(names, path, number)
    return names


def split_cells(line: str, separator: str, path: str | Path, number: int) -> list[str]:
    """Cells of one line of a table; quotes as in CSV, but no line breaks inside them."""
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, strict=True))
    except csv.Error as error:
        raise UserError(f"the quotes do not match ({error}).", file=path, line=number) from None


def check_width(found: int, expected: int, path: str | Path, number: int, whose: str = "the header") -> None:
    """Raise a :class:`UserError` unless a row has as many cells as the header."""
    if found == expected:
        return
    remedy = "Give every line one cell per column."
    if found == expected + 1 and number == 2:
        remedy = "The header lacks the name of the id column: in R, use write.csv or col.names = NA."
    raise UserError(
        f"the line has {found} cells where {whose} has {expected}.", file=path, line=number, remedy=remedy
    )


def check_ids(
    ids: list[str],
    path: str | Path,
    *,
    lines: list[int] | None = None,
    header_line: int | None = None,
    fixed: int = 0,
    repeated: bool = False,
    otherwise: str = "",
) -> None:
    """Raise a :class:`UserError` if there is no id, or one is empty, ``NA`` or there twice.

    The ids stand in the ``lines`` of a table, or in the columns of a ``header_line`` after the ``fixed``
    ones. ``repeated`` ones may be there several times; ``otherwise`` is what else to do about them.
    """
    if not ids:
        raise UserError("the file has no lines (samples).", file=path)
    first: dict[str, int] = {}
    for index, name in enumerate(ids):
        place = {"line": lines[index]} if lines else {"line": header_line, "column": index + 1 + fixed}
        if name in ("", "NA"):
            units = "If the first row below the names holds units, remove it. " if lines and not index else ""
            remedy = f"{units}Give every line an id; NA is not one."
            raise UserError("the id is missing.", file=path, **place, remedy=remedy)
        if name in first and not repeated:
            before = f"line {lines[first[name]]}" if lines else f"column {first[name] + 1 + fixed}"
            raise UserError(
                f"the id {name!r} is there twice (before in {before}).",
                file=path,
                **place,
                remedy=f"Keep one entry per line: average or select replicates first.{otherwise}",
            )
        first[name] = index


def _check_unique(names: list[str], path: str | Path, number: int) -> None:
    seen = set()
    for name in names:
        if name in seen:
            raise UserError(
                "the column is there twice.",
                file=path,
                line=number,
                column=name,
                remedy="Rename one of them.",
            )
        seen.add(name)


def leading_cells(
    line: bytes, separator: bytes, count: int, path: str | Path, number: int
) -> tuple[list[str], bytes, bytes]:
    """The first cells of a row as text, the others as they stand, and the separator between those.

    Cells in quotes are freed of them; what separates the others is then the control character US, which no
    cell holds.
    """
    if b'"' in line:
        cells = split_cells(decoded(line, path, number), separator.decode(), path, number)
        rest, separator = "\x1f".join(cells[count:]).encode(), b"\x1f"
        found = len(cells)
    else:
        parts = line.split(separator, count)
        found, rest = len(parts), parts[count] if len(parts) > count else b""
        cells = [decoded(part, path, number) for part in parts[:count]]
    if found <= count:
        check_width(found, 1 + count, path, number, "a line with values")
    return [cell.strip() for cell in cells[:count]], rest, separator


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
