"""Training rows divided once more: to fit on, and to stop early by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dnngp.base import ledger, seeds


def inner_split(
    n: int,
    fraction: float,
    seed: int,
    ids: Sequence[str] | None = None,
    groups: Sequence[object] | None = None,
    member: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Divide training rows into rows to fit on and rows to validate on.

    Rows are ranked by a hash of (seed, id), so that the split does not depend on
    the order of the rows; member 0 validates on the first slice of the ranking,
    member 1 on the next, and so on, round and round. With groups, whole groups
    are ranked and taken, so that no family is on both sides.

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
    rank = dict(zip(units, seeds.hashed_ranks(units, "inner", seed), strict=True))
    held = np.array([(rank[name] - member * size) % len(units) < size for name in names])
    if ids is not None:
        ledger.saw("early stopping", [id for id, one in zip(ids, held, strict=True) if one])
    return np.flatnonzero(~held), np.flatnonzero(held)
