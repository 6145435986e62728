"""Tables of numbers whose meaning is detected."""

from __future__ import annotations

from dnngp.genotypes.parsing.table_headers import TableFormat

FORMAT = TableFormat(
    name="table",
    recognise=lambda head: True,
    title="Table of numbers, comma, tab or semicolon",
    recognised_by="a header and rows of cells; what the numbers are is detected from all of them",
    alleles="the numbers count the allele that they count",
    holds=("table", "dosages", "features"),
    named=False,
    order=90,
)
