"""New crosses of parents that were never tested: T0 of Technow et al. 2014, Genetics 197:1343."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dnngp.base.errors import UserError
from dnngp.base.lazy import np
from dnngp.validation.parent_folds import SIDES, parent_folds, smallest, without
from dnngp.validation.scheme import SMALLEST_TEST, Folds, Scheme
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """Every fold of females with every fold of males, or as few as it takes for enough to test."""
    for number in range(folds, 1, -1):
        masks = _without_both(units, number, repeat)
        if smallest(masks) >= SMALLEST_TEST:
            return Folds(masks, units.parents()[:, 0].tolist())
    raise UserError(
        f"females and males cannot be left out so that {SMALLEST_TEST} or more of {len(units.samples)} "
        "crosses have neither parent in training.",
        remedy="Leave `t0` out of `cv.schemes`.",
    )


def _without_both(units: Units, folds: int, repeat: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Crosses of two folds of parents tested by those that share a parent with none of them."""
    parents, masks = units.parents(), []
    females, males = (parent_folds(units, side, folds, repeat) for side in range(len(SIDES)))
    for female in range(1, females.max() + 1):
        for male in range(1, males.max() + 1):
            out = np.union1d(parents[females == female, 0], parents[males == male, 1])
            masks.append((without(parents, out), (females == female) & (males == male)))
    return masks


def counts(cv: Mapping[str, Any], dataset: Any) -> tuple[int, int]:
    """Repeats, and the most folds: each of females with each of males."""
    return cv["repeats"], cv["folds"] ** 2


SCHEME = Scheme(
    name="t0",
    predicts="new crosses of parents of which no cross was tested",
    target="new crosses, no parent tested",
    meaning="Folds of females are left out with folds of males: their crosses are tested, and crosses that "
    "have only one of them are neither tested nor trained on.",
    draw=draw,
    needs="crosses",
    counts=counts,
    order=53,
)
