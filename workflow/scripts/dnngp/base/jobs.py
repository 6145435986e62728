"""How a job talks: progress to its log and the console, bad input in one line."""

from __future__ import annotations

import errno
import itertools
import logging
import os
import resource
import shutil
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dnngp.base import digests
from dnngp.base.errors import UserError
from dnngp.base.timing import peak_memory_mb

#: What a log's error line begins with; the Snakefile repeats such lines at the end of a failed run.
ERROR = "error: "
#: What a warning begins with on the console.
WARNING = "warning: "
TRACEBACK = "Traceback (most recent call last):"
#: What the names of unfinished files and folders begin with.
PARTIAL = ".partial."
#: First and last line of the log of a job that was not ended from outside.
BEGUN, ENDED = "begun by process", "ended"

AGAIN = "run the same command again; what is finished is kept."
#: What a failure of the operating system means to the user.
FAILURES = {
    errno.ENOSPC: f"the disk is full. Make room and {AGAIN}",
    errno.EDQUOT: f"your disk quota is used up. Make room and {AGAIN}",
    errno.EROFS: f"the disk can only be read. Make it writable or choose another folder, and {AGAIN}",
    errno.EACCES: f"permission denied. Change the permission or choose another folder, and {AGAIN}",
    errno.EPERM: f"permission denied. Change the permission or choose another folder, and {AGAIN}",
}

#: What the last line but one of a log begins with: CPU seconds and memory of the job.
USED = "used: "


def import_first(scripts: Path) -> None:
    """Let the jobs of this process import from a folder, before what is installed or PYTHONPATH names."""
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    first = [str(scripts), *(path for path in others if path not in ("", str(scripts)))]
    os.environ["PYTHONPATH"] = os.pathsep.join(first)


class _WithoutTraceback(logging.Formatter):
    """Tracebacks belong into the log; on the console they bury the message. Warnings are marked as such."""

    def format(self, record: logging.LogRecord) -> str:
        return (WARNING if record.levelno == logging.WARNING else "") + record.getMessage()


@contextmanager
def job(log: str | Path) -> Iterator[None]:
    """Run the enclosed work of one rule.

    Messages go to ``log`` and to standard error. A :class:`UserError` and a disk that cannot be written to
    become one line and exit status 2; any other exception leaves its traceback in the log alone and names
    that log on the console, with exit status 1. A log without its last line tells of a job that was killed;
    the line before it says what a job that succeeded cost (:func:`used`).
    """
    log = Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.FileHandler(log, mode="w", encoding="utf-8")
    to_console = logging.StreamHandler(sys.stderr)
    to_console.setFormatter(_WithoutTraceback())
    logging.raiseExceptions = False  # a log on a full disk is no reason to stop
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[to_file, to_console], force=True)
    _note(to_file, f"{BEGUN} {os.getpid()} on {socket.gethostname()}")
    try:
        with digests.listing():
            yield
    except UserError as error:
        logging.error("%s%s", ERROR, error)
        sys.exit(2)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in FAILURES:
            logging.error("%s%s: %s", ERROR, error.filename or log.stem, FAILURES[error.errno])
            sys.exit(2)
        logging.exception("%s%s: %s (traceback in %s)", ERROR, type(error).__name__, error, log)
        sys.exit(1)
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(one.ru_utime + one.ru_stime for one in spent)
    _note(to_file, f"{USED}{seconds:.2f} CPU s, {peak_memory_mb():.0f} MiB")
    _note(to_file, ENDED)


def _note(handler: logging.Handler, text: str) -> None:
    handler.emit(logging.makeLogRecord({"msg": text, "levelno": logging.INFO}))


def used(log: str | Path) -> tuple[float, float] | None:
    """CPU seconds and MiB of a job by its log; None where the log does not say."""
    for line in Path(log).read_text(errors="replace").splitlines()[-2:]:
        if line.startswith(USED):
            seconds, _, _, memory, _ = line.removeprefix(USED).split()
            return float(seconds), float(memory)
    return None


def errors_since(logs: str | Path, start: float) -> list[str]:
    """Error lines of the logs below ``logs`` written at or after ``start`` (seconds since the epoch).

    A job that was killed could not write one; its log ends too early.
    """
    found = []
    for path in sorted(Path(logs).rglob("*.log")):
        if path.stat().st_mtime >= start:
            lines = path.read_text(errors="replace").splitlines()
            marks = [index for index, line in enumerate(lines) if line.startswith(ERROR)]
            if marks:
                told = itertools.takewhile(lambda line: line != TRACEBACK, lines[marks[-1] :])
                found.append("\n".join(told).removeprefix(ERROR))
            elif lines and lines[0].startswith(BEGUN) and lines[-1] != ENDED:
                found.append(
                    f"{path}: the job was ended from outside: cancelled, or out of memory. "
                    f"Give it more memory, or run fewer jobs at a time, and {AGAIN}"
                )
    return found


def print_errors(logs: str | Path, start: float) -> None:
    """Repeat the error lines of this run's logs where they are seen: at the end."""
    if messages := errors_since(logs, start):
        print("\n" + "\n".join(f"{ERROR}{message}" for message in messages), file=sys.stderr)


def remove_partial(folders: Iterable[str | Path], before: float) -> None:
    """Remove what killed jobs left below ``folders`` before a time (seconds since the epoch)."""
    for path in itertools.chain.from_iterable(Path(folder).rglob(f"{PARTIAL}*") for folder in folders):
        with suppress(OSError):  # another run may do the same
            if path.stat().st_mtime < before:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def unwritable(folders: Iterable[str | Path]) -> str | None:
    """The problem of those folders in which nothing can be written, or made where they do not exist yet."""
    blocked = []
    for folder in map(Path, folders):
        there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            blocked.append(str(folder))
    if not blocked:
        return None
    return (
        f"nothing can be written to {', '.join(blocked)}. Change the permission, make the disk writable, "
        "or run in another folder (--directory)."
    )
