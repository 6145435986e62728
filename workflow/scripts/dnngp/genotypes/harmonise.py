"""Markers that a method was trained on found in another file, whichever allele and strand it counts.

A marker is looked for by chromosome, position and alleles, and where that finds
nothing, by id. Swapped alleles are counted the other way round; alleles of the
other strand are complemented. Of A/T and C/G markers the alleles do not tell the
strand: they are used where the other markers of the file do, all of which then
lie on the same strand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.genotypes.grm import is_missing
from dnngp.genotypes.store import MISSING, Genotypes

COMPLEMENT = str.maketrans("ACGT", "TGCA")

#: What became of a marker, in the order of the table of counts.
OUTCOMES = ("same", "swapped", "strand", "unclear", "alleles", "absent")


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
        order), and what is not used: ``unclear`` (A/T or C/G in a file of
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


def match_markers(wanted: pd.DataFrame, found: pd.DataFrame) -> Match:
    """Find markers among those of a file.

    Parameters
    ----------
    wanted, found
        Columns ``chrom``, ``pos``, ``id``, ``ref`` and ``alt`` as in
        :class:`dnngp.genotypes.store.Genotypes`.
        ``chr1`` and ``1`` are one chromosome. Alleles that one side does not
        know are taken to be the same, as counts of a table are.
    """
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
                relation = "same" if same_place else "alleles"
            outcome[number] = relation
            if relation != "alleles":
                row[number] = candidate
                break
    swapped = np.isin(outcome, ("swapped", "strand-swapped"))
    other_strand = np.char.startswith(outcome, "strand")
    outcome[other_strand] = "strand"
    # The last of these is met by the rows of -1.
    other_alts = np.append(found["alt"].to_numpy(str), "")[row]
    pairs = zip(wanted["ref"], wanted["alt"], other_alts, strict=True)
    ambiguous = np.array([bool(other) and _ambiguous(ref, alt) for ref, alt, other in pairs], bool)
    tells = np.isin(outcome, ("same", "swapped")) & ~ambiguous
    if other_strand.any() or not tells.any():
        outcome[ambiguous], row[ambiguous] = "unclear", -1
    _check_once(row, wanted, found)
    used = len(np.unique(row[row >= 0]))
    return Match(row, swapped & (row >= 0), outcome, int(ambiguous.sum()), len(found) - used)


def at_markers(lines: Genotypes, wanted: pd.DataFrame, match: Match, ploidy: int | None) -> Genotypes:
    """Genotypes of lines at the markers wanted, alleles counted as there; missing where not found.

    Parameters
    ----------
    lines
        As read from their file.
    wanted, match
        As in and from :func:`match_markers`.
    ploidy
        Sets of chromosomes of the wanted markers.

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
    return replace(lines, variants=wanted.reset_index(drop=True), dosages=dosages)


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
    """``same``, ``swapped``, ``strand``, ``strand-swapped``, ``alleles`` (differ) or ``unknown``."""
    ref, alt, other_ref, other_alt = (allele.upper() for allele in (ref, alt, other_ref, other_alt))
    if not (ref and alt and other_ref and other_alt):
        return "unknown"
    if (other_ref, other_alt) == (ref, alt):
        return "same"
    if (other_ref, other_alt) == (alt, ref):
        return "swapped"
    if len(ref) == len(alt) == 1:
        other = other_ref.translate(COMPLEMENT), other_alt.translate(COMPLEMENT)
        if other == (ref, alt):
            return "strand"
        if other == (alt, ref):
            return "strand-swapped"
    return "alleles"


def _ambiguous(ref: str, alt: str) -> bool:
    """Whether the two alleles are bases and each other's complement."""
    return len(ref) == 1 and ref.upper().translate(COMPLEMENT) == alt.upper()


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
