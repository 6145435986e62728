"""What a validation scheme declares.

Read by the configuration, so that it needs nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import numpy as np

    from dnngp.validation.units import Units

#: Fewer test samples than this give no meaningful correlation.
SMALLEST_TEST = 3


@dataclass(frozen=True)
class Folds:
    """What a scheme draws in one repeat.

    ``masks`` are the training and the test records of each fold, bool (N,) each. ``whole`` names, for each
    record, what inner folds keep whole, of all folds or of each; None where records are on their own.
    """

    masks: list[tuple[np.ndarray, np.ndarray]]
    whole: list[str] | list[list[str]] | None = None

    def kept_whole(self, fold: int) -> list[str] | None:
        """``whole`` of a fold, from 0."""
        if self.whole and isinstance(self.whole[0], list):
            return self.whole[fold]
        return cast("list[str] | None", self.whole)


def once(cv: Mapping[str, Any], dataset: Any) -> tuple[int, int]:
    """Repeats, and the most folds of a repeat, of what can be left out in one way only."""
    return 1, cv["folds"]


def repeated(cv: Mapping[str, Any], dataset: Any) -> tuple[int, int]:
    """Likewise of what is drawn anew in every repeat."""
    return cv["repeats"], cv["folds"]


@dataclass(frozen=True)
class Scheme:
    """Declaration of one scheme.

    Attributes
    ----------
    name
        In the configuration and in the tables.
    predicts
        What the tested samples are to those trained on: the question that the folds ask; no full stop.
    target
        Whom the predictions are for, in two or three words; empty where ``predicts`` is as short.
    meaning
        How the folds are made; one sentence.
    draw
        ``draw(units, folds, repeat) -> Folds`` with units (:class:`dnngp.validation.units.Units`), the number
        of folds asked for, and the number of the repeat from 1. Draws the same on every machine.
    needs
        Option that a dataset has to set.
    reads_clusters
        Whether ``units.groups`` are clusters made from the markers, not the groups that the dataset names.
    new_samples
        Leak rule: whether no sample that is tested may be trained on. Near-duplicates that a fold
        has on both sides are then left out of its training.
    outsiders_train
        Whether samples that are in no fold may be trained on in each: they are no closer to those tested than
        other training samples are.
    new_environments
        Whether environments are tested that no training record is from.
    kinds
        What environments may be.
    counts
        ``counts(cv, dataset)``: repeats, and the most folds of a repeat.
    remedy
        What to do where a fold would test too few.
    order
        Place among the schemes.
    """

    name: str
    predicts: str
    meaning: str
    draw: Callable[[Units, int, int], Folds]
    needs: str | None = None
    reads_clusters: bool = False
    new_samples: bool = True
    outsiders_train: bool = False
    new_environments: bool = False
    kinds: tuple[str, ...] = ("environments", "traits")
    counts: Callable[[Mapping[str, Any], Any], tuple[int, int]] = once
    target: str = ""
    remedy: str = ""
    order: int = 1000

    def suits(self, environments: Any) -> bool:
        """Whether a dataset with these ``environments`` of the configuration (None: one) can use it."""
        if self.needs != "environments":
            return True
        return (
            environments is not None
            and ("traits" if environments.are_traits else "environments") in self.kinds
        )
