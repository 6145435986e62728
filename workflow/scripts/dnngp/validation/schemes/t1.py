"""New crosses with one parent that was never tested: T1 of Technow et al. 2014, Genetics 197:1343."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dnngp.base.errors import UserError
from dnngp.base.lazy import np
from dnngp.validation.parent_folds import SIDES, known_parents, parent_folds, smallest, without
from dnngp.validation.scheme import SMALLEST_TEST, Folds, Scheme
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """Females left out, then males, in ``folds`` each, or as few as it takes for enough to test."""
    parents, masks, whole = units.parents(), [], []
    for side in range(len(SIDES)):
        of_side = _without_parents(units, side, folds, repeat)
        masks += of_side
        whole += [parents[:, side].tolist() for _ in of_side]
    if not masks:
        raise UserError(
            f"no parents can be left out so that {SMALLEST_TEST} or more of {len(units.samples)} crosses "
            "have one parent in training and one that is not.",
            remedy="Leave `t1` out of `cv.schemes`.",
        )
    return Folds(masks, whole)


def _without_parents(units: Units, side: int, folds: int, repeat: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Folds that leave out parents of one side; none where too few crosses would be tested."""
    parents = units.parents()
    for number in range(folds, 1, -1):
        fold_of, masks = parent_folds(units, side, number, repeat), []
        for fold in range(1, fold_of.max() + 1):
            train = without(parents, np.unique(parents[fold_of == fold, side]))
            test = (fold_of == fold) & known_parents(parents, train)[:, 1 - side]
            masks.append((train, test))
        if smallest(masks) >= SMALLEST_TEST:
            return masks
    return []


def counts(cv: Mapping[str, Any], dataset: Any) -> tuple[int, int]:
    """Repeats, and the most folds: of females and of males."""
    return cv["repeats"], 2 * cv["folds"]


SCHEME = Scheme(
    name="t1",
    predicts="new crosses of a tested parent with one of which no cross was tested",
    target="new crosses, one parent tested",
    meaning="Parents of one side are left out with all of their crosses, females first, then males; crosses "
    "whose other parent is in training are tested. Inner folds keep the crosses of a parent of that side "
    "together.",
    draw=draw,
    needs="crosses",
    counts=counts,
    order=52,
)
