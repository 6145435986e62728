"""Tables of numbers that are known to be dosages."""

from __future__ import annotations

from dnngp.genotypes.parsing.table_headers import TableFormat

FORMAT = TableFormat(
    name="dosages",
    recognise=lambda head: False,
    title="Table of numbers that are dosages",
    recognised_by="never: ask for it by `format: dosages`",
    alleles="the numbers count the allele that they count",
    order=85,
)
