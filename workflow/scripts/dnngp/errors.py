"""The one error that is the user's to mend."""

from __future__ import annotations

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
