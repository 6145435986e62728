"""Tables of numbers whose meaning is detected."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from dnngp.base.delimited import table_rows
from dnngp.genotypes.parsing.table_headers import TableFormat

#: Rows, and cells of each, that are looked at for the ploidy.
LOOKED_AT = 200


def ploidy(path: Path) -> int:
    """The largest of the first whole numbers, where that is a ploidy; two where it is none."""
    cells = (
        cell.strip()
        for _, row in islice(table_rows(path), 1, LOOKED_AT + 1)
        for cell in row[1 : LOOKED_AT + 1]
    )
    most = max((int(float(cell)) for cell in cells if cell.removesuffix(".0").isdigit()), default=2)
    return most if most in (1, 2, 4, 6, 8) else 2


FORMAT = TableFormat(
    name="table",
    recognise=lambda head: True,
    ploidy=ploidy,
    title="Table of numbers, comma, tab or semicolon",
    recognised_by="a header and rows of cells; what the numbers are is detected from all of them",
    alleles="the numbers count the allele that they count",
    holds=("table", "dosages", "features"),
    named=False,
    order=90,
)
