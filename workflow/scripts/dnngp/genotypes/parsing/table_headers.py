"""What can be told of a table of genotypes without reading its values: its sides, ids and size."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Collection, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.delimited import check_ids, is_number, split_cells, table_header, table_separator
from dnngp.base.errors import UserError
from dnngp.base.files import decoded, open_file
from dnngp.base.spreadsheets import is_workbook
from dnngp.base.table_lines import table_lines
from dnngp.genotypes.id_folding import spelling
from dnngp.genotypes.parsing.format import Format, Head, Reading, Sink
from dnngp.genotypes.parsing.layouts import Layout, leading_columns, misplaced_columns, table_layout

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes

#: A genotype in letters: bases, IUPAC codes of two bases, insertion and deletion, alleles A and B; numbers of
#: alleles with a separator; words of KASP.
_LETTERS = re.compile(
    r"[ACGTBRYSWKMNIDX0+.-]+([/|:,][ACGTBNIDX0+.-]+)*|[0-9.]+([/|][0-9.]+)+|uncallable|ntc", re.IGNORECASE
)

#: Rows in which ids are looked for, and ids on one side of a table that tell where its samples are.
_LOOKED_FOR_IDS, _IDS_THAT_TELL = 200, 3

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
    leading = leading_columns(header)
    names = header[leading.count :]
    like_values = all(is_number(name) or (name.isupper() and _LETTERS.fullmatch(name)) for name in names)
    if like_values and len(set(names)) < len(names):
        raise UserError(
            "the first line holds values, not names.",
            file=path,
            line=1,
            remedy="Put a line with the names of the columns above it.",
        )
    misplaced = misplaced_columns(header, leading)
    if misplaced:
        raise UserError(
            f"the column {misplaced[0]!r} describes markers, but stands among the values.",
            file=path,
            line=1,
            remedy="Move the columns that describe markers behind the first one, or leave them out.",
        )
    layout = table_layout(header, row_names, samples_in)
    if layout.samples_in == "rows" and leading.id != 0:
        raise UserError(
            f"the first column is called {header[0]!r} and so holds no ids of samples.",
            file=path,
            line=1,
            remedy="Put the column of ids first, or rename it.",
        )
    if leading.id is None and not {"chrom", "pos"} <= set(leading.holds):
        raise UserError(
            "there is no column of marker names.",
            file=path,
            line=1,
            remedy="Add a column `marker`, or both `chrom` and `pos`, from which names are made.",
        )
    if layout.samples_in == "rows":
        check_ids(row_names, path, lines=lines)
    else:
        check_ids(names, path, header_line=1, fixed=leading.count)
    both = set(row_names) & set(names)
    if both and samples_in == "auto":
        raise UserError(
            f"{min(both)!r} names a row and a column, which is so in relationship matrices.",
            file=path,
            remedy="If this is a table of markers, set `samples_in` to rows or columns.",
        )
    return layout


def side_of_samples(path: Path, samples: Collection[str]) -> str | None:
    """Whether the samples are the ``rows`` or the ``columns`` of a table, by ids that are known.

    None where some stand on both sides, or too few on one.
    """
    keys = set(map(spelling, samples))
    lines = table_lines(path)
    header, separator = _header(lines, path)
    leading = leading_columns(header)
    if leading.id is None:
        return None
    first = islice(lines, _LOOKED_FOR_IDS)
    rows = [_first_cells(line, separator, 1 + leading.id, path, number)[-1] for number, line in first]
    columns = header[leading.count :]
    found = {
        side: sum(spelling(name) in keys for name in names)
        for side, names in (("rows", rows), ("columns", columns))
    }
    sides = [side for side, count in found.items() if count]
    return sides[0] if len(sides) == 1 and found[sides[0]] >= _IDS_THAT_TELL else None


def holds_letters(head: Head) -> bool:
    """Whether most of the first cells of a table are calls in letters."""
    letters = sum(_LETTERS.fullmatch(text) is not None and not is_number(text) for text in head.cells)
    return 2 * letters > len(head.cells)


def table_ids(path: str | Path, samples_in: str) -> list[str]:
    """Ids of the samples of a table, wherever it holds them, without looking at the values."""
    return _names(path, samples_in)[0]


def table_markers(path: str | Path, samples_in: str) -> list[str]:
    """Names of the markers or features of a table; empty where its rows are markers without names."""
    return _names(path, samples_in)[1]


def has_places(path: str | Path) -> bool:
    """Whether columns before the values hold chromosome and position of the markers."""
    header, _ = _header(table_lines(path), path)
    return {"chrom", "pos"} <= leading_columns(header).holds.keys()


def _names(path: str | Path, samples_in: str) -> tuple[list[str], list[str]]:
    """Names of samples and of markers."""
    lines = table_lines(path)
    header, separator = _header(lines, path)
    leading = leading_columns(header)
    numbers, rows = [], []
    for number, line in lines:
        numbers.append(number)
        rows.append(_first_cells(line, separator, 1 + (leading.id or 0), path, number)[-1])
    if not rows:
        check_ids(rows, path)
    rows = [] if leading.id is None else rows
    columns = header[leading.count :]
    layout = table_sides(header, rows, numbers, samples_in, path)
    return (rows, columns) if layout.samples_in == "rows" else (columns, rows)


def _header(lines: Iterator[tuple[int, bytes]], path: str | Path) -> tuple[list[str], bytes]:
    """Column names, taken from the lines of a table, and the separator of its cells."""
    _, line = next(lines, (1, b""))
    separator = table_separator(line, path)
    return table_header(line, separator, path), separator


def _first_cells(line: bytes, separator: bytes, count: int, path: str | Path, number: int) -> list[str]:
    """The first cells of a row, without outer spaces."""
    start = line if b'"' in line else separator.join(line.split(separator, count)[:count])
    cells = split_cells(decoded(start, path, number), separator.decode(), path, number)[:count]
    return [cell.strip() for cell in cells]


def count_rows(path: str | Path) -> tuple[int, bytes]:
    """Lines that do not start with ``#``, and the first line of all.

    Counted, or extrapolated from the first :data:`LOOKED_AT` bytes.
    """
    rows = looked = 0
    first = b""
    if is_workbook(path):
        lines = [line for _, line in table_lines(path)]
        return len(lines), b"".join(lines[:1])
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


#: A format of tables: what all of them have in common; of numbers, unless ``read`` says otherwise.
TableFormat = partial(
    Format,
    sample_ids=table_ids,
    count_variants=count_table_variants,
    marker_names=table_markers,
    has_places=has_places,
    side_of_samples=side_of_samples,
    read=read_numbers,
)
