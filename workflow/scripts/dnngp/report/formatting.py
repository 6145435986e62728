"""Numbers on the page: rounded for the eye, with the stored value beside them; tables as short JSON."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from dnngp.report.results import records

#: Standing for a value that does not exist, such as the correlation of a constant.
UNDEFINED = "–"


def number(value: float | None, form: str = "{:.3f}") -> Markup:
    """A number in running text, with the stored value beside its rounded form."""
    if value is None or value != value:
        return Markup(UNDEFINED)
    return Markup('<data value="{}">{}</data>').format(_stored(value), _typeset(value, form))


def number_cell(
    value: float | None, form: str = "{:.3f}", kind: str = "", scheme: str | None = None
) -> Markup:
    """A table cell with a number; ``data-value`` holds what the table on disk holds.

    ``kind`` is a further class of the cell (``highest``, ``more``); ``scheme`` marks the cell of a row that
    holds several schemes, for the filter.
    """
    mark = Markup(' data-scheme="{}"').format(scheme) if scheme else ""
    classes = " ".join(filter(None, ("number", kind)))
    if value is None or value != value:
        return Markup('<td class="{} none"{}>{}</td>').format(classes, mark, UNDEFINED)
    return Markup('<td class="{}"{} data-value="{}">{}</td>').format(
        classes, mark, _stored(value), _typeset(value, form)
    )


def encode(table: pd.DataFrame) -> dict[str, Any]:
    """A table as short JSON: columns of numbers with five digits, or of runs of codes into their levels."""
    columns: dict[str, Any] = {}
    for name in map(str, table):
        column = table[name]
        if pd.api.types.is_numeric_dtype(column):
            columns[name] = [_five_digits(value) for value in column.tolist()]
        else:
            codes, levels = pd.factorize(column.fillna(""))
            starts = np.flatnonzero(np.diff(codes, prepend=-1))
            lengths = np.diff(starts, append=len(codes))
            runs = np.column_stack([codes[starts], lengths]).ravel()
            short = {"runs": runs.tolist()} if len(runs) < len(codes) else {"codes": codes.tolist()}
            columns[name] = {"levels": levels.tolist(), **short}
    return columns


def _five_digits(value: float | None) -> float | int | None:
    if value is None or value != value:
        return None
    if float(value).is_integer():
        return int(value)
    return float(f"{value:.5g}")


def _stored(value: float) -> str:
    return f"{value:.10g}"


def _typeset(value: float, form: str) -> str:
    """Format with a true minus sign and thin spaces between thousands; no negative zero."""
    if form.endswith("d}") and float(value).is_integer():
        value = int(value)  # a count in a column with empty cells is read as a float
    text = form.format(_significant(value) if form == "{}" else value)
    if re.fullmatch(r"-0(\.0+)?", text):
        text = text[1:]
    return text.replace("-", "\N{MINUS SIGN}").replace(",", "\N{NARROW NO-BREAK SPACE}")


def _significant(value: float) -> str:
    """Three significant digits, or all digits of the integer part."""
    if value == 0:
        return "0"
    exponent = int(
        f"{value:.2e}".partition("e")[2]
    )  # after rounding: 99.96 has three digits before its point
    decimals = max(0, 2 - exponent)
    return f"{value:,.{decimals}f}"


def plain_table(
    name: str, title: str, table: pd.DataFrame
) -> tuple[str, str, list[tuple[str, str, str]], Any]:
    """Name, title, columns (name, heading, format of a number) and rows of a table shown as it is."""
    shown = [column for column in map(str, table) if column not in ("label", "species")]
    columns = [(column, _words(column), _form(table[column])) for column in shown]
    return name, title, columns, records(table)


def _words(column: str) -> str:
    words = "model" if column == "model" else column.replace("_", " ")
    return words[0].upper() + words[1:].replace("cpu s", "CPU s").replace(" mb", " MiB")


def _form(column: pd.Series) -> str:
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return ""
    return "{:,.0f}" if pd.api.types.is_integer_dtype(column) else "{}"
