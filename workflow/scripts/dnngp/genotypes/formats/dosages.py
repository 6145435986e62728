"""Tables of numbers that are known to be dosages."""

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
    name="dosages",
    recognise=lambda head: False,
    sample_ids=table_ids,
    count_variants=count_table_variants,
    marker_names=table_markers,
    side_of_samples=side_of_samples,
    read=read_numbers,
    title="Table of numbers that are dosages",
    recognised_by="never: ask for it by `format: dosages`",
    alleles="the numbers count the allele that they count",
    order=85,
)
