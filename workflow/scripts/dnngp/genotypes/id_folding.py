"""Ways in which ids of two files differ that mean the same sample: case, separators, leading zeros, prefixes.

Ids are compared as text. What would bring more of them together is told to the user, and done where the
dataset names it (``ids``); never silently.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from dnngp.base.errors import UserError

#: ``ids`` of a dataset: as they are, with a question where that loses samples; as they are; all ways at once.
ASK, EXACT, FOLD = "ask", "exact", "fold"
AS_WRITTEN = (ASK, EXACT)

#: Share of the phenotyped samples that may be lost for a difference that means nothing.
MOST_LOST = 0.1

_ENDINGS = re.compile(r"(\.(bam|cram|sorted|dedup|markdup|fastq|fq|gz|vcf|g|hmp|txt))+$", re.IGNORECASE)


def _same_characters(id: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", id)).strip()


def _no_case(id: str) -> str:
    return _same_characters(id).casefold()


def _no_separators(id: str) -> str:
    """Without separators, of which one stays between digits: 1-11 is not 11-1."""
    return re.sub(r"(?<=\d)[\W_]+(?=\d)|([\W_]+)", lambda found: "" if found[1] else "-", _no_case(id))


def _no_zeros(id: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", _no_separators(id))


def _plain_number(id: str) -> str:
    """Without the decimals that a spreadsheet adds."""
    return re.sub(r"^(\d+)\.0+$", r"\1", _same_characters(id))


def _file_name(id: str) -> str:
    """Without folder and endings of files."""
    return _ENDINGS.sub("", _same_characters(id).rpartition("/")[2])


def _before_colon(id: str) -> str:
    """Without flowcell, lane and well, which TASSEL writes behind a colon."""
    return _same_characters(id).partition(":")[0]


def _without_x(id: str) -> str:
    """Without the X that R puts before a digit."""
    return re.sub(r"^X(?=\d)", "", _same_characters(id))


def _once(id: str) -> str:
    half, rest = divmod(len(id), 2)
    return id[:half] if rest and id[half] in "_-: " and id[:half] == id[half + 1 :] else id


def _without_family(id: str) -> str:
    return id.partition("_")[2] or id


def spelling(id: str) -> str:
    """What is left of an id without any of the differences that mean nothing."""
    steps = (_same_characters, _file_name, _before_colon, _once, _without_x, _plain_number, _no_zeros)
    return reduce(lambda text, step: step(text), steps, id)


def _last_number(id: str) -> str:
    numbers = re.findall(r"\d+", id)
    return str(int(numbers[-1])) if numbers else id


@dataclass(frozen=True)
class Folding:
    """A way to make one of two ids: its name as ``ids`` of a dataset, in words, and what it makes of an id.

    Samples may differ by what is ``loose`` alone; it is worth a hint and no stop. Where it is ``one_sided``,
    an id of one file is what the folding makes of an id of the other.
    """

    name: str
    words: str
    of: Callable[[str], str]
    loose: bool = False
    one_sided: bool = False


#: The mildest first.
FOLDINGS = {
    one.name: one
    for one in (
        Folding("characters", "spaces and forms of characters (which look the same) apart", _same_characters),
        Folding("case", "upper and lower case apart", _no_case),
        Folding("separators", "spaces, dots, dashes and underscores apart", _no_separators),
        Folding("zeros", "leading zeros apart", _no_zeros),
        Folding("decimals", "decimals of whole numbers (12.0) apart", _plain_number),
        Folding("files", "folders and endings of files (.bam) apart", _file_name),
        Folding("colon", "what TASSEL writes behind a colon apart", _before_colon),
        Folding("x", "the X that R puts before a digit apart", _without_x),
        Folding("twice", "an id that PLINK wrote twice (A_A) taken once", _once),
        Folding(
            "family", "the family that PLINK wrote before the id (F_A) apart", _without_family, one_sided=True
        ),
        Folding(FOLD, "several of such differences apart", spelling),
        Folding("number", "by the last number in them", _last_number, loose=True),
    )
}


@dataclass(frozen=True)
class Match:
    """What a folding does for the ids of two files.

    ``pairs`` are ids of the one and of the other file that it brings together and that were not the same;
    ``ambiguous`` are pairs of ids of the one file that would be one id of the other.
    """

    folding: Folding
    pairs: list[tuple[str, str]]
    ambiguous: list[tuple[str, str]]


def _shown(id: str) -> str:
    return repr(id) if id.isascii() else ascii(id)


def folding(ids: Iterable[str], others: Iterable[str]) -> Match | None:
    """The mildest way that brings most ids of two files together, one that makes one of two ids last.

    Returns
    -------
    Match or None
        None where no way brings any together.
    """
    ids, others = list(dict.fromkeys(ids)), list(dict.fromkeys(others))
    if set(ids) == set(others):
        return None
    matches = (match_ids(ids, others, way) for way in FOLDINGS.values())
    return max(filter(lambda match: match.pairs, matches), key=_worth, default=None)


def _worth(match: Match) -> tuple[bool, float]:
    return not match.folding.loose, len(match.pairs) / (2 if match.ambiguous else 1)


def match_ids(ids: Sequence[str], others: Sequence[str], way: Folding) -> Match:
    """Ids of one file, each once, brought together with those of another; what is the same stays so."""
    same = set(others)
    by_key: dict[str, list[str]] = {}
    for other in others:
        by_key.setdefault(way.of(other), []).append(other)
    owner = {id: id for id in ids if id in same}
    pairs, ambiguous = [], []
    for id in ids:
        if id in same:
            continue
        key = way.of(id)
        fits = {*by_key.get(id, ()), *({key} & same), *(() if way.one_sided else by_key.get(key, ()))}
        if len(fits) > 1:
            one, other = sorted(fits)[:2]
            ambiguous.append((one, other))
        for fit in fits if len(fits) == 1 else ():
            if fit in owner:
                ambiguous.append((owner[fit], id))
            else:
                pairs.append((id, fit))
            owner[fit] = id
    return Match(way, pairs, ambiguous)


def folded(ids: Sequence[str], samples: Sequence[str], how: str, path: object = None) -> list[str]:
    """Ids of a file as the genotypes have them, where ``how`` names a way to bring them together.

    Parameters
    ----------
    ids
        Of a table; an id may be there several times.
    samples
        Ids of the genotyped samples.
    how
        ``ids`` of the dataset.
    path
        The table, for messages.

    Raises
    ------
    UserError
        Two ids would become one.
    """
    if how in AS_WRITTEN:
        return list(ids)
    match = match_ids(list(dict.fromkeys(ids)), samples, FOLDINGS[how])
    if match.ambiguous:
        one, other = match.ambiguous[0]
        raise UserError(
            f"`ids: {how}` makes one id of {_shown(one)} and {_shown(other)}.",
            file=path,  # type: ignore[arg-type]
            remedy="Name a milder way in `ids`, or write the ids alike in both files.",
        )
    partner = dict(match.pairs)
    return [partner.get(id, id) for id in ids]


def id_doubt(ids: Iterable[str], others: Iterable[str]) -> str | None:
    """What would bring more ids of two files together, as a sentence, if anything does."""
    match = folding(ids, others)
    return None if match is None else f"{len(match.pairs)} more samples would match {_how(match)}"


def loss_problem(phenotyped: Sequence[str], genotyped: Sequence[str], what: str = "genotypes") -> str | None:
    """More than :data:`MOST_LOST` of the phenotyped samples would be lost for a trivial difference of ids.

    ``what`` is what they would lack.
    """
    match = folding(phenotyped, genotyped)
    if match is None or match.folding.loose or len(match.pairs) <= MOST_LOST * len(phenotyped):
        return None
    same = len(set(phenotyped) & set(genotyped))
    return (
        f"{same} of {len(phenotyped)} phenotyped samples have {what}; {len(match.pairs)} more would "
        f"match {_how(match)} If they are other samples, write `ids: exact`."
    )


def _how(match: Match) -> str:
    """The difference, two examples and what to do, as the end of a sentence."""
    told = (
        f"{match.folding.words}: {' and '.join(f'{_shown(a)} for {_shown(b)}' for a, b in match.pairs[:2])}."
    )
    if match.ambiguous:
        one, other = match.ambiguous[0]
        return f"{told} Write the ids alike in both files; {_shown(one)} and {_shown(other)} would be one."
    return f"{told} Write `ids: {match.folding.name}` in the dataset, or the ids alike in both files."
