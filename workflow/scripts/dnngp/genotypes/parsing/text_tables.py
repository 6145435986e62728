"""What tables of letters and of numbers share: rows of cells, and which side of them is the samples."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from dnngp.base.delimited import MISSING, check_width, leading_cells, table_header, table_separator
from dnngp.base.errors import UserError
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.parsing.layouts import leading_columns, odd_names
from dnngp.genotypes.parsing.sites import declared_alleles, positions
from dnngp.genotypes.parsing.table_headers import table_sides
from dnngp.genotypes.store import GenotypesWriter, variant_table

log = logging.getLogger(__name__)

#: Gives the values of a row, and how many cells it has, from its text, separator, expected number of cells,
#: number of the line and column names.
RowParser = Callable[[bytes, bytes, int, int, list[str]], tuple[np.ndarray, int]]


@dataclass(frozen=True)
class Table:
    """A table as it stands in its file.

    Attributes
    ----------
    path
        The file, for messages.
    header
        All column names.
    leading
        Columns before the values.
    lines
        (r,) line of each row.
    leads
        (r, leading) text.
    values
        (r, c) values or codes.
    """

    path: str | Path
    header: list[str]
    leading: int
    lines: list[int]
    leads: list[list[str]]
    values: np.ndarray

    @property
    def columns(self) -> list[str]:
        """Names of the columns that hold values."""
        return self.header[self.leading :]


@dataclass(frozen=True)
class Sides:
    """Samples and markers of a table.

    Attributes
    ----------
    samples
        (n,) ids.
    variants
        p rows, see :func:`dnngp.genotypes.store.variant_table`.
    declared
        Alleles of each marker as the table says, REF first; empty where it does not.
    by_marker
        (p, n) view of the table's values.
    in_rows
        Whether the samples are the rows.
    place
        Line and column of a marker and sample.
    odd
        Names of a few markers that are built unlike all others.
    """

    samples: list[str]
    variants: pd.DataFrame
    declared: list[tuple[str, ...]]
    by_marker: np.ndarray
    in_rows: bool
    place: Callable[[int, int], tuple[int, str]]
    odd: list[str]

    def warn(self, writer: GenotypesWriter) -> None:
        """Say what may be no marker."""
        if self.odd:
            names = ", ".join(map(repr, self.odd))
            others = next(name for name in self.variants["id"] if name not in self.odd)
            writer.warn(
                f"{names} is not named like the other markers ({others} ...) and is read as one. "
                "Take the column out of the file if it is no marker."
            )


def read_rows(
    lines: Iterable[tuple[int, bytes]],
    path: str | Path,
    parse: RowParser,
    stack: Callable[[list[np.ndarray]], np.ndarray] = np.stack,
) -> Table:
    """Read a delimited table; ``stack`` makes one array of the values of all rows.

    Raises
    ------
    UserError
        For a table without rows, rows of another length than the header, a column without name, and what
        ``parse`` finds.
    """
    separator = b""
    header: list[str] = []
    leading = 1
    numbers, leads, values = [], [], []
    for line_number, line in lines:
        if not line.strip():
            continue
        if not separator:
            separator = table_separator(line, path)
            header = table_header(line, separator, path)
            leading = leading_columns(header).count
            continue
        cells, rest, within = leading_cells(line, separator, leading, path, line_number)
        row, found = parse(rest, within, len(header) - leading, line_number, header[leading:])
        check_width(leading + found, len(header), path, line_number)
        numbers.append(line_number)
        leads.append(cells)
        values.append(row)
    if not values:
        raise UserError("the file has no lines (samples).", file=path)
    return Table(path, header, leading, numbers, leads, stack(values))


def sides(table: Table, reading: Reading) -> Sides:
    """Tell samples from markers, and check both.

    Raises
    ------
    UserError
        For sample ids that are missing, there twice or on both sides of the table, and positions or alleles
        that are none.
    """
    path, lines = table.path, table.lines
    leading = leading_columns(table.header)
    names = [] if leading.id is None else [lead[leading.id] for lead in table.leads]
    layout = table_sides(table.header, names, lines, reading.samples_in, path)
    log.info("%s: samples are the %s (%s)", Path(path).name, layout.samples_in, layout.why)
    columns = table.columns
    if layout.samples_in == "rows":
        blank: list[tuple[str, ...]] = [()] * len(columns)
        return Sides(
            samples=names,
            variants=variant_table("", 0, columns, "", ""),
            declared=blank,
            by_marker=table.values.T,
            in_rows=True,
            place=lambda marker, sample: (lines[sample], columns[marker]),
            odd=odd_names(columns),
        )
    at = leading.holds
    cells = {name: [lead[column] for lead in table.leads] for name, column in at.items()}
    count = len(table.leads)
    places = [0] * count
    if "pos" in at:
        places = positions(cells["pos"], path, lines, table.header[at["pos"]])
    declared: list[tuple[str, ...]] = [()] * count
    if {"ref", "alt"} <= set(cells):
        pairs = zip(cells["ref"], cells["alt"], strict=True)
        texts = [f"{ref}/{alt}" for ref, alt in pairs]
        declared = [
            declared_alleles(text.replace(",", "/"), path, line, "alt")
            for text, line in zip(texts, lines, strict=True)
        ]
    elif "alleles" in cells:
        declared = [
            declared_alleles(text, path, line, table.header[at["alleles"]])
            for text, line in zip(cells["alleles"], lines, strict=True)
        ]
    return Sides(
        samples=columns,
        variants=variant_table(
            _known(cells.get("chrom", [""] * count)),
            places,
            _known(names) if names else "",
            [alleles[0] if len(alleles) > 1 else "" for alleles in declared],
            [",".join(alleles[1:]) for alleles in declared],
        ),
        declared=declared,
        by_marker=table.values,
        in_rows=False,
        place=lambda marker, sample: (lines[marker], columns[sample]),
        odd=odd_names(names),
    )


def _known(texts: list[str]) -> list[str]:
    return ["" if text in MISSING else text for text in texts]
