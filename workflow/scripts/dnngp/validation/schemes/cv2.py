"""Samples known in other environments: CV2 of Burgueno et al. 2012, Crop Sci 52:707."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnngp.validation.scheme import Folds, Scheme, repeated

if TYPE_CHECKING:
    from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """The records of a sample are tested by turns."""
    from dnngp.validation.draws import dealt

    return dealt(units, folds, repeat)


SCHEME = Scheme(
    name="CV2",
    predicts="samples known in other environments",
    meaning="The records of a sample are dealt to different folds.",
    draw=draw,
    needs="environments",
    kinds=("environments",),
    new_samples=False,
    counts=repeated,
    order=70,
)
