"""Compiled loops: numba, with the machine code kept beside the source for the next process."""

from __future__ import annotations

from typing import Any

from numba import njit

#: Decorator of every compiled function: no Python objects, the lock released, IEEE arithmetic in the order
#: written (the same bits on every machine), machine code cached on disk.
compiled: Any = njit(cache=True, nogil=True, error_model="numpy")
