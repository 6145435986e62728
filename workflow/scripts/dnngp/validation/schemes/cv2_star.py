"""A trait of samples whose other traits are known: CV2 where environments are traits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnngp.validation.scheme import Folds, Scheme, repeated

if TYPE_CHECKING:
    from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """The traits of a sample are tested by turns."""
    from dnngp.validation.draws import dealt

    return dealt(units, folds, repeat)


SCHEME = Scheme(
    name="CV2star",
    predicts="a trait of samples whose other traits are known",
    meaning="The traits of a sample are dealt to different folds.",
    draw=draw,
    needs="environments",
    kinds=("traits",),
    new_samples=False,
    counts=repeated,
    order=80,
)
