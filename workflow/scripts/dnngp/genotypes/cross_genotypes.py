"""Genotypes of crosses made from those of their parents."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from dnngp.base.errors import UserError
from dnngp.genotypes.cross_tables import AS_MISSING, EXPECTED, CrossTable
from dnngp.genotypes.crosses import SIDES, Crosses
from dnngp.genotypes.grm import blocks, is_missing
from dnngp.genotypes.parsing.format import Sink
from dnngp.genotypes.store import MISSING, Genotypes

log = logging.getLogger(__name__)

_MEMORY = Sink()


def cross_lines(lines: Genotypes, table: CrossTable, sink: Sink, path: str | Path) -> Genotypes:
    """The crosses of a table.

    Parameters
    ----------
    lines
        The parents, and perhaps others, which are left out.
    table
        Which crosses.
    sink
        Where the dosages go.
    path
        The file of the lines, for messages.

    Raises
    ------
    UserError
        Features, which no gamete halves; an odd ploidy; what the table is refused for.
    """
    if lines.ploidy is None or lines.ploidy % 2:
        held = "no dosages" if lines.ploidy is None else f"dosages of ploidy {lines.ploidy}"
        raise UserError(
            f"`crosses` are made of dosages of parents of an even ploidy, and these are {held}.",
            file=path,
            remedy="Write inbred lines as 0 and 2, with `ploidy: 2`.",
        )
    listed = table.read(lines.samples.tolist(), path)
    female, male = (lines.positions(getattr(one, side) for one in listed) for side in SIDES)
    made = made_of([one.id for one in listed], Crosses(lines, female, male), table.heterozygous, sink)
    females, males = len(set(female)), len(set(male))
    log.info("%s: %d crosses of %d females and %d males", table.file, len(listed), females, males)
    return made


def made_of(
    ids: Sequence[str], crosses: Crosses, heterozygous: str = EXPECTED, sink: Sink = _MEMORY
) -> Genotypes:
    """Crosses with the mean of their parents' dosages; missing where either is.

    A gamete of an inbred line has half of its dosage for certain, one of a heterozygous parent has it on
    average: the dosage of such a cross is what is expected. Where that is no whole number, all dosages are
    real-valued. With ``heterozygous: missing`` heterozygous calls of parents count as missing, and all
    dosages of diploids are whole.
    """
    crosses, drop = crosses.select(), heterozygous == AS_MISSING
    lines = crosses.lines
    whole = all(_halves_are_whole(calls) for calls in _calls(lines, drop))
    with sink.writer(ids, lines.ploidy, lines.source) as writer:
        for part, calls in zip(blocks(lines.n_variants), _calls(lines, drop), strict=True):
            writer.add(lines.variants[part], _means(calls[:, crosses.female], calls[:, crosses.male], whole))
        if share := _share_heterozygous(lines):
            what = "are missing" if drop else "have expected dosages, which no dominance effect takes"
            writer.warn(f"{share:.2%} of the calls of parents are heterozygous; there, crosses {what}.")
        made = writer.close(lines.skipped, lines.defects)
    made.warnings[:0] = lines.warnings
    made.crosses = crosses
    return made


def _calls(lines: Genotypes, drop: bool) -> Iterator[np.ndarray]:
    """Dosages of parents, some markers at a time; heterozygous ones missing where they are to ``drop``."""
    missing = MISSING if np.issubdtype(lines.dosages.dtype, np.integer) else np.nan
    for part in blocks(lines.n_variants):
        calls = lines.dosages[part]
        yield np.where(_heterozygous(calls, lines), missing, calls).astype(calls.dtype) if drop else calls


def _heterozygous(calls: np.ndarray, lines: Genotypes) -> np.ndarray:
    return ~is_missing(calls) & (calls != 0) & (calls != lines.ploidy)


def _share_heterozygous(lines: Genotypes) -> float:
    """Share of the calls."""
    parts = [lines.dosages[part] for part in blocks(lines.n_variants)]
    called = sum(int(np.count_nonzero(~is_missing(part))) for part in parts)
    return sum(int(np.count_nonzero(_heterozygous(part, lines))) for part in parts) / max(called, 1)


def _halves_are_whole(calls: np.ndarray) -> bool:
    if not np.issubdtype(calls.dtype, np.integer):
        return False
    return not ((calls > 0) & (calls % 2 == 1)).any()


def _means(female: np.ndarray, male: np.ndarray, whole: bool) -> np.ndarray:
    """Dosages (k, n) of crosses; int8 where they are ``whole``, else float32."""
    missing = is_missing(female) | is_missing(male)
    means = (female.astype(np.float32) + male) / 2
    if whole:
        return np.where(missing, MISSING, means).astype(np.int8)
    return np.where(missing, np.nan, means).astype(np.float32)
