"""Rows of a table as people have it, as lines of text in one form.

Standard library only, as in :mod:`dnngp.base.files`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from dnngp.base.errors import UserError
from dnngp.base.files import filled_lines, refuse_long_line
from dnngp.base.spreadsheets import is_workbook, sheet_rows

Lines = Iterator[tuple[int, bytes]]

SEPARATORS = (b"\t", b",", b";")

#: How files begin that are no tables: pattern, what they are, what to do.
_NO_TABLES = [
    (re.compile(pattern, re.IGNORECASE), what, remedy)
    for pattern, what, remedy in (
        (
            rb"version https://git-lfs",
            "a pointer of git-lfs, not the data",
            "Fetch the data: git lfs pull.",
        ),
        (
            rb"\s*<(!doctype|html|\?xml|head|body)\b",
            "a web page",
            "Download the data again; the server may have asked for a login.",
        ),
        (rb"[XA]\s*$", "R's (.rds), or has one column", "In R: write.csv(x, 'x.csv')."),
        (rb"##fileformat=VCF", "a VCF", "Give it as `genotypes`; a table has names of columns above it."),
        (
            rb"\{",
            "JSON",
            "Write a table with names of columns; if this was a download, it may be the server's error.",
        ),
        (
            rb"(\S+\s+){4}[012]\s+-?\d\S*\s*$",
            "a PLINK .fam, without names of columns",
            "Write a table with names of columns: the id, then the traits.",
        ),
        (
            rb"<(numeric|marker)>",
            "TASSEL's numeric genotype",
            "Delete the line `<Numeric>` and call the first column `id` in place of `<Marker>`.",
        ),
        (
            rb"\[header\]",
            "a FinalReport of Illumina's GenomeStudio, a call a line",
            "Export it as a matrix (A/B or bases), or as PLINK and then plink --make-bed.",
        ),
        (
            rb"#%",
            "a table of Axiom calls with its lines of `#%`",
            "Export it as VCF or PLINK, or delete those lines and write the calls in letters.",
        ),
        (
            rb"(\S+\s+){5}\S+(\s+[ACGT0-4N]\s+[ACGT0-4N]){2,}\s*$",
            "a PLINK .ped",
            "Make a .bed of it: plink --make-bed.",
        ),
        (
            rb"[0129]{20,}\s*$",
            "an EIGENSTRAT .geno, without names",
            "Make PLINK files of it with convertf.",
        ),
    )
]

#: The line by which Excel is told the separator.
_SEPARATOR_LINE = re.compile(rb'"?sep=.?"?\s*', re.IGNORECASE)

#: Cells with a decimal comma and with a decimal point, of a line with semicolons.
_COMMA = re.compile(rb'(?<![^;])(\s*"?[+-]?\d*),(\d+(?:[eE][+-]?\d+)?"?\s*)(?=;|$)')
_POINTED = re.compile(rb'(?<![^;])\s*"?([+-]?\d*\.\d+(?:[eE][+-]?\d+)?)"?\s*(?=;|$)')

_SPACES = re.compile(rb"[\t\r\n]+")


def table_lines(path: str | Path, sheet: str | None = None) -> Lines:
    """Yield ``(number, line)`` of a table: its header and its rows, in UTF-8, with one separator.

    The file may be a workbook, of which a ``sheet`` or the only one with content is read
    (:mod:`dnngp.base.spreadsheets`), or text in UTF-8 or Windows-1252, with lines that end with LF, CR LF or
    CR. A row may go on in the next line inside quotes. Cells are separated by tabs, commas or semicolons as
    most often in the header, else by spaces; behind semicolons, decimal commas become points. Rows and last
    columns without content, and Excel's line ``sep=``, are passed over.

    Raises
    ------
    UserError
        For a file of another kind, a title above the header, content in a column without a name, decimal
        commas beside decimal points, and what :func:`dnngp.base.files.filled_lines` and
        :func:`dnngp.base.spreadsheets.sheet_rows` find.
    """
    if is_workbook(path):
        rows = ((number, b"\t".join(map(_cell, cells))) for number, cells in sheet_rows(path, sheet))
        return _with_columns(rows, path)
    lines = _whole_rows(_cut(filled_lines(path)), path)
    return _with_columns(((number, _unicode(line)) for number, line in lines), path)


def _cell(text: str) -> bytes:
    """A cell of a workbook as a cell of text."""
    cell = _SPACES.sub(b" ", text.encode())
    return b'"' + cell.replace(b'"', b'""') + b'"' if b'"' in cell else cell


def _cut(lines: Lines) -> Lines:
    """Lines of old Macs, and of Excel for them, which end with CR alone."""
    for number, line in lines:
        if b"\r" not in line:
            yield number, line
            continue
        for after, part in enumerate(line.split(b"\r")):
            if part.strip():
                yield number + after, part


def _whole_rows(lines: Lines, path: str | Path) -> Lines:
    """Rows that go on in the next line inside quotes, in one line."""
    for number, line in lines:
        if line.count(b'"') % 2 == 0:
            yield number, line
            continue
        parts, size = [line], len(line)
        for _, part in lines:
            parts.append(part)
            size += len(part)
            refuse_long_line(size, path, number)
            if part.count(b'"') % 2:
                break
        yield number, b" ".join(parts)


def _unicode(line: bytes) -> bytes:
    """A line in UTF-8, which Excel on Windows does not write; what is neither stays as it is."""
    if line.isascii():
        return line
    try:
        line.decode()
    except UnicodeDecodeError:
        try:
            return line.decode("cp1252").encode()
        except UnicodeDecodeError:
            return line
    return line


def _with_columns(lines: Lines, path: str | Path) -> Lines:
    """Lines of one separator, without rows and last columns that are empty."""
    lines = (one for one in lines if one[1].strip(b'\t,; "'))
    first = next(lines, None)
    if first is not None and _SEPARATOR_LINE.fullmatch(first[1].strip(b"\t,; ")):
        first = next(lines, None)
    if first is None:
        return
    number, header = first
    for start, what, remedy in _NO_TABLES:
        if start.match(header):
            raise UserError(f"the file is {what}.", file=path, line=number, remedy=remedy)
    second = next(lines, None)
    lines = lines if second is None else chain([second], lines)
    if not any(separator in header for separator in SEPARATORS):
        _refuse_title(header, second, path, number)
        spaced = len(header.split()) > 1
        for number, line in chain([first], lines):
            yield number, b"\t".join(line.split()) if spaced else line
        return
    separator = max(SEPARATORS, key=header.count)
    named = header.rstrip(separator + b" ")
    empty = header[len(named) :].count(separator)
    if separator not in named:
        _refuse_title(named, (0, separator), path, number)
    if separator == b";":
        lines = _pointed(lines, path)
    yield number, named if empty else header
    yield from _without_last(lines, separator, empty, header.count(separator), path) if empty else lines


def _refuse_title(header: bytes, second: tuple[int, bytes] | None, path: str | Path, number: int) -> None:
    """Refuse a first row of one cell above rows of several."""
    if second is not None and any(separator in second[1] for separator in SEPARATORS):
        raise UserError(
            f"the first row has one cell only, {header.decode(errors='replace')[:40]!r}.",
            file=path,
            line=number,
            remedy="The first row names the columns: remove a title above it.",
        )


def _without_last(
    lines: Iterable[tuple[int, bytes]], separator: bytes, empty: int, count: int, path: str | Path
) -> Lines:
    """Rows without their last columns, which have no names."""
    for number, line in lines:
        if line.count(separator) != count:  # told by whoever counts cells
            yield number, line
            continue
        start, *cells = line.rsplit(separator, empty)
        for column, cell in enumerate(cells, start=count - empty + 2):
            if cell.strip(b' "'):
                raise UserError("the column has no name.", file=path, line=number, column=column)
        yield number, start


def _pointed(lines: Iterable[tuple[int, bytes]], path: str | Path) -> Lines:
    """Rows with decimal points for decimal commas."""
    pointed: bytes | None = None
    for number, line in lines:
        found = None if pointed else _POINTED.search(line)
        pointed = found[1] if found else pointed
        if b"," in line and (comma := _COMMA.search(line)):
            if pointed:
                one, other = comma[0].decode().strip(), pointed.decode()
                raise UserError(
                    f"{one!r} has a decimal comma and {other!r} a decimal point.",
                    file=path,
                    line=number,
                    remedy="Write all numbers alike.",
                )
            line = _COMMA.sub(rb"\1.\2", line)
        yield number, line
