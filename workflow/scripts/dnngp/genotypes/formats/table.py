"""Tables of numbers whose meaning is detected."""

from __future__ import annotations

from dnngp.genotypes.parsing.format import Format
from dnngp.genotypes.parsing.table_headers import (
    count_table_variants,
    read_numbers,
    side_of_samples,
    table_ids,
    table_markers,
)

FORMAT = Format(
    name="table",
    recognise=lambda head: True,
    sample_ids=table_ids,
    count_variants=count_table_variants,
    marker_names=table_markers,
    side_of_samples=side_of_samples,
    read=read_numbers,
    title="Table of numbers, comma, tab or semicolon",
    recognised_by="a header and rows of cells; what the numbers are is detected from all of them",
    alleles="the numbers count the allele that they count",
    holds=("table", "dosages", "features"),
    named=False,
    order=90,
)
