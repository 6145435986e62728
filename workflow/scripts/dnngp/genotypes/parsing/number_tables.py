"""Tables of numbers to genotypes or features: dosages, presence and absence, expression, spectra."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dnngp.base.delimited import not_a_number, number
from dnngp.base.errors import UserError
from dnngp.base.files import decoded
from dnngp.base.table_lines import table_lines
from dnngp.genotypes.parsing import cells
from dnngp.genotypes.parsing.format import Reading, Sink, source_of
from dnngp.genotypes.parsing.text_tables import Sides, Table, read_rows, sides
from dnngp.genotypes.store import MISSING, Genotypes, defect_table

log = logging.getLogger(__name__)

#: Values turned into dosages at once.
BLOCK_VALUES = 4_000_000

#: What PLINK writes for a missing call; never a dosage.
PLINK_MISSING = -9

#: Whole numbers from -1 to this one are taken for codes of genotypes, not for features: 22 is the homozygote
#: where the alleles are 1 and 2.
LARGEST_CODE = 22

#: Share of cells outside the range of dosages that may count as missing where the file is not read strictly.
MOST_DEFECTS = 0.05

#: Missing in a table held as int8; whole numbers of up to two digits fit beside it.
_SMALL_MISSING = -128
_LARGEST_SMALL = 99

#: Share of the cells below which a code is rare, and heterozygotes over those expected that are too many.
RARE_CODE, EXCESS = 0.1, 1.2

_LARGEST = float(np.finfo(np.float32).max)


def read_matrix(path: str | Path, reading: Reading, sink: Sink) -> Genotypes:
    """Read a table of dosages or of any numeric features, separated by commas, tabs or semicolons.

    Parameters
    ----------
    path
        Table, plain or gzip, with a header. An empty cell, ``NA``, ``.`` and the like are missing.
    reading
        ``ploidy`` is the largest dosage; ``format`` ``dosages`` or ``features`` settles what the numbers are;
        ``samples_in`` and ``strict``.
    sink
        Where the genotypes go.

    Returns
    -------
    Genotypes
        Dosages (int8) if every value is a whole number from 0 to ``ploidy``, or real-valued dosages (float32)
        if they are in this range. Values -1, 0, 1 of a diploid, with at least one -1, are the other coding of
        the same and become 0, 1, 2. Everything else is a feature table (float32) without allele frequencies.

    Raises
    ------
    UserError
        For text, infinite numbers, values that are neither dosages of this ploidy nor clearly something else,
        and what :func:`dnngp.genotypes.parsing.text_tables.read_rows` and
        :func:`dnngp.genotypes.parsing.text_tables.sides` find.
    """
    return matrix_of_lines(table_lines(path), path, reading, sink)


def matrix_of_lines(
    lines: Iterable[tuple[int, bytes]], path: str | Path, reading: Reading, sink: Sink
) -> Genotypes:
    """As :func:`read_matrix`, from the numbered lines of a table."""
    odd: list[tuple[int, int, str]] = []
    rows = 0

    def values(
        text: bytes, separator: bytes, count: int, line: int, columns: list[str]
    ) -> tuple[np.ndarray, int]:
        nonlocal rows
        row, found, unread = cells.numbers(text, separator, count)
        for column, start, end in unread.tolist():
            cell = decoded(text[start:end], path, line)
            try:
                row[column] = _finite(cell)
            except ValueError:
                if reading.strict:
                    words = "Write genotypes as allele counts and missing values as NA."
                    raise not_a_number(cell, path, line, columns[column], words) from None
                odd.append((rows, column, f"{cell!r} is not a finite number"))
        rows += 1
        return _small(row), found

    return genotypes_of_table(read_rows(lines, path, values, stack), reading, sink, odd)


def genotypes_of_table(
    table: Table,
    reading: Reading,
    sink: Sink,
    odd: list[tuple[int, int, str]],
) -> Genotypes:
    """Tell what a table of numbers holds, and write it.

    Parameters
    ----------
    table
        Values as int8 (``_SMALL_MISSING`` missing) or float32.
    reading, sink
        As in :func:`read_matrix`.
    odd
        Row, column and fault of the cells that are missing because they are no numbers.
    """
    found = sides(table, reading)
    ids = found.variants["id"]
    defects = []
    for row, column, what in odd:
        marker, sample = (column, row) if found.in_rows else (row, column)
        defects.append((*found.place(marker, sample), ids.iloc[marker], what))
    coding = _coding(found.by_marker, reading, found, table.path)
    if coding.clear_outside:
        outside = _outside(found.by_marker, 0, reading.ploidy)
        for marker, sample in zip(*np.nonzero(outside), strict=True):
            what = f"{found.by_marker[marker, sample]:g} is no dosage of ploidy {reading.ploidy}"
            defects.append((*found.place(int(marker), int(sample)), ids.iloc[marker], what))
    if len(defects) > MOST_DEFECTS * table.values.size:
        raise UserError(
            f"{len(defects)} of {table.values.size} cells are no numbers of this table; the first: "
            f"{defects[0][3]}.",
            file=table.path,
        )
    source = source_of(table.path, "dosages" if coding.ploidy else "features")
    size = max(1, BLOCK_VALUES // len(found.samples))
    with sink.writer(found.samples, coding.ploidy, source) as writer:
        if coding.ploidy:
            found.warn(writer)
        if coding.doubt:
            writer.warn(coding.doubt)
        for start in range(0, len(found.variants), size):
            block = slice(start, start + size)
            part = found.variants.iloc[block].reset_index(drop=True)
            writer.add(part, _coded(found.by_marker[block], coding, reading.ploidy))
        return writer.close(defects=defect_table(sorted(defects)))


@dataclass(frozen=True)
class _Coding:
    """What the numbers of a table are.

    Attributes
    ----------
    ploidy
        None for features.
    whole
        Whether they are allele counts, to be kept as int8.
    shift
        What to add to make them run from 0.
    times
        What to multiply them with.
    clear_outside
        Whether values out of range count as missing.
    doubt
        What speaks against this reading; empty if nothing does.
    """

    ploidy: int | None
    whole: bool
    shift: int = 0
    times: int = 1
    clear_outside: bool = False
    doubt: str = ""


@dataclass
class _Summary:
    """Counts of the values of a table: all, whole, in range, -9; the smallest and largest."""

    present: int = 0
    whole: int = 0
    in_range: int = 0
    plink: int = 0
    low: float = math.inf
    high: float = -math.inf

    def add(self, values: np.ndarray, copies: np.ndarray | int, ploidy: int) -> None:
        """Count finite ``values``, each so often as ``copies`` says; -9 enters no other figure."""
        weights = np.broadcast_to(np.asarray(copies), values.shape)
        plink = values == PLINK_MISSING
        self.plink += int(weights[plink].sum())
        values, weights = values[~plink], weights[~plink]
        if not values.size:
            return
        whole = values == np.rint(values)
        self.present += int(weights.sum())
        self.whole += int(weights[whole].sum())
        self.in_range += int(weights[whole & (values >= 0) & (values <= ploidy)].sum())
        self.low, self.high = min(self.low, float(values.min())), max(self.high, float(values.max()))


def _summary(values: np.ndarray, ploidy: int) -> _Summary:
    """The summary of a table, row by row in the order that it has in memory."""
    rows = values if values.flags.c_contiguous else values.T
    summary = _Summary()
    if values.dtype == np.int8:
        counts = np.zeros(256, np.int64)
        for row in rows:
            counts += np.bincount(row.view(np.uint8), minlength=256)
        texts = np.arange(256).astype(np.uint8).view(np.int8)
        known = (counts > 0) & (texts != _SMALL_MISSING)
        summary.add(texts[known].astype(np.float64), counts[known], ploidy)
        return summary
    for row in rows:
        summary.add(row[~np.isnan(row)], 1, ploidy)
    return summary


def _coding(values: np.ndarray, reading: Reading, found: Sides, path: str | Path) -> _Coding:
    """Tell by the (p, n) values what they are; see :func:`read_matrix`."""
    ploidy, name = reading.ploidy, Path(path).name
    summary = _summary(values, ploidy)
    if summary.present + summary.plink == 0:
        raise UserError("the table holds no values.", file=path)
    if reading.format == "features":
        return _Coding(None, whole=False)
    low, high = summary.low, summary.high
    whole = summary.whole == summary.present
    forced = reading.format == "dosages"
    counts = low >= 0 and high <= ploidy
    centred = ploidy == 2 and low >= -1 and high <= 1
    if summary.plink:
        if counts or centred or not summary.present:
            _refuse(
                values == PLINK_MISSING, values, found, path, "PLINK's code of a missing call.", "Write NA."
            )
    elif counts:
        return _counts(values, summary, reading, name)
    elif centred and (whole or forced):
        if not forced:
            _refuse_missing_code(values, path)
        log.info("%s: genotypes -1, 0, 1 read as 0, 1, 2 copies", name)
        return _Coding(ploidy, whole, shift=1)
    elif centred:
        log.info(
            "%s: numbers from %g to %g, read as features without allele frequencies; "
            "set `format: dosages` if they are imputed genotypes -1, 0, 1",
            name,
            low,
            high,
        )
        return _Coding(None, whole=False)
    share = summary.in_range / max(1, summary.present)
    if forced or share > 0.5 or (whole and low >= -1 and high <= LARGEST_CODE):
        outside = _outside(values, 0, ploidy)
        n_outside = int(np.count_nonzero(outside))
        if reading.strict or n_outside > MOST_DEFECTS * values.size:
            _refuse(
                outside,
                values,
                found,
                path,
                f"no dosage of ploidy {ploidy}, and {n_outside - 1} more cells are not.",
                "Set `ploidy`, write NA for missing calls, or set `format: features` if the table holds "
                "something else.",
            )
        whole = bool(_is_whole(values[~outside]).all())
        return _Coding(ploidy, whole, clear_outside=True)
    kind = "whole numbers" if whole else "numbers"
    log.info("%s: %s from %g to %g, read as features without allele frequencies", name, kind, low, high)
    return _Coding(None, whole=False)


def _counts(values: np.ndarray, summary: _Summary, reading: Reading, name: str) -> _Coding:
    """How numbers from 0 to the ploidy are read, and what speaks against it."""
    ploidy, high = reading.ploidy, summary.high
    whole = summary.whole == summary.present
    if whole and high < ploidy:
        return _Coding(
            ploidy,
            whole,
            doubt=f"no dosage exceeds {high:g} though `ploidy` is {ploidy}; presence/absence markers and "
            "homozygous lines coded 0 and 1 need `ploidy: 1`.",
        )
    if whole or reading.format == "dosages":
        return _Coding(ploidy, whole)
    if high <= 1 < ploidy:
        shares = _are_shares(values, ploidy)
        doubt = "no value exceeds 1 though there are decimals and `ploidy` is {}; {}.".format(
            ploidy,
            "they are read as shares of the alleles, as TASSEL writes them, times the ploidy"
            if shares
            else "if they are shares of the alleles, multiply them by the ploidy",
        )
        return _Coding(ploidy, shares, times=ploidy if shares else 1, doubt=doubt)
    log.info(
        "%s: real numbers from %g to %g, read as estimated dosages; set `format: features` if the table "
        "holds something else",
        name,
        summary.low,
        high,
    )
    return _Coding(ploidy, whole)


def _are_shares(values: np.ndarray, ploidy: int) -> bool:
    """Whether all values are whole numbers of alleles divided by the ploidy."""
    return all(bool(_is_whole(row * np.float32(ploidy)).all()) for row in values)


def _refuse_missing_code(values: np.ndarray, path: str | Path) -> None:
    """Refuse -1, 0, 1 where -1 is too rare for a homozygote: it may be how missing calls are written.

    Read as homozygotes and heterozygotes, the calls would then have far more heterozygotes than the allele
    frequencies allow.
    """
    low = heterozygous = expected = present = 0.0
    for row in values:
        counts = [float(np.count_nonzero(row == value)) for value in (-1, 0, 1)]
        called = sum(counts)
        if called:
            frequency = (counts[1] + 2 * counts[2]) / (2 * called)
            expected += 2 * frequency * (1 - frequency) * called
            low, heterozygous, present = low + counts[0], heterozygous + counts[1], present + called
    if low < RARE_CODE * present and heterozygous > EXCESS * expected:
        raise UserError(
            f"-1 stands in {low / present:.1%} of the cells, which is rare for a homozygote: it may mean a "
            "missing call.",
            file=path,
            remedy="Write NA for missing calls (and set `ploidy: 1` for markers of 0 and 1), or set "
            "`format: dosages` if -1, 0, 1 are genotypes.",
        )


def _outside(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Which values are known and not between two limits."""
    known = values != _SMALL_MISSING if values.dtype == np.int8 else ~np.isnan(values)
    return known & ((values < low) | (values > high))


def _is_whole(values: np.ndarray) -> np.ndarray:
    return np.isnan(values) | (values == np.rint(values))


def _refuse(
    which: np.ndarray, values: np.ndarray, found: Sides, path: str | Path, what: str, remedy: str
) -> None:
    """Raise the error for the first of some cells."""
    marker, sample = np.argwhere(which)[0].tolist()
    line, column = found.place(marker, sample)
    raise UserError(
        f"{values[marker, sample]:g} is {what}", file=path, line=line, column=column, remedy=remedy
    )


def _coded(values: np.ndarray, coding: _Coding, ploidy: int) -> np.ndarray:
    """A block of markers as :class:`Genotypes` holds them."""
    values = np.ascontiguousarray(values)
    missing = values == _SMALL_MISSING if values.dtype == np.int8 else np.isnan(values)
    if coding.clear_outside:
        missing |= _outside(values, 0, ploidy)
    if coding.whole:
        with np.errstate(invalid="ignore"):  # not a number becomes missing just below
            counts = (values * coding.times).astype(np.int8) if coding.times > 1 else values.astype(np.int8)
        counts += np.int8(coding.shift)
        counts[missing] = MISSING
        return counts
    real = values.astype(np.float32)
    real += np.float32(coding.shift)
    real[missing] = np.nan
    return real


def _finite(text: str) -> float:
    """Value of a cell, NaN where missing; ValueError if single precision does not hold it."""
    value = number(text)
    if abs(value) > _LARGEST:
        raise ValueError(text)
    return value


def stack(rows: list[np.ndarray]) -> np.ndarray:
    """Rows of a table as one array: int8 if all are, else float32. ``rows`` is emptied."""
    if all(row.dtype == np.int8 for row in rows):
        small = np.stack(rows)
        rows.clear()
        return small
    values = np.empty((len(rows), len(rows[0])), np.float32)
    for index, row in enumerate(rows):
        values[index] = row
        if row.dtype == np.int8:
            values[index, row == _SMALL_MISSING] = np.nan
    rows.clear()
    return values


def _small(row: np.ndarray) -> np.ndarray:
    """A row as int8 if all its values are whole numbers of up to two digits."""
    missing = np.isnan(row)
    known = np.where(missing, 0, row)
    if np.abs(known).max(initial=0) > _LARGEST_SMALL:
        return row
    small = known.astype(np.int8)
    if not np.array_equal(small, known):
        return row
    small[missing] = _SMALL_MISSING
    return small
