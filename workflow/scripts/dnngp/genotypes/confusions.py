"""Tables that are not what they were named as: phenotypes among the markers, two files swapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dnngp.base.errors import some
from dnngp.genotypes.parsing.layouts import like_markers

#: Fewer markers than this are none, where the other table has many columns.
FEW_MARKERS = 10


def confusions(
    genotypes: str | Path, markers: Sequence[str], phenotypes: str | Path, columns: Sequence[str]
) -> Iterator[str]:
    """What is wrong about the columns of a table of markers, or of another omics layer, as sentences.

    Parameters
    ----------
    genotypes, markers
        The table, and the names of its markers or features.
    phenotypes, columns
        The phenotype table, and the names of its columns but for the ids.
    """
    if len(markers) < FEW_MARKERS < len(columns) and like_markers(columns) > 0.5:
        yield (
            f"{genotypes} has {len(markers)} columns of values ({some(markers)}) and {phenotypes} has "
            f"{len(columns)}, named like markers ({some(columns)}): the two files seem to be swapped."
        )
        return
    both = sorted(set(markers) & set(columns), key=list(columns).index)
    if both:
        yield (
            f"{genotypes} has {some(both)} among its markers, and so has {phenotypes} among its columns: a "
            "method would see what it is to predict. Take traits, groups and the like out of the table of "
            "markers."
        )
