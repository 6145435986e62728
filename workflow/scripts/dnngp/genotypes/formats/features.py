"""Tables of numbers that are no genotypes."""

from __future__ import annotations

from dnngp.genotypes.parsing.table_headers import TableFormat

FORMAT = TableFormat(
    name="features",
    recognise=lambda head: False,
    title="Table of numbers of any kind: expression, spectra",
    recognised_by="never: ask for it by `format: features`",
    alleles="none",
    order=85,
)
