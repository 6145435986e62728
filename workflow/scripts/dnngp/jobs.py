"""How a job talks: progress to its log and the console, bad input in one line."""

from __future__ import annotations

import itertools
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dnngp.errors import UserError

#: What a log's error line begins with; the Snakefile repeats such lines at the end of a failed run.
ERROR = "error: "
TRACEBACK = "Traceback (most recent call last):"


class _WithoutTraceback(logging.Formatter):
    """Tracebacks belong into the log; on the console they bury the message."""

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage()


@contextmanager
def job(log: str | Path) -> Iterator[None]:
    """Run the enclosed work of one rule.

    Messages go to ``log`` and to standard error. A :class:`UserError` becomes
    one line and exit status 2; any other exception leaves its traceback in the
    log alone and names that log on the console, with exit status 1.
    """
    log = Path(log)
    log.parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.FileHandler(log, mode="w", encoding="utf-8")
    to_console = logging.StreamHandler(sys.stderr)
    to_console.setFormatter(_WithoutTraceback())
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[to_file, to_console], force=True)
    try:
        yield
    except UserError as error:
        logging.error("%s%s", ERROR, error)
        sys.exit(2)
    except Exception as error:
        logging.exception("%s%s: %s (traceback in %s)", ERROR, type(error).__name__, error, log)
        sys.exit(1)


def errors_since(logs: str | Path, start: float) -> list[str]:
    """Error lines of the logs below ``logs`` written at or after ``start`` (seconds since the epoch)."""
    found = []
    for path in sorted(Path(logs).rglob("*.log")):
        if path.stat().st_mtime >= start:
            lines = path.read_text(errors="replace").splitlines()
            marks = [index for index, line in enumerate(lines) if line.startswith(ERROR)]
            if marks:
                told = itertools.takewhile(lambda line: line != TRACEBACK, lines[marks[-1] :])
                found.append("\n".join(told).removeprefix(ERROR))
    return found
