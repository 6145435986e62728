"""Tables of numbers that are no genotypes."""

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
    name="features",
    recognise=lambda head: False,
    sample_ids=table_ids,
    count_variants=count_table_variants,
    marker_names=table_markers,
    side_of_samples=side_of_samples,
    read=read_numbers,
    title="Table of numbers of any kind: expression, spectra",
    recognised_by="never: ask for it by `format: features`",
    alleles="none",
    order=85,
)
