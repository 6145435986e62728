"""NumPy, pandas and scipy.stats, imported when they are first used: ``from dnngp.base.lazy import np``.

The Snakefile reads what every method and encoding declares, in an environment that may hold nothing but
Snakemake. So a file that declares one imports nothing else at its top; other libraries are imported within
the functions that need them. ``scipy.stats`` takes a second to import, and few jobs of a run need it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any


class LazyModule:
    """A module that is imported when an attribute is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)
        return value


if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from scipy import stats
else:
    np, pd, stats = LazyModule("numpy"), LazyModule("pandas"), LazyModule("scipy.stats")
