"""What the files of a run must hold: their SHA-256, noted by the job that wrote them, checked by who reads.

A hidden list in each folder (:data:`LIST`) has a line a file, as ``sha256sum`` writes it; of several lines
of one name the last counts. Jobs only ever append to it, at their end: what a job that failed has written is
not vouched for, and is made again anyway. A file without a line, as the user's own, is taken as it is.
"""

from __future__ import annotations

import fcntl
import itertools
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from dnngp.base.errors import UserError
from dnngp.base.seeds import file_sha256

log = logging.getLogger(__name__)

#: Name of the list.
LIST = ".digests"

#: Seconds by which the clock of a file server may be ahead.
CLOCK = 60

_written: ContextVar[dict[Path, str] | None] = ContextVar("written", default=None)


@contextmanager
def listing() -> Iterator[None]:
    """List what is written within, if nothing is raised; elsewhere nothing is listed."""
    written: dict[Path, str] = {}
    token = _written.set(written)
    try:
        yield
        _append(written)
    finally:
        _written.reset(token)


def within_job() -> bool:
    """Whether what is written now will be listed."""
    return _written.get() is not None


def note(path: Path) -> None:
    """Take note of a file that was written."""
    written = _written.get()
    if written is not None:
        written[_absolute(path)] = file_sha256(path)


def moved(folder: Path, target: Path) -> None:
    """Files of a folder lie in another now."""
    written = _written.get() or {}
    old, new = _absolute(folder), _absolute(target)
    for path in [path for path in written if path.is_relative_to(old)]:
        written[new / path.relative_to(old)] = written.pop(path)


def check(path: str | Path) -> None:
    """Compare a file with the list of its folder; warn of one from the future.

    Raises
    ------
    ValueError
        If it is not what was written.
    """
    path = _absolute(path)
    if path in (_written.get() or {}):
        return
    beside = path.with_name(LIST)
    with suppress(FileNotFoundError):
        about = beside.stat()
        listed = _read(beside, about.st_mtime_ns, about.st_size).get(path.name)
        if listed is None:
            return
        if file_sha256(path) != listed:
            raise ValueError("it is not what was written: it was edited since, or the disk has failed")
        if (dated := path.stat().st_mtime) > time.time() + CLOCK:
            log.warning(
                "%s is dated %s, in the future: until then what is made of it is made again by every run. "
                "Set the clock right and date the file anew (touch %s).",
                *(path, time.strftime("%Y-%m-%d %H:%M", time.localtime(dated)), path),
            )


def damaged(path: str | Path, why: Exception) -> UserError:
    """The error for a file that the workflow made and that is no longer as it was."""
    return UserError(
        f"the file is damaged ({' '.join(str(why).split())}).",
        file=path,
        remedy="The workflow made it and can make it again: delete it and run the same command.",
    )


def _absolute(path: str | Path) -> Path:
    return Path(os.path.abspath(path))


def _append(written: dict[Path, str]) -> None:
    there = sorted(path for path in written if path.is_file())
    for folder, paths in itertools.groupby(there, key=lambda path: path.parent):
        lines = "".join(f"{written[path]}  {path.name}\n" for path in paths)
        with open(folder / LIST, "a", encoding="utf-8") as handle:
            # One write after another on network drives too, as far as they have locks.
            with suppress(OSError):
                fcntl.lockf(handle, fcntl.LOCK_EX)
            handle.write(lines)


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> dict[str, str]:
    """Digest of every file listed; lines that two jobs garbled are passed over."""
    lines = (line.split("  ", 1) for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return {line[1]: line[0] for line in lines if len(line) == 2 and len(line[0]) == 64}
