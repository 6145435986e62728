"""Tables of pedigrees, read with the standard library so that they are checked before a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from dnngp.base.delimited import MISSING, table_rows
from dnngp.base.errors import UserError

#: Texts of an unknown parent, beside those of any missing value.
UNKNOWN = frozenset(("", "0"))

#: Column of generations of selfing since the cross, and its word for complete inbreeding.
SELFING, INBRED = "selfing", "inbred"

Parents = tuple[str | None, str | None]


class PedigreeTable(NamedTuple):
    """Individuals and their parents.

    Attributes
    ----------
    ids
        Of all individuals, parents before their offspring.
    parents
        Of each that has a row, in the order of the file; None where one is not known.
    selfing
        Generations of selfing since the cross, where there is such a column; infinite for inbred lines.
    """

    ids: list[str]
    parents: Mapping[str, Parents]
    selfing: Mapping[str, float]


def read_pedigree_table(path: str | Path) -> PedigreeTable:
    """Read a table whose first three columns are an individual and its two parents.

    A parent without a row of its own is a founder. A column ``selfing`` holds generations of selfing since
    the cross, or ``inbred``.

    Raises
    ------
    UserError
        A table of fewer columns; an id missing or there twice; an individual among its own ancestors;
        generations that are no number.
    """
    rows = table_rows(path)
    _, header = next(rows)
    if len(header) < 3:
        raise UserError(
            f"a pedigree has three columns (id and two parents), not {len(header)}.", file=path, line=1
        )
    selfing_at = header.index(SELFING, 3) if SELFING in header[3:] else None
    parents: dict[str, Parents] = {}
    selfing: dict[str, float] = {}
    for line, row in rows:
        cells = [cell.strip() for cell in row]
        id = cells[0]
        if id in MISSING or id in UNKNOWN:
            raise UserError("the individual has no id.", file=path, line=line, column=header[0])
        if id in parents:
            raise UserError(f"{id!r} is there twice.", file=path, line=line, remedy="Keep one of the rows.")
        first, second = (None if cell in MISSING or cell in UNKNOWN else cell for cell in cells[1:3])
        parents[id] = first, second
        if selfing_at is not None:
            selfing[id] = _generations(cells[selfing_at], path, line)
    if not parents:
        raise UserError("the pedigree has no individuals.", file=path)
    return PedigreeTable(_in_order(parents, path), parents, selfing)


def _generations(text: str, path: str | Path, line: int) -> float:
    """Generations of selfing in a cell."""
    if text in MISSING:
        return 0.0
    if text.casefold() == INBRED:
        return math.inf
    if not text.isdigit():
        raise UserError(
            f"{text!r} is no number of generations.",
            file=path,
            line=line,
            column=SELFING,
            remedy=f"Write 0, 1, 2, ... or {INBRED}.",
        )
    return float(text)


def _in_order(parents: dict[str, Parents], path: str | Path) -> list[str]:
    """All individuals, parents before their offspring."""
    waiting: dict[str, int] = {}
    offspring: dict[str, list[str]] = {}
    founders: dict[str, None] = {}
    for id, pair in parents.items():
        known = [parent for parent in dict.fromkeys(pair) if parent is not None]
        waiting[id] = len(known)
        for parent in known:
            offspring.setdefault(parent, []).append(id)
            if parent not in parents:
                founders[parent] = None
    ready = [*founders, *(id for id, count in waiting.items() if count == 0)]
    for id in ready:  # grows while it is walked through
        for child in offspring.get(id, ()):
            waiting[child] -= 1
            if waiting[child] == 0:
                ready.append(child)
    if len(ready) < len(parents) + len(founders):
        _refuse_loop({id for id, count in waiting.items() if count}, parents, path)
    return ready


def _refuse_loop(left: set[str], parents: dict[str, Parents], path: str | Path) -> None:
    """Name a loop among individuals that all have a parent among them."""
    way = [min(left)]
    while way[-1] not in way[:-1]:
        way.append(next(parent for parent in parents[way[-1]] if parent in left))
    loop = way[way.index(way[-1]) :]
    raise UserError(
        f"{loop[0]!r} is among its own ancestors: {' <- '.join(loop)} (each is an offspring of the next).",
        file=path,
        remedy="Correct one of these rows.",
    )
