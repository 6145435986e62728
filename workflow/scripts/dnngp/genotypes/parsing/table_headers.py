"""What can be told of a table of genotypes without reading its values: its sides, ids and size."""

from __future__ import annotations

import gzip
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.delimited import check_ids, is_number, split_cells, table_header, table_separator
from dnngp.base.errors import UserError
from dnngp.base.files import decoded, filled_lines, open_file
from dnngp.genotypes.parsing.format import Head, Reading, Sink
from dnngp.genotypes.parsing.layouts import Layout, marker_columns, table_layout

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes

#: A genotype in letters: bases, IUPAC codes of two bases, insertion and deletion, alleles A and B.
_LETTERS = re.compile(r"[ACGTBRYSWKMNIDX0+.-]+([/|][ACGTBNIDX0+.-]+)*", re.IGNORECASE)

#: Bytes of a file that are looked at to count its rows; a longer one is extrapolated from them.
LOOKED_AT = 64_000_000


def table_sides(
    header: list[str], row_names: list[str], lines: list[int], samples_in: str, path: str | Path
) -> Layout:
    """Whether the samples of a table are its rows or its columns; their ids are checked.

    Raises
    ------
    UserError
        If an id is missing or there twice, if the header is none, or if a name is on both sides of the table
        and nothing says where the samples are.
    """
    leading = 1 + len(marker_columns(header))
    names = header[leading:]
    like_values = all(is_number(name) or (name.isupper() and _LETTERS.fullmatch(name)) for name in names)
    if like_values and len(set(names)) < len(names):
        raise UserError(
            "the first line holds values, not names.",
            file=path,
            line=1,
            remedy="Put a line with the names of the columns above it.",
        )
    layout = table_layout(header, row_names, samples_in)
    if layout.samples_in == "rows":
        check_ids(row_names, path, lines=lines)
    else:
        check_ids(header[leading:], path, header_line=1, fixed=leading)
    both = set(row_names) & set(header[leading:])
    if both and samples_in == "auto":
        raise UserError(
            f"{min(both)!r} names a row and a column, which is so in relationship matrices.",
            file=path,
            remedy="If this is a table of markers, set `samples_in` to rows or columns.",
        )
    return layout


def holds_letters(head: Head) -> bool:
    """Whether most of the first cells of a table are calls in letters."""
    letters = sum(_LETTERS.fullmatch(text) is not None and not is_number(text) for text in head.cells)
    return 2 * letters > len(head.cells)


def table_ids(path: str | Path, samples_in: str) -> list[str]:
    """Ids of a table, wherever it holds them, without looking at the values."""
    separator = b""
    header: list[str] = []
    numbers, ids = [], []
    for number, line in filled_lines(path):
        if not separator:
            separator = table_separator(line, path)
            header = table_header(line, separator, path)
            continue
        start = line if line.startswith(b'"') else line.split(separator, 1)[0]
        numbers.append(number)
        ids.append(split_cells(decoded(start, path, number), separator.decode(), path, number)[0].strip())
    if not ids:
        check_ids(ids, path)
    if table_sides(header, ids, numbers, samples_in, path).samples_in == "rows":
        return ids
    return header[1 + len(marker_columns(header)) :]


def count_rows(path: str | Path) -> tuple[int, bytes]:
    """Lines that do not start with ``#``, and the first line of all.

    Counted, or extrapolated from the first :data:`LOOKED_AT` bytes.
    """
    rows = looked = 0
    first = b""
    with open_file(path) as (file, packing):
        unpacked = file if packing == "plain" else io.BufferedReader(gzip.GzipFile(fileobj=file), 1 << 20)
        for row in unpacked:
            first = first or row
            rows += not row.startswith(b"#")
            looked += len(row)
            if looked >= LOOKED_AT:
                return round(rows * Path(path).stat().st_size / file.tell()), first
    return rows, first


def count_table_variants(path: str | Path, n_samples: int) -> int:
    """Number of markers of a table, whichever side they are on."""
    rows, first = count_rows(path)
    width = len(first.split(table_separator(first, path)))
    return width - 1 if abs(rows - 1 - n_samples) <= abs(width - 1 - n_samples) else rows - 1


def read_numbers(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """See :func:`dnngp.genotypes.parsing.number_tables.read_matrix`."""
    from dnngp.genotypes.parsing.number_tables import read_matrix

    return read_matrix(path, reading, sink)
