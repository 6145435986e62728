"""Lists of markers, regions and samples that a user keeps in small text files."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError, nearest
from dnngp.base.listed_lines import listed_lines
from dnngp.genotypes.id_folding import EXACT, folded
from dnngp.genotypes.store import variant_names

#: Names compared to find the nearest one.
_COMPARED = 20_000

_REGION = re.compile(r"(?P<chrom>.+):(?P<start>[\d,]+)-(?P<end>[\d,]+)")


@dataclass
class MarkerList:
    """Ids of markers with their lines, and regions: chromosome, first, last (from 1, inclusive)."""

    path: Path
    ids: dict[str, int] = field(default_factory=dict)
    regions: dict[tuple[str, int, int], int] = field(default_factory=dict)


def match_markers(path: str | Path, variants: pd.DataFrame) -> np.ndarray:
    """Which variants a file lists.

    A line holds an id (or ``chrom:pos:ref:alt`` of a variant without one), a region ``chrom:start-end``
    (from 1, both ends included), or, with three tab-separated columns or more, chromosome, start and end of a
    BED interval (start from 0, end excluded). Empty lines and those that begin with ``#``, ``track`` or
    ``browser`` are passed over.

    Parameters
    ----------
    path
        The file.
    variants
        p rows, as in :class:`dnngp.genotypes.store.Genotypes`.

    Returns
    -------
    (p,) bool.

    Raises
    ------
    UserError
        A file that cannot be read or lists nothing, a region that ends before it begins, or no listed id and
        no listed chromosome is among the variants. If only some are not, the log warns with their number.
    """
    names = pd.Index(variant_names(variants))
    known = set(names) | set(variants["id"])
    listed = _read_marker_list(Path(path), known)
    found = names.isin(list(listed.ids)) | variants["id"].isin(set(listed.ids) - {""}).to_numpy()
    position = variants["pos"].to_numpy()
    chromosomes = variants["chrom"].to_numpy(dtype=str)
    for chrom, start, end in listed.regions:
        found |= (chromosomes == chrom) & (position >= max(start, 1)) & (position <= end)
    unknown = {name: line for name, line in listed.ids.items() if name not in known}
    places = set(chromosomes)
    unknown |= {chrom: line for (chrom, *_), line in listed.regions.items() if chrom not in places}
    _judge(
        Path(path),
        unknown,
        len(listed.ids) + len({chrom for chrom, *_ in listed.regions}),
        known | places,
        "marker",
    )
    return np.asarray(found, bool)


def match_samples(path: str | Path, samples: np.ndarray, ids: str = EXACT) -> np.ndarray:
    """Which samples a file lists, an id a line; errors and warnings as in :func:`match_markers`.

    Ids of the file are brought together with those of the samples by ``ids`` of the dataset
    (:func:`dnngp.genotypes.id_folding.folded`).

    Returns
    -------
    (n,) bool.
    """
    path = Path(path)
    written = {text: number for number, text in listed_lines(path)}
    names = folded(list(written), samples.tolist(), ids, path)
    listed = dict(zip(names, written.values(), strict=True))
    known = set(samples.tolist())
    _judge(path, {n: line for n, line in listed.items() if n not in known}, len(listed), known, "sample")
    return np.isin(samples, list(listed))


def _judge(path: Path, unknown: dict[str, int], listed: int, known: set[str], kind: str) -> None:
    """Refuse a list of which nothing is known; warn of one of which something is not."""
    if not listed:
        raise UserError(f"lists no {kind}.", file=path, remedy="One id a line.")
    if not unknown:
        return
    name, line = next(iter(unknown.items()))
    hint = nearest(name, sorted(known)[:_COMPARED])
    if len(unknown) == listed:
        raise UserError(
            f"none of {listed} listed names of {kind}s is in the genotypes; the first is {name!r}. {hint}",
            file=path,
            line=line,
        )
    logging.warning(
        "%s: %d of %d listed names of %ss are not in the genotypes; the first is %r in line %d. %s",
        path, len(unknown), listed, kind, name, line, hint,
    )  # fmt: skip


def _read_marker_list(path: Path, known: set[str]) -> MarkerList:
    result = MarkerList(path)
    for number, text in listed_lines(path):
        cells = text.split("\t")
        if len(cells) >= 3 and cells[1].isdecimal() and cells[2].isdecimal():
            region = cells[0], int(cells[1]) + 1, int(cells[2])
        elif text not in known and (match := _REGION.fullmatch(text)):
            start, end = (int(match[key].replace(",", "") or 0) for key in ("start", "end"))
            region = match["chrom"], start, end
        else:
            result.ids.setdefault(text, number)
            continue
        if region[2] < region[1]:
            raise UserError("the region ends before it begins.", file=path, line=number)
        result.regions.setdefault(region, number)
    return result
