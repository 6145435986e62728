"""Crosses: whose parents were in training, and what the combining abilities of parents explain."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dnngp.methods.registry import METHODS
from dnngp.report.results import CELL, Results, records
from dnngp.report.section import Section
from dnngp.validation.schemes import SCHEMES

#: Shares of the variance among crosses, as the methods call them.
SHARES = ("share_female", "share_male", "share_sca")


def context(results: Results) -> dict[str, Any]:
    """Tests by parents in training, what each scheme asks, and shares of the variance."""
    counts = results["shared_parents"]
    return {
        "counts": records(counts),
        "schemes": [(name, SCHEMES[name].predicts) for name in dict.fromkeys(counts["scheme"])],
        "abilities": records(_abilities(results)),
    }


def derived(results: Results) -> dict[str, pd.DataFrame]:
    """What the page tells of combining abilities."""
    table = _abilities(results)
    return {"combining_abilities": table} if len(table) else {}


def _abilities(results: Results) -> pd.DataFrame:
    """Means over folds of the variances that methods for crosses estimate."""
    folds = results["accuracy"].reindex(columns=[*CELL, "model", "method", "h2", *SHARES])
    methods = [name for name, method in METHODS.items() if method.crosses]
    folds = folds[folds["method"].isin(methods)].drop(columns="method")
    return folds.groupby([*CELL, "model"], sort=False, as_index=False).mean()


SECTION = Section("crosses", "Crosses", 36, ("shared_parents",), context, derived=derived)
