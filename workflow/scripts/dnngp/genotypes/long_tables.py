"""Records of a table with a row per line and environment, read with the standard library only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dnngp.base.delimited import MISSING, MissingValues, id_position, not_a_number, number, table_rows
from dnngp.base.errors import UserError
from dnngp.genotypes.table_reading import TableReading

_DEFAULT = TableReading()


def long_records(
    path: str | Path, *, environment: str, value: str, reading: TableReading = _DEFAULT
) -> Iterator[tuple[str, str, float]]:
    """Yield line, environment and value of each row, NaN where the value is missing.

    Parameters
    ----------
    path
        Table separated by commas, tabs or semicolons, plain or gzip.
    environment, value
        Columns of the environments and of the values.
    reading
        How the table is read.

    Raises
    ------
    UserError
        A column that does not exist, a row without id or environment, a value that is no number.
    """
    rows = table_rows(path, reading.sheet)
    _, header = next(rows)
    for column in (environment, value):
        if column not in header:
            raise UserError(
                f"there is no column {column!r}.", file=path, line=1, remedy=f"It has: {', '.join(header)}."
            )
    places = id_position(header, reading.id_column, path), header.index(environment), header.index(value)
    missing = MissingValues(reading.missing_values or ())
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
