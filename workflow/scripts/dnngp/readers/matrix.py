"""Tables of numbers to genotypes: one line (sample) a row, one marker or feature a column."""

from __future__ import annotations

import contextlib
import logging
import math
from pathlib import Path

import numpy as np

from dnngp.errors import UserError
from dnngp.genotypes import MISSING, Genotypes, GenotypesWriter, variant_table
from dnngp.headers import MISSING as MISSING_CELLS
from dnngp.headers import (
    check_ids,
    check_width,
    decoded,
    not_a_number,
    number,
    numbered_lines,
    split_cells,
    table_header,
    table_separator,
)
from dnngp.readers.options import Reading
from dnngp.seeds import file_sha256

log = logging.getLogger(__name__)

#: Different texts of numbers that are looked up instead of parsed again: enough for any table of dosages.
KNOWN_TEXTS = 1000

_MISSING_BYTES = frozenset(text.encode() for text in MISSING_CELLS)

_LARGEST = float(np.finfo(np.float32).max)

#: What PLINK writes for a missing call; never a dosage.
PLINK_MISSING = -9


def read_matrix(path: str | Path, reading: Reading, folder: str | Path | None = None) -> Genotypes:
    """Read a table of dosages or of any numeric features, separated by commas, tabs or semicolons.

    Parameters
    ----------
    path
        Table, plain or gzip: a header, then one row a line; the first column holds the ids. An empty cell,
        ``NA``, ``.`` and the like are missing.
    reading
        ``ploidy`` is the largest dosage.
    folder
        See :class:`dnngp.genotypes.GenotypesWriter`.

    Returns
    -------
    Genotypes
        Dosages (int8) if every value is a whole number from 0 to ``ploidy``. Values -1, 0, 1 of a diploid,
        with at least one -1, are the other coding of the same and become 0, 1, 2. Everything else is a
        feature table (float32) without allele frequencies.

    Raises
    ------
    UserError
        For text, infinite numbers, rows of another length than the header, ids that are missing or there
        twice, and -9 among dosages, which would be PLINK's code of a missing call.
    """
    names: list[str] = []
    ids: list[str] = []
    lines: list[int] = []
    rows: list[np.ndarray] = []
    known = _Known()
    separator = b""
    for line_number, line in numbered_lines(path):
        if not line.strip():
            continue
        if not separator:
            separator = table_separator(line, path)
            names = table_header(line, separator, path)[1:]
            continue
        id, cells = _cells(line, separator, path, line_number)
        check_width(1 + len(cells), 1 + len(names), path, line_number)
        ids.append(decoded(id, path, line_number).strip())
        lines.append(line_number)
        rows.append(_values(cells, known, path, line_number, names))
    check_ids(ids, path, lines=lines)
    values = np.stack(rows)
    rows.clear()
    is_dosage, shift = _coding(values, reading.ploidy, path)
    if is_dosage:
        missing = np.isnan(values)
        values[missing] = MISSING - shift
        values = (values + shift).astype(np.int8)
    source = {"path": Path(path).name, "sha256": file_sha256(path), "format": "table"}
    writer = GenotypesWriter(ids, reading.ploidy if is_dosage else None, source, folder)
    writer.add(variant_table("", 0, names, "", ""), values.T)
    return writer.close()


class _Known(dict[bytes, float]):
    """Value of a cell by its text. A table of dosages has few texts: each is parsed once."""

    def __missing__(self, text: bytes) -> float:
        value = number(text.decode())
        if len(self) < KNOWN_TEXTS:
            self[text] = value
        return value


def _cells(line: bytes, separator: bytes, path: str | Path, line_number: int) -> tuple[bytes, list[bytes]]:
    """Id and values of a row, as text."""
    if b'"' in line:
        text = decoded(line, path, line_number)
        id, *cells = (cell.encode() for cell in split_cells(text, separator.decode(), path, line_number))
    else:
        id, *cells = line.split(separator)
    return id, cells


def _values(
    cells: list[bytes], known: _Known, path: str | Path, line_number: int, names: list[str]
) -> np.ndarray:
    """(p,) float32 values of one row."""
    with contextlib.suppress(ValueError), np.errstate(over="ignore"):
        if len(known) < KNOWN_TEXTS:
            values = np.fromiter(map(known.__getitem__, cells), np.float32, len(cells))
        else:
            # Real numbers seldom repeat: parse each.
            if b"_" in b"".join(cells):  # Python reads 1_0 as 10
                raise ValueError
            texts = (b"nan" if cell in _MISSING_BYTES else cell for cell in cells)
            values = np.fromiter(map(float, texts), np.float32, len(cells))
        if not np.isinf(values).any():
            return values
    # Something is wrong: find the cell.
    for name, cell in zip(names, cells, strict=True):
        text = decoded(cell, path, line_number)
        try:
            finite = abs(number(text)) <= _LARGEST or text.strip() in MISSING_CELLS
        except ValueError:
            finite = False
        if not finite:
            raise not_a_number(text, path, line_number, name)
    raise AssertionError("unreachable: every cell of a refused row is a number")


def _coding(values: np.ndarray, ploidy: int, path: str | Path) -> tuple[bool, int]:
    """Whether the (n, p) values are dosages, and what to add to make them run from 0."""
    whole, low, high, with_plink_missing = True, math.inf, -math.inf, False
    for row in values:
        present = row[~np.isnan(row)]
        if not present.size:
            continue
        whole = whole and bool((present == np.rint(present)).all())
        plink = present == PLINK_MISSING
        if plink.any():
            with_plink_missing = True
            present = present[~plink]
            if not present.size:
                continue
        low, high = min(low, float(present.min())), max(high, float(present.max()))
    if math.isinf(low):
        raise UserError("the table holds no values.", file=path)
    name = Path(path).name
    counts = low >= 0 and high <= ploidy
    centred = ploidy == 2 and low >= -1 and high <= 1
    in_range = whole and (counts or centred)
    if in_range and with_plink_missing:
        raise UserError(
            f"there are cells of -9 among values from {low:g} to {high:g}.",
            file=path,
            remedy="Write NA for missing calls.",
        )
    if not in_range:
        kind = "whole numbers" if whole else "numbers"
        log.info("%s: %s from %g to %g, read as features without allele frequencies", name, kind, low, high)
        return False, 0
    if low < 0:
        log.info("%s: genotypes -1, 0, 1 read as 0, 1, 2 copies", name)
        return True, 1
    if high < ploidy:
        log.warning(
            "%s: no dosage exceeds %g though `ploidy` is %d; presence/absence markers and homozygous lines "
            "coded 0 and 1 need `ploidy: 1`",
            name,
            high,
            ploidy,
        )
    return True, 0
