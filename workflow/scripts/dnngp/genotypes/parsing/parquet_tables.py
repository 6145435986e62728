"""Parquet tables to genotypes or features: tables of numbers or letters in another file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dnngp.base.errors import UserError
from dnngp.genotypes.parsing.format import Head, Reading, Sink
from dnngp.genotypes.parsing.layouts import leading_columns
from dnngp.genotypes.parsing.letter_tables import letters_of_lines
from dnngp.genotypes.parsing.number_tables import genotypes_of_table, matrix_of_lines
from dnngp.genotypes.parsing.table_headers import holds_letters
from dnngp.genotypes.parsing.text_tables import Table
from dnngp.genotypes.store import Genotypes


def read_parquet(path: str | Path, reading: Reading, sink: Sink) -> Genotypes:
    """Read a parquet table of numbers or of calls in letters.

    Parameters
    ----------
    path
        The file. The first column holds the ids, or the index does that pandas wrote.
    reading, sink
        As for :func:`dnngp.genotypes.parsing.number_tables.read_matrix` and
        :func:`dnngp.genotypes.parsing.letter_tables.read_letters`.

    Raises
    ------
    UserError
        If the file is damaged, or has columns that are neither numbers nor text, beside what the readers of
        text tables find; the line is then the row, the header being line 1.
    """
    try:
        table = pq.read_table(path, use_threads=False, page_checksum_verification=True)
        table = _ids_first(table)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise UserError(f"the parquet file cannot be read ({_first_line(error)}).", file=path) from None
    header = table.column_names
    if len(header) < 2 or not table.num_rows:
        raise UserError("the table holds no values.", file=path)
    leading = leading_columns(header).count
    if all(_is_number(column.type) for column in table.columns[leading:]):
        return genotypes_of_table(_numbers(table, leading, path), reading, sink, [])
    letters = reading.format == "letters"
    if reading.format == "auto":
        letters = holds_letters(Head(path, lines=_lines(table, path)))
    read = letters_of_lines if letters else matrix_of_lines
    return read(_lines(table, path), path, reading, sink)


def _ids_first(table: pa.Table) -> pa.Table:
    """The table with the index that pandas wrote, if any, as its first column."""
    described = (table.schema.metadata or {}).get(b"pandas")
    if described is None:
        return table
    index = [name for name in json.loads(described).get("index_columns", []) if isinstance(name, str)]
    names = [name for name in table.column_names if name not in index]
    if len(index) != 1:
        return table
    # pandas calls an index without name __index_level_0__: the rows are what its user calls them by.
    return table.select([*index, *names]).rename_columns(["id" if "__" in index[0] else index[0], *names])


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)


def _numbers(table: pa.Table, leading: int, path: str | Path) -> Table:
    """A table of numbers as the readers of text make it."""
    values = np.empty((table.num_rows, table.num_columns - leading), np.float32)
    for index, column in enumerate(table.columns[leading:]):
        with np.errstate(over="ignore"):
            values[:, index] = pc.cast(column, pa.float64()).to_numpy()
        if np.isinf(values[:, index]).any():
            row = int(np.argmax(np.isinf(values[:, index])))
            raise UserError(
                "the number is not finite in single precision.",
                file=path,
                line=row + 2,
                column=table.column_names[leading + index],
            )
    leads = [
        _texts(column, name, path)
        for name, column in zip(table.column_names[:leading], table.columns[:leading], strict=True)
    ]
    return Table(
        path,
        [name.strip() for name in table.column_names],
        leading,
        list(range(2, table.num_rows + 2)),
        [list(row) for row in zip(*leads, strict=True)],
        values,
    )


def _texts(column: pa.ChunkedArray, name: str, path: str | Path) -> list[str]:
    """A column as text, NA where it is null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = pc.cast(column, kind.value_type)
        kind = kind.value_type
    if not (
        _is_number(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_null(kind)
    ):
        raise UserError(f"the column holds {kind}, neither numbers nor text.", file=path, column=name)
    return ["NA" if text is None else text.strip() for text in pc.cast(column, pa.string()).to_pylist()]


def _lines(table: pa.Table, path: str | Path) -> Iterator[tuple[int, bytes]]:
    """The table as lines of text, cells separated by tabs."""
    columns = [
        _texts(column, name, path) for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    for number, cells in enumerate([table.column_names, *zip(*columns, strict=True)], start=1):
        text = "\t".join(cells)
        if text.count("\t") != len(cells) - 1 or "\n" in text or '"' in text:
            raise UserError("a cell holds a tab, a line break or a quote.", file=path, line=number)
        yield number, text.encode()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0].strip()
