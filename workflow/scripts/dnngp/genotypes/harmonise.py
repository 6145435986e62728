"""Markers that a method was trained on found in another file, whichever allele and strand it counts.

A marker is looked for by chromosome, position and alleles, and where that finds
nothing, by id. Swapped alleles are counted the other way round; alleles of the
other strand are complemented. Of A/T and C/G markers the alleles do not tell the
strand: they are used where the other markers of the file do, all of which then
lie on the same strand. Of a marker that does not vary among a few candidates one
allele is known, and that one tells which allele is counted, so that a sample is
predicted alike whoever else is in the file. Where no allele is known, allele
frequencies can speak against counting as it stands (:func:`disagreement`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.genotypes.counts import count_genotypes
from dnngp.genotypes.grm import is_missing
from dnngp.genotypes.store import MISSING, Genotypes

COMPLEMENT = str.maketrans("ACGT", "TGCA")

#: What became of a marker, in the order of the table of counts.
OUTCOMES = ("same", "swapped", "strand", "assumed", "unclear", "alleles", "absent")

#: Share of the markers of which one allele is known that must be on the other strand for it to be believed.
ONE_ALLELE_STRAND = 0.3

#: Distance of an allele frequency from one half from which it says which allele is the rarer one.
TELLING = 0.2


@dataclass(frozen=True)
class Match:
    """Where the markers of a bundle are in a file.

    Attributes
    ----------
    row : (p,) int64
        Row of each marker in the file, -1 where it is not used.
    swapped : (p,) bool
        Whether the file counts the other allele.
    outcome : (p,) str
        ``same``, ``swapped``, ``strand`` (alleles of the other strand, in either
        order), ``assumed`` (the alleles are not known in one of the files and are
        taken to be the same), and what is not used: ``unclear`` (A/T or C/G in a file of
        unknown or mixed strand), ``alleles`` (at the place, but with other
        alleles), ``absent``.
    ambiguous
        A/T and C/G markers that were found.
    unknown
        Markers of the file that are none of the bundle's.
    """

    row: np.ndarray
    swapped: np.ndarray
    outcome: np.ndarray
    ambiguous: int
    unknown: int

    @property
    def coverage(self) -> float:
        """Share of the bundle's markers that are used."""
        return float((self.row >= 0).mean())

    def counts(self) -> dict[str, int]:
        """Markers by outcome, all of the bundle's (``markers``), ``ambiguous`` and ``unknown``."""
        found = {name: int((self.outcome == name).sum()) for name in OUTCOMES}
        return {"markers": len(self.row), **found, "ambiguous": self.ambiguous, "unknown": self.unknown}


def match_markers(wanted: pd.DataFrame, found: pd.DataFrame, features: bool = False) -> Match:
    """Find markers among those of a file.

    Parameters
    ----------
    wanted, found
        Columns ``chrom``, ``pos``, ``id``, ``ref`` and ``alt`` as in
        :class:`dnngp.genotypes.store.Genotypes`.
        ``chr1`` and ``1`` are one chromosome.
    features
        Whether the values count no alleles, so that there are none to compare.

    Raises
    ------
    UserError
        Where a marker of the file stands for several, or all positions are off by one.
    """
    _check_offset(wanted, found)
    p = len(wanted)
    row, outcome = np.full(p, -1), np.full(p, "absent", dtype="<U14")
    by_place, by_id = _index(_places(found)), _index(list(found["id"]))
    places, known = _places(found), {"ref": found["ref"].tolist(), "alt": found["alt"].tolist()}
    columns = zip(_places(wanted), wanted["id"], wanted["ref"], wanted["alt"], strict=True)
    for number, (place, id, ref, alt) in enumerate(columns):
        for candidate, same_place in _candidates(place, id, by_place, by_id, places):
            relation = _relation(ref, alt, known["ref"][candidate], known["alt"][candidate])
            # An id found elsewhere on the genome counts only where the alleles speak for it.
            if relation == "unknown":
                relation = ("same" if features else "assumed") if same_place else "alleles"
            outcome[number] = relation
            if relation != "alleles":
                row[number] = candidate
                break
    # The last of these is met by the rows of -1.
    refs, alts = (np.append(found[column].to_numpy(str), "")[row] for column in ("ref", "alt"))
    _doubt_single_alleles(outcome, row, ((refs != "") ^ (alts != "")) & (row >= 0))
    swapped = np.isin(outcome, ("swapped", "strand-swapped"))
    other_strand = np.char.startswith(outcome, "strand")
    outcome[other_strand] = "strand"
    pairs = zip(wanted["ref"], wanted["alt"], refs, alts, strict=True)
    ambiguous = np.array(
        [bool(one or other) and _ambiguous(ref, alt) for ref, alt, one, other in pairs], bool
    )
    tells = np.isin(outcome, ("same", "swapped")) & ~ambiguous
    if other_strand.any() or not tells.any():
        outcome[ambiguous], row[ambiguous] = "unclear", -1
    _check_once(row, wanted, found)
    used = len(np.unique(row[row >= 0]))
    return Match(row, swapped & (row >= 0), outcome, int(ambiguous.sum()), len(found) - used)


def at_markers(lines: Genotypes, wanted: pd.DataFrame, match: Match, ploidy: int | None) -> Genotypes:
    """Genotypes of lines at the markers wanted and matched, alleles counted as there; missing if not found.

    Raises
    ------
    UserError
        Another ploidy.
    """
    if lines.ploidy != ploidy:
        told = [
            "features" if sets is None else f"dosages of ploidy {sets}" for sets in (ploidy, lines.ploidy)
        ]
        raise UserError(
            f"the training lines have {told[0]}, but the candidates {told[1]}.",
            remedy="Set `ploidy` and `format` of the candidates as for the training lines.",
        )
    missing = MISSING if np.issubdtype(lines.dosages.dtype, np.integer) else np.nan
    dosages = np.full((len(wanted), lines.n_samples), missing, lines.dosages.dtype)
    present = match.row >= 0
    dosages[present] = lines.dosages[match.row[present]]
    flip = dosages[match.swapped]
    if ploidy is not None and len(flip):
        dosages[match.swapped] = np.where(is_missing(flip), flip, ploidy - flip)
    crosses = lines.crosses and replace(
        lines.crosses, lines=at_markers(lines.crosses.lines, wanted, match, ploidy)
    )
    return replace(lines, variants=wanted.reset_index(drop=True), dosages=dosages, crosses=crosses)


def _places(variants: pd.DataFrame) -> list[tuple[str, int] | None]:
    """Chromosome and position; None where the position is unknown."""
    chromosomes = variants["chrom"].str.replace("^chr", "", case=False, regex=True)
    pairs = zip(chromosomes, variants["pos"].tolist(), strict=True)
    return [(chromosome, position) if position > 0 else None for chromosome, position in pairs]


def _index(keys: list) -> dict[object, list[int]]:
    rows: dict[object, list[int]] = {}
    for row, key in enumerate(keys):
        if key:
            rows.setdefault(key, []).append(row)
    return rows


def _candidates(
    place: tuple[str, int] | None,
    id: str,
    by_place: dict[object, list[int]],
    by_id: dict[object, list[int]],
    places: list[tuple[str, int] | None],
) -> Iterator[tuple[int, bool]]:
    """Rows to look at, and whether nothing about their place speaks against them."""
    for row in by_place.get(place, []) if place else []:
        yield row, True
    for row in by_id.get(id, []):
        if place is None or places[row] is None:
            yield row, True
        elif places[row] != place:
            yield row, False


def _relation(ref: str, alt: str, other_ref: str, other_alt: str) -> str:
    """``same``, ``swapped``, ``strand``, ``strand-swapped``, ``alleles`` (differ) or ``unknown``.

    An allele that is not known agrees with any; at least one must be known on both sides.
    """
    mine, its = (ref.upper(), alt.upper()), (other_ref.upper(), other_alt.upper())
    if not any(mine) or not any(its):
        return "unknown"
    relations = [("same", its), ("swapped", its[::-1])]
    if all(len(allele) <= 1 for allele in mine):
        turned = (its[0].translate(COMPLEMENT), its[1].translate(COMPLEMENT))
        relations += [("strand", turned), ("strand-swapped", turned[::-1])]
    for relation, alleles in relations:
        both = [(one, other) for one, other in zip(mine, alleles, strict=True) if one and other]
        if both and all(one == other for one, other in both):
            return relation
    return "alleles"


def _doubt_single_alleles(outcome: np.ndarray, row: np.ndarray, single: np.ndarray) -> None:
    """Take a lone allele for another allele, not for one of the other strand, unless many markers say so.

    Parameters
    ----------
    outcome, row
        As in :class:`Match`, changed in place.
    single
        (p,) bool, markers of which the file knows one allele.
    """
    strand = np.char.startswith(outcome, "strand")
    if (strand & ~single).any() or strand.sum() > ONE_ALLELE_STRAND * max(1, single.sum()):
        return
    outcome[strand], row[strand] = "alleles", -1


def disagreement(training: np.ndarray, candidates: np.ndarray, n: int) -> tuple[float, float, int]:
    """How often the rarer allele of candidates is the commoner one of the training samples.

    Parameters
    ----------
    training, candidates
        (p,) allele frequencies; markers where one is within :data:`TELLING` of one half, or missing, are
        passed over.
    n
        Number of candidates.

    Returns
    -------
    observed, expected
        Shares of the markers that tell: what is seen, and what chance makes of n draws from the training
        frequencies (as of inbred candidates, the most scattered).
    count
        How many markers tell.
    """
    from scipy.stats import binom

    with np.errstate(invalid="ignore"):
        tell = (np.abs(training - 0.5) > TELLING) & (np.abs(candidates - 0.5) > TELLING)
    if not tell.any():
        return 0.0, 0.0, 0
    rare = np.minimum(training[tell], 1 - training[tell])
    over = binom.sf(np.floor((0.5 + TELLING) * n), n, rare)
    under = binom.cdf(np.ceil((0.5 - TELLING) * n) - 1, n, rare)
    observed = (training[tell] > 0.5) != (candidates[tell] > 0.5)
    return float(observed.mean()), float((over / (over + under)).mean()), int(tell.sum())


def assumed_disagreement(
    training: np.ndarray, candidates: Genotypes, match: Match
) -> tuple[float, float, int]:
    """:func:`disagreement` of the markers whose alleles are assumed to be the same.

    Parameters
    ----------
    training
        (p,) allele frequencies of the training samples.
    candidates, match
        Dosages, and where the markers are among theirs.
    """
    assumed = match.outcome == "assumed"
    if candidates.ploidy is None or not assumed.any():
        return 0.0, 0.0, 0
    counted = count_genotypes(candidates.dosages[match.row[assumed]], candidates.ploidy)
    found = counted.frequencies(candidates.ploidy)
    return disagreement(training[assumed], found, candidates.n_samples)


def _ambiguous(ref: str, alt: str) -> bool:
    """Whether the two alleles are bases and each other's complement."""
    return len(ref) == 1 and ref.upper().translate(COMPLEMENT) == alt.upper()


def _check_offset(wanted: pd.DataFrame, found: pd.DataFrame) -> None:
    """Raise UserError where markers of the same id and chromosome are all one base apart."""
    named = [table[(table["id"] != "") & (table["pos"] > 0)] for table in (wanted, found)]
    both = named[0].merge(named[1].drop_duplicates("id"), on=["id", "chrom"], suffixes=("", "_found"))
    apart = both["pos_found"] - both["pos"]
    if len(both) > 1 and apart.abs().eq(1).all() and apart.nunique() == 1:
        raise UserError(
            f"the positions of all {len(both)} markers with the same id are off by one from those of the "
            "training samples.",
            remedy="One of the files counts bases from 0, as BED does. Shift its positions.",
        )


def _check_once(row: np.ndarray, wanted: pd.DataFrame, found: pd.DataFrame) -> None:
    """Raise UserError where one marker of the file stands for several with different alleles."""
    used = pd.DataFrame({"row": row, "ref": wanted["ref"].to_numpy(), "alt": wanted["alt"].to_numpy()})
    used = used[used["row"] >= 0].drop_duplicates()
    twice = used["row"].duplicated()
    if twice.any():
        variant = found.iloc[int(used.loc[twice, "row"].iloc[0])]
        raise UserError(
            f"the marker {variant['id'] or (variant['chrom'], variant['pos'])} of the candidates stands for "
            "more than one marker of the training lines.",
            remedy="Give the markers of both files distinct ids or positions.",
        )
