"""Parquet tables of numbers or of calls in letters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.genotypes.parsing.format import Format, Reading, Sink

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes


def count_variants(path: Path, n_samples: int) -> int:
    """The side of the table that is not that of the samples."""
    from pyarrow.parquet import ParquetFile

    shape = ParquetFile(path).metadata
    sides = [shape.num_rows, shape.num_columns - 1]
    return max(sides) if n_samples not in sides else sides[1 - sides.index(n_samples)]


def marker_names(path: Path, samples_in: str) -> list[str]:
    """Names of its columns; empty where nothing is installed that reads them."""
    try:
        from pyarrow.parquet import read_schema
    except ImportError:
        return []
    return list(read_schema(path).names)


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """See :func:`dnngp.genotypes.parsing.parquet_tables.read_parquet`."""
    from dnngp.genotypes.parsing.parquet_tables import read_parquet

    return read_parquet(path, reading, sink)


FORMAT = Format(
    name="parquet",
    recognise=lambda head: head.start.startswith(b"PAR1"),
    sample_ids=lambda path, samples_in: None,
    count_variants=count_variants,
    marker_names=marker_names,
    read=read,
    title="Parquet table of numbers or letters",
    recognised_by="`PAR1` at its start",
    alleles="as in a table of numbers or of letters",
    holds=("letters", "dosages", "features"),
    named=False,
    order=10,
)
