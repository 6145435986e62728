"""Lines of several populations, and of several files, as one: at the markers that all of them have.

A line keeps its values of every population that it is in, so its name there is that of the population and its
own: the same line in two environments is two lines with the same genotype.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.genotypes.counts import count_genotypes
from dnngp.genotypes.grm import side_by_side
from dnngp.genotypes.harmonise import Match, assumed_disagreement, at_markers, match_markers
from dnngp.genotypes.store import VARIANT_COLUMNS, Genotypes

log = logging.getLogger(__name__)

#: Share of the markers of unknown alleles, and their number, from which a file counts the other allele. Of
#: two populations that have nothing in common half of the rarer alleles are the commoner ones.
OTHER_ALLELE, ENOUGH = 0.7, 50


@dataclass(frozen=True)
class Population:
    """Some lines of a dataset.

    Attributes
    ----------
    name
        In front of the names of its lines.
    dataset
        That its genotypes are of.
    samples
        (n,) ids of its lines there.
    """

    name: str
    dataset: str
    samples: np.ndarray

    @property
    def lines(self) -> list[str]:
        """Names of its lines among those of all populations."""
        return [f"{self.name}/{sample}" for sample in self.samples]


def joined(
    populations: list[Population], stores: Mapping[str, Genotypes], reference: str, min_markers: float
) -> tuple[Genotypes, pd.DataFrame]:
    """Genotypes of all lines at the markers that every dataset has, alleles counted as in the reference.

    Parameters
    ----------
    populations
        With distinct names.
    stores
        Genotypes of every dataset.
    reference
        Name of the dataset whose markers are looked for in the others.
    min_markers
        Smallest share of them that every other must have.

    Returns
    -------
    genotypes
        Lines of the populations one behind another.
    counts
        A row per dataset: ``dataset``, counts by outcome (:meth:`dnngp.genotypes.harmonise.Match.counts`),
        ``coverage``, and ``disagreement``: how much more often than by chance the rarer allele is the
        commoner one, of markers whose alleles are assumed to be the same.

    Raises
    ------
    UserError
        Datasets without a common marker, or with fewer than asked for; of different ploidy; one that counts
        other alleles.
    """
    wanted = stores[reference].variants[VARIANT_COLUMNS]
    matches = {name: _match(stores[reference], store, name, reference) for name, store in stores.items()}
    rows: list[dict[str, Any]] = [
        {"dataset": name, **match.counts(), "coverage": match.coverage, "disagreement": difference}
        for name, (match, difference) in matches.items()
    ]
    for row in rows:
        if row["coverage"] < min_markers or not row["coverage"]:
            raise UserError(_too_few(row, reference, min_markers))
    kept = np.all([match.row >= 0 for match, _ in matches.values()], axis=0)
    if not kept.any():
        raise UserError(f"no marker of {reference} is in all of {', '.join(stores)}.")
    log.info("%d of %d markers of %s are in all of %s", kept.sum(), len(kept), reference, ", ".join(stores))
    parts = [_part(one, stores[one.dataset], wanted, matches[one.dataset][0], kept) for one in populations]
    return _beside(parts, stores[reference]), pd.DataFrame(rows)


def _match(reference: Genotypes, store: Genotypes, name: str, of: str) -> tuple[Match, float]:
    """Where the markers of the reference are in a dataset, and its disagreement beyond chance."""
    if store.ploidy != reference.ploidy:
        told = ["features" if one is None else f"ploidy {one}" for one in (store.ploidy, reference.ploidy)]
        raise UserError(
            f"{name} has {told[0]}, and {of} {told[1]}: they cannot be joined.",
            remedy="Set `ploidy` and `format` of both datasets alike.",
        )
    features = reference.ploidy is None
    match = match_markers(reference.variants, store.variants, features=features)
    if store is reference or reference.ploidy is None:
        return match, np.nan
    known = count_genotypes(reference.dosages, reference.ploidy).frequencies(reference.ploidy)
    observed, expected, count = assumed_disagreement(known, store, match)
    if count >= ENOUGH and observed > OTHER_ALLELE:
        raise UserError(
            f"{name}: of {count} markers whose alleles are not known, {observed:.0%} have the commoner "
            f"allele of {of} as the rarer one ({expected:.0%} by chance): it counts the other alleles.",
            remedy="Name the alleles in both files (columns ref and alt, or a VCF), or count alleles alike.",
        )
    return match, observed - expected if count else np.nan


def _too_few(row: Mapping[str, Any], reference: str, min_markers: float) -> str:
    found = round(row["coverage"] * row["markers"])
    return (
        f"{row['dataset']} has {found} of the {row['markers']} markers of {reference} "
        f"({row['coverage']:.1%}; {row['absent']} are absent, {row['alleles']} have other alleles, "
        f"{row['unclear']} are of unclear strand). At least {min_markers:.0%} are needed (`min_markers`), "
        "and one marker. Check that positions are of the same assembly, or ids the same, or lower the limit."
    )


def _part(
    population: Population, store: Genotypes, wanted: pd.DataFrame, match: Match, kept: np.ndarray
) -> Genotypes:
    """Genotypes of one population at the markers that are kept, its lines by their names."""
    chosen = store.select(store.positions(population.samples))
    harmonised = at_markers(chosen, wanted, match, store.ploidy).select(None, np.flatnonzero(kept))
    return replace(harmonised, samples=np.array(population.lines, dtype=str))


def _beside(parts: list[Genotypes], reference: Genotypes) -> Genotypes:
    """Lines one behind another."""
    return replace(
        parts[0],
        samples=np.concatenate([part.samples for part in parts]),
        dosages=side_by_side([part.dosages for part in parts]),
        source=reference.source,
    )
