"""Marker maps: chromosome, position and alleles of the markers of a table, from a file of their own."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.delimited import MISSING, check_ids, table_rows
from dnngp.base.errors import UserError, some
from dnngp.base.lazy import np
from dnngp.genotypes.id_folding import folding
from dnngp.genotypes.parsing.layouts import map_columns
from dnngp.genotypes.parsing.sites import declared_alleles, positions

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes

#: Names compared to find out how they differ.
_COMPARED = 20_000

log = logging.getLogger(__name__)


#: Chromosome, position (0 unknown), REF and ALT ("" unknown).
Place = tuple[str, int, str, str]


def read_map(path: str | Path) -> dict[str, Place]:
    """The places of markers by their names, from a table whose columns are recognised by theirs.

    Raises
    ------
    UserError
        For a map without a column of names or of chromosomes, a marker that is missing or there twice,
        positions and alleles that are none, and what :func:`dnngp.base.delimited.table_rows` finds.
    """
    rows = table_rows(path)
    line, header = next(rows)
    at = map_columns(header)
    if at is None:
        raise UserError(
            f"the columns ({some(header)}) do not name markers and their chromosomes.",
            file=path,
            line=line,
            remedy="Call them marker, chrom, pos, and ref and alt if they are known.",
        )
    numbered = [(line, [cell.strip() for cell in row]) for line, row in rows]
    lines = [line for line, _ in numbered]

    def column(kind: str) -> list[str]:
        return [row[at[kind]] if kind in at else "" for _, row in numbered]

    names = column("id")
    check_ids(names, path, lines=lines)
    pos = positions(column("pos"), path, lines, header[at["pos"]]) if "pos" in at else [0] * len(names)
    texts = (
        column("alleles")
        if "alleles" in at
        else list(map("/".join, zip(column("ref"), column("alt"), strict=True)))
    )
    pairs = [
        declared_alleles(text.strip("/"), path, line, "alleles")
        for text, line in zip(texts, lines, strict=True)
    ]
    chroms = ["" if text in MISSING else text for text in column("chrom")]
    sites = (
        (chrom, place, *(alleles if len(alleles) == 2 else ("", "")))
        for chrom, place, alleles in zip(chroms, pos, pairs, strict=True)
    )
    return dict(zip(names, sites, strict=True))


def with_map(genotypes: Genotypes, path: str | Path) -> Genotypes:
    """Genotypes whose markers have the places of a map, and its alleles where the file names none.

    Markers that the map lacks keep their names alone; their number is in ``warnings``.

    Raises
    ------
    UserError
        For genotypes that have positions of their own, a map of none of their markers, and what
        :func:`read_map` finds.
    """
    variants = genotypes.variants
    if (variants["pos"] > 0).any():
        raise UserError(
            f"{genotypes.source['path']} has positions of its own.", file=path, remedy="Leave `map` out."
        )
    names = variants["id"].tolist()
    places = read_map(path)
    if problem := map_problem(names, places, path):
        raise UserError(problem)
    absent = [name for name in names if name not in places]
    nothing = ("", 0, "", "")
    chrom, pos, ref, alt = (
        np.array(values) for values in zip(*(places.get(name, nothing) for name in names), strict=True)
    )
    bare = ((variants["ref"] == "") & (variants["alt"] == "")).to_numpy()
    placed = variants.assign(
        chrom=chrom,
        pos=pos,
        ref=np.where(bare, ref, variants["ref"]),
        alt=np.where(bare, alt, variants["alt"]),
    )
    warnings = list(genotypes.warnings)
    if absent:
        text = (
            f"{Path(path).name}: {len(absent)} of {len(names)} markers are not in the map ({some(absent)})."
        )
        log.warning("%s", text)
        warnings.append(text)
    return replace(genotypes, variants=placed.astype(variants.dtypes), warnings=warnings)


def map_problem(names: Sequence[str], places: Mapping[str, Place], path: str | Path) -> str | None:
    """That a map holds none of the markers, as a sentence, with what would bring them together."""
    if not set(names).isdisjoint(places):
        return None
    others = list(places)
    match = folding(names[:_COMPARED], others[:_COMPARED])
    hint = "" if match is None else f" They would match {match.folding.words}."
    return f"{path}: it holds none of the {len(names)} markers ({some(names)}), but {some(others)}.{hint}"
