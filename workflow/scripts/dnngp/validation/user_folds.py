"""Folds that the user's own table gives to lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from dnngp.base.delimited import MISSING, is_number, table_rows
from dnngp.base.errors import UserError
from dnngp.genotypes.id_folding import ASK, folded


def assigned_folds(path: str | Path, samples: Sequence[str] = (), ids: str = ASK) -> list[dict[str, int]]:
    """Folds that a table gives its lines: for each repeat, the fold (from 1) by id.

    Ids are those of the ``samples`` where ``ids`` names a way to bring them together
    (:func:`dnngp.genotypes.id_folding.folded`).

    The first column holds the ids. Either ``repeat`` and one more column follow, a
    row a line and repeat; or a column per repeat, a row a line. Folds may be
    called anything; they are numbered in order, numbers by value.

    Raises
    ------
    UserError
        A line without a fold or there twice in a repeat; a repeat with one fold
        only; what :func:`table_rows` finds.
    """
    rows = table_rows(path)
    _, header = next(rows)
    names = [name.casefold() for name in header]
    long = "repeat" in names[1:]
    if long and len(header) != 3:
        raise UserError(
            f"a table with a column `repeat` has three columns, not {len(header)}.",
            file=path,
            line=1,
            remedy="Keep the id, the repeat and the fold.",
        )
    repeat_at = names.index("repeat") if long else 0
    columns = [position for position in range(1, len(header)) if position != repeat_at or not long]
    found: dict[str, dict[str, str]] = {}
    for line, row in rows:
        cells = [cell.strip() for cell in row]
        for position in columns:
            repeat = cells[repeat_at] if long else header[position]
            fold_of = found.setdefault(repeat, {})
            if not cells[0] or cells[position] in MISSING:
                raise UserError(
                    f"the line {cells[0]!r} has no fold.",
                    file=path,
                    line=line,
                    column=header[position],
                    remedy="Give every line a fold in every repeat.",
                )
            if cells[0] in fold_of:
                raise UserError(
                    f"the line {cells[0]!r} is there twice in repeat {repeat}.", file=path, line=line
                )
            fold_of[cells[0]] = cells[position]
    if not found:
        raise UserError("the table has no lines.", file=path)
    numbered = []
    for repeat in sorted(found, key=_by_value) if long else found:
        folds = sorted(set(found[repeat].values()), key=_by_value)
        if len(folds) < 2:
            raise UserError(
                f"all lines are in one fold ({folds[0]}) of repeat {repeat}.",
                file=path,
                remedy="Cross-validation needs two folds at least.",
            )
        rank = {fold: number for number, fold in enumerate(folds, start=1)}
        names = folded(list(found[repeat]), samples, ids, path)
        numbered.append(dict(zip(names, map(rank.__getitem__, found[repeat].values()), strict=True)))
    return numbered


def _by_value(text: str) -> tuple[float, str]:
    """Sorts numbers by value, then other text."""
    return (float(text), text) if is_number(text) else (math.inf, text)
