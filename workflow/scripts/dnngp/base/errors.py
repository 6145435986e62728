"""The one error that is the user's to mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path


class UserError(Exception):
    """Bad input or configuration, told in one line without a traceback.

    Parameters
    ----------
    what
        What was found, as a sentence without the place.
    file, line, column
        Where: the file, its 1-based line, and the column by name or number.
    remedy
        What the user can do about it, as a sentence.
    """

    def __init__(
        self,
        what: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        column: str | int | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.file = file
        self.line = line
        self.column = column
        self.remedy = remedy

    def __str__(self) -> str:
        place = [str(self.file)] if self.file is not None else []
        if self.line is not None:
            place.append(f"line {self.line}")
        if self.column is not None:
            place.append(f"column {self.column}")
        text = f"{', '.join(place)}: {self.what}" if place else self.what
        return f"{text} {self.remedy}" if self.remedy else text


#: So many names are listed where none is like the one that was given.
LISTED = 16


def nearest(name: str, known: Iterable[str]) -> str:
    """What a name may have been meant to be, as a sentence for the end of a message."""
    known = list(known)
    if not known:
        return "There is none."
    folded = {one.casefold(): one for one in reversed(known)}  # the first of those that differ by case alone
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {folded[near[0]]!r}?"
    listed = ", ".join(map(repr, known[:LISTED])) + (", ..." if len(known) > LISTED else "")
    return f"Known: {listed}."


def some(names: Sequence[object]) -> str:
    """The first three names, as a message shows them."""
    return ", ".join(map(str, names[:3])) + (", ..." if len(names) > 3 else "")
