"""Records of a table with a row per line and environment, read with the standard library only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dnngp.base.delimited import MISSING, MissingValues, id_position, not_a_number, number, table_rows
from dnngp.base.errors import UserError


def long_records(
    path: str | Path,
    *,
    id_column: str | None,
    environment: str,
    value: str,
    missing_values: Sequence[str] | None = None,
) -> Iterator[tuple[str, str, float]]:
    """Yield line, environment and value of each row, NaN where the value is missing.

    Parameters
    ----------
    path
        Table separated by commas, tabs or semicolons, plain or gzip.
    id_column
        Column of the line ids; the first if None.
    environment, value
        Columns of the environments and of the values.
    missing_values
        Further texts and numbers that stand for a missing value.

    Raises
    ------
    UserError
        A column that does not exist, a row without id or environment, a value that is no number.
    """
    rows = table_rows(path)
    _, header = next(rows)
    for column in (environment, value):
        if column not in header:
            raise UserError(
                f"there is no column {column!r}.", file=path, line=1, remedy=f"It has: {', '.join(header)}."
            )
    places = id_position(header, id_column, path), header.index(environment), header.index(value)
    missing = MissingValues(missing_values or ())
    for line, row in rows:
        sample, condition, cell = (row[place].strip() for place in places)
        for name, text in ((header[places[0]], sample), (environment, condition)):
            if text in MISSING:
                raise UserError(
                    f"{text!r} names no {'environment' if name == environment else 'line'}.",
                    file=path,
                    line=line,
                    column=name,
                    remedy="Fill it in, or remove the row.",
                )
        try:
            measured = number(missing.read(cell))
        except ValueError:
            raise not_a_number(cell, path, line, value, "Write NA for missing values.") from None
        yield sample, condition, measured
