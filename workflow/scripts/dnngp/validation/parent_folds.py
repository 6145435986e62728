"""Folds of crosses by their parents, on either side."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.draws import draw_folds
from dnngp.validation.units import Units

#: The sides of a cross, in the order of :meth:`dnngp.validation.units.Units.parents`.
SIDES = ("female", "male")


def parent_folds(units: Units, side: int, folds: int, repeat: int) -> np.ndarray:
    """Fold (N,) of the parent of every record on one side, drawn by hashing the ids of the parents."""
    parents = units.parents()[:, side].tolist()
    names = sorted(set(parents))
    drawn = draw_folds(names, f"{units.key}|{SIDES[side]}", min(folds, len(names)), repeat)
    fold_of = dict(zip(names, drawn, strict=True))
    return np.array([fold_of[name] for name in parents])


def known_parents(parents: np.ndarray, train: np.ndarray) -> np.ndarray:
    """(N, 2) bool: which parents are, on whichever side, those of a training record."""
    return np.isin(parents, np.unique(parents[train]))


def without(parents: np.ndarray, out: np.ndarray) -> np.ndarray:
    """(N,) bool: records neither of whose parents is among those left ``out``."""
    return np.asarray(~np.isin(parents, out).any(axis=1))


def smallest(masks: list[tuple[np.ndarray, np.ndarray]]) -> int:
    """Records that the smallest fold tests, or trains on if they are fewer; 0 without folds."""
    return min((int(mask.sum()) for fold in masks for mask in fold), default=0)
