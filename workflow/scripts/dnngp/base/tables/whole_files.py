"""Files written whole or not at all, and refused by name when they are damaged; standard library only."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dnngp.base import digests
from dnngp.base.jobs import PARTIAL

#: What the user withholds from others; a temporary file is his alone.
_UMASK = os.umask(0o077)
os.umask(_UMASK)


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it onto ``path`` on success.

    A killed job leaves no partial file that could be taken for a whole one. An error of the operating system
    names ``path``.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        prefix = f"{PARTIAL}{path.name[:80]}."
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            os.chmod(temporary, 0o666 & ~_UMASK)
            os.replace(temporary, path)
            digests.note(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        error.filename = str(path)
        raise


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Yield a temporary folder beside ``path``; rename it onto ``path``, which must not exist, on success."""
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f"{PARTIAL}{path.name[:80]}."))
        try:
            yield temporary
            os.chmod(temporary, 0o777 & ~_UMASK)
            os.replace(temporary, path)
            digests.moved(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        error.filename = str(path)
        raise


@contextmanager
def intact(path: str | Path) -> Iterator[None]:
    """Read a file that the workflow made; one that is damaged or was changed is the user's to remove."""
    try:
        if Path(path).suffix == ".tsv":
            _check_end(path)
        digests.check(path)
        yield
    except (EOFError, ValueError) as error:
        raise digests.damaged(path, error) from error


def write_json(content: Any, path: str | Path) -> None:
    """Write JSON with sorted keys."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def read_json(path: str | Path) -> Any:
    """Read JSON."""
    with intact(path):
        return json.loads(Path(path).read_text())


def _check_end(path: str | Path) -> None:
    """A table of ours ends with a line feed; one that was cut hardly ever does."""
    with open(path, "rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        handle.seek(max(size - 1, 0))
        if handle.read() != b"\n":
            raise ValueError("it ends within a line" if size else "it is empty")
