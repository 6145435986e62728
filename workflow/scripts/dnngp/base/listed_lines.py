"""Small text files that list something, a line each."""

from __future__ import annotations

from pathlib import Path

from dnngp.base.errors import UserError


def listed_lines(path: str | Path) -> list[tuple[int, str]]:
    """Numbers and text of the lines that hold something, spaces around it left out.

    Lines that begin with ``#``, ``track`` or ``browser`` are passed over.

    Raises
    ------
    UserError
        A file that cannot be read, or is no text in UTF-8.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}.", file=path) from None
    except UnicodeDecodeError:
        raise UserError("is not a text in UTF-8.", file=path) from None
    lines = ((number, line.strip()) for number, line in enumerate(text.split("\n"), start=1))
    return [
        (number, line) for number, line in lines if line and not line.startswith(("#", "track ", "browser "))
    ]
