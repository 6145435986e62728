"""Ways in which ids of two files differ that mean the same sample: case, separators, leading zeros, prefixes.

Ids are always compared as text; what is found here is told to the user, and never done silently.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_ENDINGS = re.compile(r"(\.(bam|cram|sorted|dedup|markdup|fastq|fq|gz|vcf|g|hmp|txt))+$", re.IGNORECASE)


def _same_characters(id: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", id)).strip()


def _no_case(id: str) -> str:
    return _same_characters(id).casefold()


def _no_separators(id: str) -> str:
    return re.sub(r"[\W_]+", "", _no_case(id))


def _no_zeros(id: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", _no_separators(id))


def _plain_number(id: str) -> str:
    """Without the decimals that a spreadsheet adds."""
    return re.sub(r"^(\d+)\.0+$", r"\1", _same_characters(id))


def _file_name(id: str) -> str:
    """Without folder and endings of files."""
    name = _same_characters(id).rpartition("/")[2]
    return re.sub(
        r"(\.(bam|cram|sorted|dedup|markdup|fastq|fq|gz|vcf|g|hmp|txt))+$", "", name, flags=re.IGNORECASE
    )


def _before_colon(id: str) -> str:
    """Without flowcell, lane and well, which TASSEL writes behind a colon."""
    return _same_characters(id).partition(":")[0]


def _without_x(id: str) -> str:
    """Without the X that R puts before a digit."""
    return re.sub(r"^X(?=\d)", "", _same_characters(id))


def _once(id: str) -> str:
    half, rest = divmod(len(id), 2)
    return id[:half] if rest and id[half] in "_-: " and id[:half] == id[half + 1 :] else id


def _last_number(id: str) -> str:
    numbers = re.findall(r"\d+", id)
    return str(int(numbers[-1])) if numbers else id


#: What is made of an id, in words; the mildest first.
FOLDINGS: dict[str, Callable[[str], str]] = {
    "spaces and forms of characters apart": _same_characters,
    "upper and lower case apart": _no_case,
    "spaces, dots, dashes and underscores apart": _no_separators,
    "leading zeros apart": _no_zeros,
    "decimals of whole numbers (12.0) apart": _plain_number,
    "folders and endings of files (.bam) apart": _file_name,
    "what TASSEL writes behind a colon apart": _before_colon,
    "the X that R puts before a digit apart": _without_x,
    "an id that PLINK wrote twice (A_A) taken once": _once,
    "by the last number in them": _last_number,
}


@dataclass(frozen=True)
class Folding:
    """A way to bring ids together.

    ``words`` says which, ``matched`` how many ids it brings together that were not the same, ``examples`` are
    pairs of them. Ids that it makes equal within a file are left out.
    """

    words: str
    matched: int
    examples: list[tuple[str, str]]


def folding(one: Iterable[str], other: Iterable[str]) -> Folding | None:
    """The mildest way that brings most ids together, of those that only one of two files has.

    Parameters
    ----------
    one, other
        Ids of each file, of which those in both are no matter.

    Returns
    -------
    Folding or None
        None where no way brings any together.
    """
    left, right = set(one), set(other)
    left, right = left - right, right - left
    best: Folding | None = None
    for words, fold in FOLDINGS.items():
        pairs = _pairs(sorted(left), sorted(right), fold)
        if pairs and (best is None or len(pairs) > best.matched):
            best = Folding(words, len(pairs), pairs[:3])
    return best


def _pairs(left: Sequence[str], right: Sequence[str], fold: Callable[[str], str]) -> list[tuple[str, str]]:
    by_fold = _unique(right, fold)
    return [(id, by_fold[key]) for key, id in _unique(left, fold).items() if key in by_fold]


def _unique(ids: Sequence[str], fold: Callable[[str], str]) -> dict[str, str]:
    """Ids by what is made of them, without those that would be one."""
    counts = Counter(map(fold, ids))
    return {fold(id): id for id in ids if counts[fold(id)] == 1}
