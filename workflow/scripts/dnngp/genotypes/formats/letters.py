"""Tables of calls in letters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.genotypes.parsing.format import Reading, Sink
from dnngp.genotypes.parsing.table_headers import TableFormat, holds_letters

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """See :func:`dnngp.genotypes.parsing.letter_tables.read_letters`."""
    from dnngp.genotypes.parsing.letter_tables import read_letters

    return read_letters(path, reading, sink)


FORMAT = TableFormat(
    name="letters",
    recognise=holds_letters,
    read=read,
    title="Table of calls in letters: `AT`, `A/T`, `AAAT`, `R`",
    recognised_by="most of its cells",
    alleles="the columns `ref` and `alt`, or `alleles`; without them ALT is the less common",
    order=80,
)
