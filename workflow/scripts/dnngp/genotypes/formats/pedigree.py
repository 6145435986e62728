"""Pedigrees: a table of individuals and their parents, read as relationships."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.errors import UserError
from dnngp.genotypes.parsing.format import Format, Reading, Sink, source_of
from dnngp.genotypes.parsing.pedigree_table import read_pedigree_table
from dnngp.genotypes.parsing.table_headers import count_rows

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes

#: Most individuals: their relationships are a square table of 4 bytes a pair.
MOST = 20_000


def sample_ids(path: Path, samples_in: str) -> list[str]:
    """The individuals that have a row; what is wrong with the table is said here, before a run."""
    return list(read_pedigree_table(path).parents)


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """Additive relationships of all individuals that have a row (:mod:`dnngp.genotypes.parentage`).

    Raises
    ------
    UserError
        More than :data:`MOST` of them; what :func:`dnngp.genotypes.parentage.read_pedigree` finds.
    """
    from dnngp.genotypes.parentage import read_pedigree
    from dnngp.genotypes.relationship_tables import relationship_table

    pedigree = read_pedigree(path, reading.ploidy)
    ids = list(pedigree.listed)
    if len(ids) > MOST:
        raise UserError(
            f"{len(ids)} individuals are more than {MOST}.",
            file=path,
            remedy="Leave out those that are neither samples nor their ancestors.",
        )
    return relationship_table(ids, pedigree.relationships(ids), source_of(path, "pedigree"), sink)


FORMAT = Format(
    name="pedigree",
    recognise=lambda head: False,
    sample_ids=sample_ids,
    count_variants=lambda path, n_samples: count_rows(path)[0] - 1,
    read=read,
    title="Pedigree: an individual, its two parents, perhaps `selfing`",
    recognised_by="never: ask for it by `format: pedigree`",
    alleles="none: a kernel reads the relationships that follow",
    order=86,
)
