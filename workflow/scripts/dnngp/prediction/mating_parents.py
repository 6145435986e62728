"""Parents of crosses at the markers of the genetic map."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError, nearest
from dnngp.genotypes.counts import count_genotypes, hard_calls
from dnngp.genotypes.genetic_map import genetic_positions
from dnngp.genotypes.grm import vanraden_scale
from dnngp.genotypes.harmonise import Match
from dnngp.genotypes.meiosis import recombination
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle import Bundle

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parents:
    """Parents at the markers of a predictor, in the order of the genetic map.

    Attributes
    ----------
    names
        k ids, the best first.
    rows
        (k, p) int8 dosages, none missing.
    kinship
        (k, k) genomic relationships.
    chrom, morgans
        (p,) of each marker.
    """

    names: Sequence[str]
    rows: np.ndarray
    kinship: np.ndarray
    chrom: np.ndarray
    morgans: np.ndarray

    @cached_property
    def crosses(self) -> np.ndarray:
        """(c, 2) rows of the parents of every cross."""
        return np.array(list(combinations(range(len(self.names)), 2)))

    @cached_property
    def rate(self) -> np.ndarray:
        """(p,) recombination with the marker before."""
        return recombination(self.chrom, np.diff(self.morgans))


def chosen_parents(index: pd.Series[float], wanted: int | Sequence[str], known: Iterable[str]) -> list[str]:
    """Parents by name, those with the best index first.

    Parameters
    ----------
    index
        Of each candidate, the larger the better.
    wanted
        So many of the best, or names.
    known
        Ids of those with genotypes.

    Raises
    ------
    UserError
        Names without genotypes, fewer candidates than wanted.
    """
    ranked = index.sort_index().sort_values(ascending=False, kind="stable").index.tolist()
    if isinstance(wanted, int):
        if wanted > len(ranked):
            raise UserError(
                f"{wanted} parents are wanted out of {len(ranked)} candidates.",
                remedy="Lower `mating.parents`.",
            )
        return ranked[:wanted]
    genotyped = set(known)
    for parent in wanted:
        if parent not in genotyped:
            raise UserError(
                f"mating.parents: {parent!r} has no genotypes here. {nearest(parent, sorted(genotyped))}"
            )
    place = {name: number for number, name in enumerate(ranked)}
    return sorted(wanted, key=lambda name: place.get(name, len(place)))


def at_map(
    genotypes: Genotypes,
    bundles: Mapping[str, Bundle],
    matches: Mapping[str, Match],
    path: str | None,
    cm_per_mb: float | None,
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, dict[str, Match]]:
    """Markers that any bundle reads, in the order of the genetic map.

    Returns
    -------
    variants
        Of the candidates, on the chromosomes of the genetic map, with the positions that the training samples
        have.
    rows
        Their rows in the candidates.
    morgans
        Their places.
    matches
        Those given, with the rows of ``variants``.
    """
    places: dict[int, tuple[str, int, str]] = {}
    for trait, bundle in bundles.items():
        found = matches[trait].row
        known = bundle.markers[["chrom", "pos", "id"]].itertuples(index=False)
        places |= {row: tuple(place) for row, place in zip(found.tolist(), known, strict=True) if row >= 0}
    rows = np.array(list(places))
    own = pd.DataFrame(list(places.values()), columns=["chrom", "pos", "id"])
    chroms, morgans = genetic_positions(own, path, cm_per_mb)
    order = np.lexsort((rows, morgans, chroms))
    rows, morgans, chroms = rows[order], morgans[order], chroms[order]
    variants = genotypes.variants.iloc[rows].reset_index(drop=True)
    new = np.full(genotypes.n_variants, -1)
    new[rows] = np.arange(len(rows))
    moved = {
        trait: replace(match, row=np.where(match.row >= 0, new[match.row], -1))
        for trait, match in matches.items()
    }
    return variants.assign(chrom=chroms, pos=own["pos"].to_numpy()[order]), rows, morgans, moved


def parents_at(
    genotypes: Genotypes, names: Sequence[str], variants: pd.DataFrame, rows: np.ndarray, morgans: np.ndarray
) -> Parents:
    """Parents at markers; a missing call is the commoner homozygote.

    Kinship is VanRaden's first matrix at these markers, 0 on average over all genotyped lines.
    """
    dosages = np.asarray(genotypes.dosages[rows])
    frequency = np.nan_to_num(count_genotypes(dosages, 2).frequencies(2))
    called = hard_calls(dosages[:, genotypes.positions(list(names))], 2)
    missing = called < 0
    filled = np.where(missing, 2 * (frequency[:, None] > 0.5), called).astype(np.int8)
    centred = np.where(missing, 0, filled - 2 * frequency[:, None])
    if missing.any():
        log.info("%.2f %% of the parents' calls are missing: the commoner homozygote", 100 * missing.mean())
    mixed = (filled == 1).mean(axis=0)
    if mixed.max() > 0:
        log.info(
            "parents are heterozygous at %.1f %% of their markers (%s at %.1f %%): phases are drawn",
            *(100 * mixed.mean(), names[int(mixed.argmax())], 100 * mixed.max()),
        )
    scale = vanraden_scale(frequency, 2)
    chrom = variants["chrom"].to_numpy(str)
    return Parents(names, filled.T.copy(), centred.T @ centred / scale, chrom, morgans)
