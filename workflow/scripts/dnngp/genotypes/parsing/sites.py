"""Positions and alleles of markers as tables write them."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from dnngp.base.delimited import MISSING
from dnngp.base.errors import UserError

#: Largest position: what a signed integer of 32 bits holds, as in VCF.
LAST_POSITION = 2**31 - 1

log = logging.getLogger(__name__)

_DECIMALS = re.compile(r"\s*[0-9]*\.0*[1-9][0-9]*\s*")

_ALLELE = re.compile(r"[ACGT]+|[+\-ID]|[AB]")


def site_name(chrom: str, pos: int, id: str, ref: str, alt: str) -> str:
    """Name of a site, as :func:`dnngp.genotypes.store.variant_names` makes it; ALTs are joined by commas."""
    return id or f"{chrom}:{pos}:{ref}:{alt}"


def declared_alleles(text: str, path: str | Path, line: int, column: str) -> tuple[str, ...]:
    """Alleles of a text such as ``A/G``, the first being REF; empty where they are not known.

    Raises
    ------
    UserError
        If one is neither bases, ``+``, ``-``, ``I``, ``D`` nor A or B.
    """
    if text.strip() in MISSING:
        return ()
    names = [name.strip().upper() for name in text.split("/")]
    known = list(dict.fromkeys(name for name in names if name not in ("N", "NA", ".", "")))
    for name in known:
        if not _ALLELE.fullmatch(name):
            raise UserError(
                f"{name!r} is no allele.",
                file=path,
                line=line,
                column=column,
                remedy="Write REF/ALT in bases, or NA.",
            )
    return tuple(known) if known != ["-"] else ()


def position(text: str, path: str | Path, line: int, column: str) -> int:
    """Position in bases, 0 where it is missing.

    Raises
    ------
    UserError
        If it is no whole number from 0 to ``LAST_POSITION``.
    """
    text = text.strip()
    if text in MISSING:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LAST_POSITION):
        raise UserError(
            f"{text!r} is no position.",
            file=path,
            line=line,
            column=column,
            remedy="Write positions as whole numbers of bases, and NA where not known.",
        )
    return int(text)


def positions(texts: list[str], path: str | Path, lines: list[int], column: str) -> list[int]:
    """Positions of all markers; none where the column is a genetic map, with decimals."""
    if any(map(_DECIMALS.fullmatch, texts)):
        log.warning("%s: %s is not in bases and is left out", Path(path).name, column)
        return [0] * len(texts)
    return [position(text, path, line, column) for text, line in zip(texts, lines, strict=True)]
