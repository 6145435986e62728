"""Training rows divided once more: to fit on, and to stop early by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dnngp.base import ledger, seeds


def inner_split(
    n: int,
    fraction: float,
    seed: int,
    ids: Sequence[str] | None = None,
    groups: Sequence[object] | None = None,
    member: int = 0,
    classes: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Divide training rows into rows to fit on and rows to validate on.

    Rows are ranked by a hash of (seed, id), so that the split does not depend on
    the order of the rows; member 0 validates on the first slice of the ranking,
    member 1 on the next, and so on, round and round. With groups, whole groups
    are ranked and taken, so that no family is on both sides. With classes, both sides have about the same
    share of each: rows are ranked by class first and taken at equal distances.

    Parameters
    ----------
    n
        Number of training rows, at least 2.
    fraction
        Share of rows (or of groups) to validate on, in (0, 1).
    seed
        The caller's random state.
    ids
        Name of every row, unique; the row number where absent.
    groups
        Group of every row; replaces ids in the ranking where given.
    member
        Number of the slice.
    classes
        Of every row; a group is of the middle one of its rows. None counts all alike.

    Returns
    -------
    fit_rows, validation_rows
        Sorted int64 row numbers, neither empty, together every row once.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"The inner fraction must lie between 0 and 1, not {fraction}.")
    names = [str(name) for name in (groups if groups is not None else ids if ids is not None else range(n))]
    if len(names) != n:
        raise ValueError(f"{len(names)} ids or groups for {n} rows.")
    units = sorted(set(names))
    if groups is None and len(units) < n:
        raise ValueError("The ids of the rows must be unique.")
    if len(units) < 2:
        raise ValueError(f"An inner split needs two rows (or two groups), not {len(units)}.")
    size = min(max(round(fraction * len(units)), 1), len(units) - 1)
    ranks = seeds.hashed_ranks(units, "inner", seed)
    if classes is None:
        taken = [(rank - member * size) % len(units) < size for rank in ranks]
    else:
        middle = pd.Series(classes).groupby(names).median()
        order = np.lexsort([np.array(ranks), middle.loc[units].to_numpy()])
        taken = [(place - member) * size % len(units) < size for place in np.argsort(order)]
    of_unit = dict(zip(units, taken, strict=True))
    held = np.array([of_unit[name] for name in names])
    if ids is not None:
        ledger.saw("early stopping", [id for id, one in zip(ids, held, strict=True) if one])
    return np.flatnonzero(~held), np.flatnonzero(held)
