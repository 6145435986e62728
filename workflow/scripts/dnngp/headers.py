"""What can be told of an input file without reading its numbers: its kind, its ids, its columns.

The Snakefile imports this module to compare ids before any job starts, so it needs the standard library
only, and of a VCF or BCF it reads no more than the header. The readers build on the same functions: a file
is opened, decompressed and cut into lines in one place, which is strict about damage.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from dnngp.errors import UserError
from dnngp.layouts import Layout, marker_columns, table_layout

#: Cells that mean "not known", in genotype and phenotype tables alike. ``-9`` is not among them.
MISSING = frozenset({"", ".", "NA", "na", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null"})

#: Fixed columns of a VCF; the sample ids follow.
VCF_COLUMNS = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]

#: The empty block that ends every BGZF file (SAM specification, section 4.1.2).
BGZF_EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")

SEPARATORS = (b"\t", b",", b";")

_FOREIGN = {
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"PK\x03\x04": "zip (or is a spreadsheet)",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"

#: First columns of a HapMap; some programs leave out those after the fourth.
HAPMAP_COLUMNS = [
    "rs#",
    "alleles",
    "chrom",
    "pos",
    "strand",
    "assembly#",
    "center",
    "protLSID",
    "assayLSID",
    "panelLSID",
    "QCcode",
]

#: PLINK 1 .bed and PLINK 2 .pgen begin alike; the third byte tells them apart (0: samples in rows, 1: .bed).
_PLINK = b"\x6c\x1b"

#: Files that lie beside the one that is named, and the one to name.
_BESIDE = {".bim": ".bed", ".fam": ".bed", ".pvar": ".pgen", ".psam": ".pgen", ".zst": ".pgen"}

#: A genotype in letters: bases, IUPAC codes of two bases, insertion and deletion, alleles A and B.
_LETTERS = re.compile(r"[ACGTBRYSWKMNIDX0+.-]+([/|][ACGTBNIDX0+.-]+)*", re.IGNORECASE)

#: Rows, and cells of each, that are looked at to tell letters from numbers.
_ROWS_LOOKED_AT = 20
_CELLS_LOOKED_AT = 1000

#: What Python says of a file that is not whole.
_DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error)


def genotype_format(path: str | Path) -> str:
    """Format of a file of genotypes, by content and not by name.

    Returns
    -------
    str
        ``vcf``, ``bcf``, ``plink1``, ``plink2``, ``hapmap``, ``letters``, ``brapi``, ``parquet``, or
        ``table`` for a table of numbers.

    Raises
    ------
    UserError
        If the file cannot be opened, is empty, damaged, compressed by anything but gzip or bgzip, or the
        companion of the file to name.
    """
    suffix = Path(path).suffix.lower()
    if suffix in _BESIDE and (beside := Path(path).with_suffix(_BESIDE[suffix])).is_file():
        raise UserError(
            "this file describes the genotypes but does not hold them.", file=path, remedy=f"Name {beside}."
        )
    with open_bytes(path) as handle, _damage_told(path):
        start = handle.read(64)
    if start.startswith(b"BCF"):
        return "bcf"
    if start.startswith(_PLINK):
        return "plink1" if start[2:3] in (b"\0", b"\1", b"") else "plink2"
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"\x89HDF"):
        raise UserError("the file is HDF5.", file=path, remedy="Export it as VCF, PLINK or a table.")
    if start.removeprefix(_BOM).lstrip().startswith(b"{"):
        return "brapi"
    if start.startswith((b"##", b"#CHROM\tPOS")):
        return "vcf"
    if start.startswith(_BOM + b"##fileformat"):
        raise UserError(
            "the VCF starts with a byte-order mark.",
            file=path,
            line=1,
            remedy="Save it as UTF-8 without one.",
        )
    if not start and Path(path).name.lower().removesuffix(".gz").endswith((".vcf", ".bcf")):
        raise UserError("the file holds no text.", file=path, remedy="Write it again.")
    return text_format(filled_lines(path), path)


def genotype_files(path: str | Path) -> list[str]:
    """Every file that belongs to the genotypes at ``path``, itself first.

    ``.bim`` and ``.fam`` beside a PLINK 1 file, ``.pvar`` and ``.psam`` beside a PLINK 2 file. None of the
    others is looked for; a path that does not exist stands for itself.
    """
    path = Path(path)
    start = b""
    if path.is_file():
        with open(path, "rb") as handle:
            start = handle.read(3)
    if not start.startswith(_PLINK):
        return [str(path)]
    suffixes = (".bim", ".fam") if start[2:] in (b"\0", b"\1", b"") else (".pvar", ".psam")
    return [str(path), *(str(path.with_suffix(suffix)) for suffix in suffixes)]


def sample_ids(path: str | Path, format: str = "auto", samples_in: str = "auto") -> list[str] | None:
    """Ids of the genotyped lines, in file order; spaces around an id do not belong to it.

    Parameters
    ----------
    path
        The genotypes.
    format, samples_in
        As in :class:`dnngp.readers.options.Reading`.

    Returns
    -------
    list of str or None
        The sample columns of a VCF, BCF or HapMap, the IID of a ``.fam`` or ``.psam``, the call sets of a
        BrAPI file, the first column of a table or the names of its other columns. None for parquet, which
        the standard library cannot read.

    Raises
    ------
    UserError
        If there are none, if one is empty, ``NA`` or there twice, or if the file is damaged as far as read.
    """
    kind = genotype_format(path)
    if kind == "parquet":
        return None
    if kind == "plink1":
        return fam_samples(Path(path).with_suffix(".fam"))
    if kind == "plink2":
        return psam_samples(Path(path).with_suffix(".psam"))
    if kind == "brapi":
        return brapi_ids(brapi_result(path), "callSetDbIds", path)
    if kind == "hapmap" and format not in ("letters", "dosages", "features"):
        _, line = next(filled_lines(path))
        return hapmap_samples(line, path)
    if kind in ("hapmap", "letters", "table"):
        return _table_ids(path, samples_in)
    lines = enumerate(bcf_header(path), start=1) if kind == "bcf" else numbered_lines(path)
    return vcf_samples(lines, path)


def fam_samples(path: str | Path) -> list[str]:
    """Within-family ids (second column) of a PLINK 1 ``.fam``."""
    lines, ids = [], []
    for number, line in filled_lines(path):
        cells = decoded(line, path, number).split()
        check_width(len(cells), 6, path, number, "a .fam file")
        lines.append(number)
        ids.append(cells[1])
    check_ids(ids, path, lines=lines)
    return ids


def psam_samples(path: str | Path) -> list[str]:
    """Individual ids (``IID``) of a PLINK 2 ``.psam``."""
    lines: list[int] = []
    ids: list[str] = []
    width, column = 0, 1
    for number, line in filled_lines(path):
        text = decoded(line, path, number)
        cells = text.split("\t") if "\t" in text else text.split()
        if not ids and text.startswith("#"):
            if text.startswith(("#FID", "#IID")):
                header = [name.lstrip("#") for name in cells]
                if "IID" not in header:
                    raise UserError("there is no column IID.", file=path, line=number)
                width, column = len(header), header.index("IID")
            continue
        width = width or len(cells)
        check_width(len(cells), max(width, 1 + column), path, number, "the header")
        lines.append(number)
        ids.append(cells[column].strip())
    check_ids(ids, path, lines=lines)
    return ids


def hapmap_samples(line: bytes, path: str | Path) -> list[str]:
    """Sample ids in the header line of a HapMap."""
    header = table_header(line, table_separator(line, path), path)
    fixed = hapmap_width(header)
    samples = header[fixed:]
    check_ids(samples, path, header_line=1, fixed=fixed)
    return samples


def hapmap_width(header: list[str]) -> int:
    """Number of columns of a HapMap that precede the samples."""
    known = {name.lower().rstrip("#") for name in HAPMAP_COLUMNS} | {"panel"}
    width = 4
    while width < min(len(header), len(HAPMAP_COLUMNS)) and header[width].lower().rstrip("#") in known:
        width += 1
    return width


def brapi_result(path: str | Path) -> dict[str, Any]:
    """The ``result`` of a saved answer to BrAPI's ``/allelematrix``.

    Raises
    ------
    UserError
        If the file is not JSON, or not such an answer.
    """
    with open_bytes(path) as handle, _damage_told(path):
        content = handle.read()
    try:
        answer = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UserError(f"byte {error.start + 1} is not UTF-8 text.", file=path) from None
    except json.JSONDecodeError as error:
        raise UserError(
            f"the JSON is broken ({error.msg}).",
            file=path,
            line=error.lineno,
            column=error.colno,
            remedy="Save the answer of the server again, whole.",
        ) from None
    except (RecursionError, ValueError) as error:
        raise UserError(f"the JSON is broken ({error}).", file=path) from None
    result = answer.get("result", answer) if isinstance(answer, dict) else None
    if not isinstance(result, dict) or "dataMatrices" not in result:
        raise UserError(
            "the JSON is not an allele matrix of BrAPI: `result.dataMatrices` is missing.",
            file=path,
            remedy="Save the answer of /brapi/v2/allelematrix.",
        )
    return result


def brapi_ids(result: dict[str, Any], key: str, path: str | Path) -> list[str]:
    """Ids of one dimension of an allele matrix; those of samples are checked to be unique."""
    ids = result.get(key)
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise UserError(f"`{key}` is not a list of texts.", file=path)
    ids = [id.strip() for id in ids]
    if key == "callSetDbIds":
        check_ids(ids, path, header_line=0)
    return ids


def phenotype_header(path: str | Path) -> list[str]:
    """Column names of a phenotype table, the id column among them.

    Raises
    ------
    UserError
        If a name is empty (but for the first, as R leaves it) or there twice.
    """
    _, header = next(table_rows(path))
    return header


def phenotype_ids(path: str | Path, id_column: str | None = None) -> list[str]:
    """Ids of a phenotype table, in file order.

    Parameters
    ----------
    path
        The table.
    id_column
        Column that holds the ids; the first if None.

    Raises
    ------
    UserError
        If the column does not exist, or an id is empty or there twice.
    """
    rows = table_rows(path)
    _, header = next(rows)
    column = id_position(header, id_column, path)
    numbers, ids = [], []
    for number, cells in rows:
        numbers.append(number)
        ids.append(cells[column].strip())
    check_ids(ids, path, lines=numbers)
    return ids


def assigned_folds(path: str | Path) -> list[dict[str, int]]:
    """Folds that a table gives its lines: for each repeat, the fold (from 1) by id.

    The first column holds the ids. Either ``repeat`` and one more column follow, a
    row a line and repeat; or a column per repeat, a row a line. Folds may be
    called anything; they are numbered in order, numbers by value.

    Raises
    ------
    UserError
        A line without a fold or there twice in a repeat; a repeat with one fold
        only; what :func:`table_rows` finds.
    """
    rows = table_rows(path)
    _, header = next(rows)
    names = [name.casefold() for name in header]
    long = "repeat" in names[1:]
    if long and len(header) != 3:
        raise UserError(
            f"a table with a column `repeat` has three columns, not {len(header)}.",
            file=path,
            line=1,
            remedy="Keep the id, the repeat and the fold.",
        )
    repeat_at = names.index("repeat") if long else 0
    columns = [position for position in range(1, len(header)) if position != repeat_at or not long]
    found: dict[str, dict[str, str]] = {}
    for line, row in rows:
        cells = [cell.strip() for cell in row]
        for position in columns:
            repeat = cells[repeat_at] if long else header[position]
            fold_of = found.setdefault(repeat, {})
            if not cells[0] or cells[position] in MISSING:
                raise UserError(
                    f"the line {cells[0]!r} has no fold.",
                    file=path,
                    line=line,
                    column=header[position],
                    remedy="Give every line a fold in every repeat.",
                )
            if cells[0] in fold_of:
                raise UserError(
                    f"the line {cells[0]!r} is there twice in repeat {repeat}.", file=path, line=line
                )
            fold_of[cells[0]] = cells[position]
    if not found:
        raise UserError("the table has no lines.", file=path)
    numbered = []
    for repeat in sorted(found, key=_by_value) if long else found:
        folds = sorted(set(found[repeat].values()), key=_by_value)
        if len(folds) < 2:
            raise UserError(
                f"all lines are in one fold ({folds[0]}) of repeat {repeat}.",
                file=path,
                remedy="Cross-validation needs two folds at least.",
            )
        rank = {fold: number for number, fold in enumerate(folds, start=1)}
        numbered.append({id: rank[fold] for id, fold in found[repeat].items()})
    return numbered


def _by_value(text: str) -> tuple[float, str]:
    """Sorts numbers by value, then other text."""
    return (float(text), text) if _is_number(text) else (math.inf, text)


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


def table_rows(path: str | Path) -> Iterator[tuple[int, list[str]]]:
    """Yield ``(line, cells)`` of a delimited table: first the header, then every row, as text.

    The separator (tab, comma or semicolon) is found in the header. Blank lines are passed over, a byte-order
    mark and carriage returns are dropped, names in the header are stripped of outer spaces.

    Raises
    ------
    UserError
        For a name that is there twice, a row with more or fewer cells than the header, text that is not
        UTF-8, and what :func:`numbered_lines` finds.
    """
    separator = ""
    header: list[str] = []
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        if not header:
            separator = table_separator(line, path).decode()
            header = table_header(line, separator.encode(), path)
            _check_unique(header, path, number)
            yield number, header
            continue
        cells = split_cells(decoded(line, path, number), separator, path, number)
        check_width(len(cells), len(header), path, number)
        yield number, cells
    if not header:
        raise UserError("the table is empty.", file=path)


def number(text: str) -> float:
    """Value of a cell, NaN where it is missing; ValueError if it is neither that nor a finite number."""
    text = text.strip()
    if text in MISSING:
        return math.nan
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return value


def not_a_number(text: str, path: str | Path, line: int, column: str) -> UserError:
    """The error for a cell that :func:`number` refuses."""
    remedy = "Write NA for missing values."
    if "," in text:
        remedy = "Write numbers with a decimal point."
    elif text.strip().isalpha():
        remedy = "Write genotypes as allele counts and missing values as NA."
    return UserError(f"{text!r} is not a finite number.", file=path, line=line, column=column, remedy=remedy)


def table_separator(line: bytes, path: str | Path) -> bytes:
    """The separator that occurs most often in the header of a table."""
    separator = max(SEPARATORS, key=line.count)
    if separator not in line:
        raise UserError(
            "the header has one column only.",
            file=path,
            line=1,
            remedy="Separate columns by commas, tabs or semicolons; the first column holds the ids.",
        )
    return separator


def table_header(line: bytes, separator: bytes, path: str | Path) -> list[str]:
    """Column names in the header line of a table, checked."""
    names = [name.strip() for name in split_cells(decoded(line, path, 1), separator.decode(), path, 1)]
    for position, name in enumerate(names[1:], start=2):
        if not name:
            raise UserError("the column has no name.", file=path, line=1, column=position)
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


def decoded(line: bytes, path: str | Path, number: int) -> str:
    """Text of a line that must be UTF-8."""
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise UserError(
            f"byte {error.start + 1} of the line is not UTF-8 text.",
            file=path,
            line=number,
            remedy="Save the file as UTF-8.",
        ) from None


def check_ids(
    ids: list[str],
    path: str | Path,
    *,
    lines: list[int] | None = None,
    header_line: int | None = None,
    fixed: int = len(VCF_COLUMNS),
) -> None:
    """Raise a :class:`UserError` if there is no id, or one is empty, ``NA`` or there twice.

    The ids stand in the ``lines`` of a table, or in the columns of a ``header_line`` after the ``fixed``
    ones.
    """
    if not ids:
        raise UserError("the file has no lines (samples).", file=path)
    first: dict[str, int] = {}
    for index, name in enumerate(ids):
        place = {"line": lines[index]} if lines else {"line": header_line, "column": index + 1 + fixed}
        if name in ("", "NA"):
            raise UserError(
                "the id is missing.", file=path, **place, remedy="Give every line an id; NA is not one."
            )
        if name in first:
            before = f"line {lines[first[name]]}" if lines else f"column {first[name] + 1 + fixed}"
            raise UserError(
                f"the id {name!r} is there twice (before in {before}).",
                file=path,
                **place,
                remedy="Keep one entry per line: average or select replicates first.",
            )
        first[name] = index


def vcf_samples(lines: Iterable[tuple[int, bytes]], path: str | Path) -> list[str]:
    """Sample ids from the numbered lines of a VCF header; reads up to the ``#CHROM`` line."""
    number = 0
    for number, line in lines:
        if number == 1 and not line.startswith(b"##fileformat=VCF"):
            raise UserError(
                "the first line is not ##fileformat=VCFv4.x.",
                file=path,
                line=1,
                remedy="Restore the header of the VCF.",
            )
        if line.startswith(b"##"):
            if line.startswith(b"##contig"):
                decoded(line, path, number)
            continue
        if not line.startswith(b"#CHROM"):
            raise UserError(
                "the header line #CHROM is missing.",
                file=path,
                line=number,
                remedy="Restore the header of the VCF; it starts with ##fileformat and ends with #CHROM.",
            )
        return _samples_of_header_line(line, path, number)
    raise UserError("the file ends inside its header.", file=path, line=number, remedy="Copy it again.")


def bcf_header(path: str | Path) -> list[bytes]:
    """Lines of the VCF header inside a BCF."""
    with open_bytes(path) as handle:
        start = read_exactly(handle, 9, path)
        if start[:4] != b"BCF\x02":
            raise UserError(
                "the BCF is not of version 2.", file=path, remedy="Convert it with bcftools view."
            )
        text = read_exactly(handle, struct.unpack("<I", start[5:])[0], path)
    return text.rstrip(b"\0").splitlines()


def read_exactly(handle: BinaryIO, size: int, path: str | Path) -> bytes:
    """Read ``size`` bytes or raise a :class:`UserError`."""
    with _damage_told(path):
        content = handle.read(size)
    if len(content) < size:
        raise UserError("the file is truncated.", file=path, remedy="Copy or download it again.")
    return content


def numbered_lines(path: str | Path) -> Iterator[tuple[int, bytes]]:
    """The lines of :func:`raw_lines` without their ends, be they LF or CR LF."""
    return ((number, line.rstrip(b"\r\n")) for number, line in raw_lines(path))


def raw_lines(path: str | Path) -> Iterator[tuple[int, bytes]]:
    """Yield ``(number, line)`` of a text file, plain or compressed, as it stands; numbers start at 1.

    Raises
    ------
    UserError
        If the file is not text, or compressed and cut off or damaged, even in its last byte.
    """
    with open_bytes(path) as handle:
        number = 0
        while True:
            try:
                line = handle.readline()
            except _DAMAGE as error:
                raise _damaged(error, path, number) from None
            if not line:
                return
            number += 1
            if number == 1:
                line = line.removeprefix(_BOM)
            if b"\0" in line:
                raise UserError("the line holds a NUL byte; this is not a text file.", file=path, line=number)
            yield number, line


@contextmanager
def open_bytes(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed if it is gzip or BGZF; raises what :func:`open_file` raises."""
    with open_file(path) as (file, kind):
        if kind == "plain":
            yield file
        else:
            with gzip.GzipFile(fileobj=file) as inflated:
                # The buffer hands out lines faster than GzipFile does.
                yield io.BufferedReader(inflated, 1 << 20)


@contextmanager
def open_file(path: str | Path) -> Iterator[tuple[BinaryIO, str]]:
    """Open a file for reading as it stands, and tell whether it is ``plain``, ``gzip`` or ``bgzf``.

    Raises
    ------
    UserError
        If it cannot be opened, is empty, is compressed otherwise, is UTF-16, or is BGZF without the block
        that marks its end.
    """
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise UserError(f"cannot be opened ({error.strerror}).", file=path) from None
    with file:
        start = file.read(18)
        if not start:
            raise UserError("the file is empty.", file=path, remedy="Write or copy it again.")
        for magic, name in _FOREIGN.items():
            if start.startswith(magic):
                raise UserError(
                    f"the file is compressed by {name}.", file=path, remedy="Use gzip, bgzip or plain text."
                )
        if start.startswith(_UTF16):
            raise UserError("the text is UTF-16.", file=path, remedy="Save the file as UTF-8.")
        kind = "plain"
        if start.startswith(b"\x1f\x8b"):
            kind = "gzip"
            if start[3:4] == b"\x04" and start[12:14] == b"BC":
                kind = "bgzf"
                _check_end_of_bgzf(file, path)
        file.seek(0)
        yield file, kind


def _check_end_of_bgzf(file: BinaryIO, path: str | Path) -> None:
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - len(BGZF_EOF)))
    if file.read() != BGZF_EOF:
        raise UserError(
            "the compressed file is truncated: the block that marks its end is missing.",
            file=path,
            remedy="Copy or download it again, or write it again with bgzip.",
        )


@contextmanager
def _damage_told(path: str | Path) -> Iterator[None]:
    """Turn what gzip says of a damaged file into a :class:`UserError`."""
    try:
        yield
    except _DAMAGE as error:
        raise _damaged(error, path) from None


def _damaged(error: Exception, path: str | Path, line: int = 0) -> UserError:
    """The error for a damaged compressed file; ``line`` was the last good one."""
    what = "truncated" if isinstance(error, EOFError) else f"damaged ({error})"
    after = f" after line {line}" if line else ""
    return UserError(f"the compressed file is {what}{after}.", file=path, remedy="Copy or download it again.")


def _samples_of_header_line(line: bytes, path: str | Path, number: int) -> list[str]:
    names = decoded(line, path, number).split("\t")
    fixed = VCF_COLUMNS[: min(len(names), len(VCF_COLUMNS))]
    if names[: len(fixed)] != fixed or len(names) < len(VCF_COLUMNS) - 1:
        raise UserError(
            f"the header line does not start with {' '.join(VCF_COLUMNS)}, separated by tabs.",
            file=path,
            line=number,
        )
    samples = [name.strip() for name in names[len(VCF_COLUMNS) :]]
    if not samples:
        raise UserError(
            "the VCF has no samples.",
            file=path,
            line=number,
            remedy="Export it with genotypes, not as a list of sites.",
        )
    check_ids(samples, path, header_line=number)
    return samples


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


def filled_lines(path: str | Path) -> Iterator[tuple[int, bytes]]:
    """The lines of :func:`numbered_lines` that are not blank."""
    return ((number, line) for number, line in numbered_lines(path) if line.strip())


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
    like_values = all(_is_number(name) or (name.isupper() and _LETTERS.fullmatch(name)) for name in names)
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


def text_format(lines: Iterable[tuple[int, bytes]], path: str | Path) -> str:
    """``hapmap``, ``letters`` or ``table``, by the header and the first rows."""
    header: list[str] = []
    separator, leading = b"", 1
    letters = numbers = rows = 0
    for number, line in lines:
        if not header:
            separator = table_separator(line, path)
            header = table_header(line, separator, path)
            if header[0].lower() in ("rs#", "rs") and [name.lower() for name in header[1:4]] == [
                name.lower() for name in HAPMAP_COLUMNS[1:4]
            ]:
                return "hapmap"
            leading = 1 + len(marker_columns(header))
            continue
        _, rest, within = leading_cells(line, separator, leading, path, number)
        for cell in rest.split(within, _CELLS_LOOKED_AT)[:_CELLS_LOOKED_AT]:
            text = cell.decode(errors="replace").strip()
            if text in MISSING:
                continue
            if _LETTERS.fullmatch(text) and not _is_number(text):
                letters += 1
            else:
                numbers += 1
        rows += 1
        if rows == _ROWS_LOOKED_AT:
            break
    return "letters" if letters > numbers else "table"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _table_ids(path: str | Path, samples_in: str) -> list[str]:
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
