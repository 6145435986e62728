"""Compiled loops: numba, with the machine code kept for the next process.

Numba keeps machine code beside the source and tells by the age of one file whether it is still good. Neither
works here: Snakemake runs scripts from a copy that is new in every run, and a loop may call a loop of another
file. So machine code lies in the user's cache folder, under the digest of the whole package.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import FunctionCache, _CacheLocator
from numba.core.runtime import rtsys

from dnngp.base.seeds import files_digest

PACKAGE = Path(__file__).parents[1]

#: Days after which machine code of an earlier version of the package that nobody used goes.
DAYS_KEPT = 30


@cache
def _digest() -> str:
    return files_digest(sorted(PACKAGE.rglob("*.py")))[:16]


class ByContent(_CacheLocator):
    """Where numba finds the machine code of this package: by the content of its source."""

    def __init__(self, function: Any) -> None:
        self._line = function.__code__.co_firstlineno

    def get_cache_path(self) -> str:
        """The folder."""
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return str(Path(home) / "dnngp" / _digest())

    def get_source_stamp(self) -> str:
        """Machine code with another stamp is not used."""
        return _digest()

    def get_disambiguator(self) -> str:
        """Tells functions of one name in one file apart."""
        return str(self._line)

    @classmethod
    def from_function(cls, function: Any, file: str) -> ByContent | None:
        """A locator for functions of this package where the folder can be written to; else None."""
        if PACKAGE not in Path(file).parents:
            return None
        locator = cls(function)
        try:
            locator.ensure_cache_path()
        except OSError:
            return None
        _tidy(Path(locator.get_cache_path()))
        return locator


@cache
def _tidy(current: Path) -> None:
    """Mark the folder of this version as used today, and remove those that were not for long."""
    current.touch()
    oldest = time.time() - DAYS_KEPT * 86_400
    for folder in current.parent.iterdir():
        with suppress(FileNotFoundError):  # another process tidies as well
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)


class _KeptCode(FunctionCache):
    """Loads machine code without what only compiling needs.

    Numba imports all it knows of Python, NumPy and SciPy before it looks whether there is something to
    compile: 0.3 s a process.
    """

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The function compiled for a signature, or None."""
        rtsys.initialize(context)
        return self._load_overload(signature, context)


_config: Any = numba.config
_config.CACHE_LOCATOR_CLASSES = f"{__name__}.ByContent,InTreeCacheLocator,UserWideCacheLocator"


def compiled(function: Any) -> Any:
    """Decorate a function to be compiled: no Python objects, the lock released, machine code cached on disk.

    Arithmetic is IEEE's in the order written: the same bits on every machine.
    """
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy")(function)
    dispatcher._cache = _KeptCode(function)
    return dispatcher
