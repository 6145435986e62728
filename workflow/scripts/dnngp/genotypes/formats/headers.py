"""What can be told of an input file without reading its numbers: its kind, its ids, its columns.

The Snakefile imports this module to compare ids before any job starts, so it needs the standard library
only, and of a VCF or BCF it reads no more than the header. The readers build on the same functions.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dnngp.base.delimited import (
    MISSING,
    check_ids,
    check_width,
    is_number,
    leading_cells,
    split_cells,
    table_header,
    table_rows,
    table_separator,
)
from dnngp.base.errors import UserError
from dnngp.base.files import BOM, damage_told, decoded, filled_lines, numbered_lines, open_bytes, read_exactly
from dnngp.genotypes.formats.layouts import Layout, marker_columns, table_layout

#: Fixed columns of a VCF; the sample ids follow.
VCF_COLUMNS = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]

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
    with open_bytes(path) as handle, damage_told(path):
        start = handle.read(64)
    if start.startswith(b"BCF"):
        return "bcf"
    if start.startswith(_PLINK):
        return "plink1" if start[2:3] in (b"\0", b"\1", b"") else "plink2"
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"\x89HDF"):
        raise UserError("the file is HDF5.", file=path, remedy="Export it as VCF, PLINK or a table.")
    if start.removeprefix(BOM).lstrip().startswith(b"{"):
        return "brapi"
    if start.startswith((b"##", b"#CHROM\tPOS")):
        return "vcf"
    if start.startswith(BOM + b"##fileformat"):
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
        As in :class:`dnngp.genotypes.formats.options.Reading`.

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
    with open_bytes(path) as handle, damage_told(path):
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
    check_ids(samples, path, header_line=number, fixed=len(VCF_COLUMNS))
    return samples


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
            if _LETTERS.fullmatch(text) and not is_number(text):
                letters += 1
            else:
                numbers += 1
        rows += 1
        if rows == _ROWS_LOOKED_AT:
            break
    return "letters" if letters > numbers else "table"


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
