"""Compiled loops: numba, with the machine code kept for the next process.

Numba keeps machine code beside the source and tells by the age of one file whether it is still good. Neither
works here: Snakemake runs scripts from a copy that is new in every run, and a loop may call a loop of another
file. So machine code lies in the user's cache folder, under the digest of the whole package.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import _CacheLocator

from dnngp.seeds import files_digest

PACKAGE = Path(__file__).parent


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
        locator = cls(function)
        try:
            locator.ensure_cache_path()
        except OSError:
            return None
        return locator if PACKAGE in Path(file).parents else None


_config: Any = numba.config
_config.CACHE_LOCATOR_CLASSES = f"{__name__}.ByContent,InTreeCacheLocator,UserWideCacheLocator"

#: Decorator of every compiled function: no Python objects, the lock released, IEEE arithmetic in the order
#: written (the same bits on every machine), machine code cached on disk.
compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy")
