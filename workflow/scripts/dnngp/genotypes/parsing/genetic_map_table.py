"""Tables of genetic maps, read with the standard library so that they are checked before a run."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

from dnngp.base.delimited import table_rows
from dnngp.base.errors import UserError, some

#: How columns of a genetic map may be called.
NAMES = {
    "marker": ("marker", "id", "snp", "name", "marker_id"),
    "chrom": ("chrom", "chr", "chromosome", "#chrom", "lg", "linkage_group"),
    "pos": ("pos", "position", "bp", "position(bp)", "physical"),
    "cm": ("cm", "genetic", "genetic_map(cm)", "map(cm)", "position(cm)", "centimorgan"),
}


def read_genetic_map(path: str | Path) -> dict[str, list[str | float]]:
    """A genetic map.

    Parameters
    ----------
    path
        Table with the columns ``chrom`` and ``cm`` (as :data:`NAMES` has them), and ``marker``, ``pos`` (base
        pairs) or both.

    Returns
    -------
    dict
        Columns ``marker`` and ``chrom`` (text), ``pos`` and ``cm`` (float), those that there are.

    Raises
    ------
    UserError
        Columns that are not there, a place that is no number.
    """
    rows = table_rows(path)
    line, header = next(rows)
    lowered = [name.strip().lower() for name in header]
    at = {
        kind: next(lowered.index(name) for name in names if name in lowered)
        for kind, names in NAMES.items()
        if set(names) & set(lowered)
    }
    if not {"chrom", "cm"} <= at.keys() or not {"marker", "pos"} & at.keys():
        raise UserError(
            f"a genetic map has the columns chrom, cm, and marker or pos; found {some(header)}.",
            file=str(path),
            line=line,
            remedy="Name its columns so.",
        )
    found: dict[str, list[str | float]] = {kind: [] for kind in at}
    for line, row in rows:
        for kind, column in at.items():
            cell = row[column].strip()
            found[kind].append(cell if kind in ("marker", "chrom") else _number(cell, kind, path, line))
    return found


def _number(cell: str, kind: str, path: str | Path, line: int) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise UserError(f"{kind} is {cell!r}, which is no number.", file=str(path), line=line)
    return value
