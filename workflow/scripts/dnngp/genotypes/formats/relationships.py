"""Square tables of relationships: of a pedigree, or made by another program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.errors import UserError
from dnngp.genotypes.parsing.format import Reading, Sink, source_of
from dnngp.genotypes.parsing.table_headers import TableFormat, table_ids

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes

#: Relationships of a pair that differ by more, in either triangle, are a mistake; files are rounded.
ROUNDED = 1e-3


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """A table that has the same samples, in any order, in its rows and columns.

    Raises
    ------
    UserError
        A sample on one side alone, a missing value, a table that is not symmetric; what the reader of
        features finds.
    """
    import numpy as np

    from dnngp.genotypes.parsing.number_tables import read_matrix
    from dnngp.genotypes.relationship_tables import relationship_table

    table = read_matrix(path, replace(reading, format="features", samples_in="rows"), Sink())
    ids, columns = table.samples.tolist(), table.variants["id"].tolist()
    if alone := sorted(set(ids) ^ set(columns)):
        raise UserError(
            f"{alone[0]!r} is in a row or a column, but not in both.",
            file=path,
            remedy="Relationships are a square table with the same samples in rows and columns.",
        )
    place = {name: number for number, name in enumerate(columns)}
    values = np.asarray(table.dosages, np.float64)[[place[id] for id in ids]].T
    if np.isnan(values).any():
        row, column = (ids[number] for number in np.argwhere(np.isnan(values))[0])
        raise UserError(f"the relationship of {row!r} and {column!r} is missing.", file=path)
    different = np.abs(values - values.T)
    if different.max() > ROUNDED:
        row, column = (ids[number] for number in np.unravel_index(different.argmax(), different.shape))
        raise UserError(
            f"{row!r} and {column!r} are related by {values[ids.index(row), ids.index(column)]:g} in one "
            f"triangle and by {values[ids.index(column), ids.index(row)]:g} in the other.",
            file=path,
            remedy="Write the whole symmetric table.",
        )
    return relationship_table(ids, (values + values.T) / 2, source_of(path, "relationships"), sink)


FORMAT = TableFormat(
    name="relationships",
    recognise=lambda head: False,
    sample_ids=lambda path, samples_in: table_ids(path, "rows"),
    marker_names=None,
    side_of_samples=None,
    read=read,
    title="Square table of relationships of samples",
    recognised_by="never: ask for it by `format: relationships`",
    alleles="none: a kernel reads the relationships",
    order=86,
)
