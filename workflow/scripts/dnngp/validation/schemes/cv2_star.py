"""A trait of samples whose other traits are known: CV2 where environments are traits."""

from __future__ import annotations

from dnngp.validation.draws import dealt
from dnngp.validation.scheme import Scheme, repeated

SCHEME = Scheme(
    name="CV2star",
    predicts="a trait of samples whose other traits are known",
    meaning="The traits of a sample are dealt to different folds.",
    draw=dealt,
    needs="environments",
    kinds=("traits",),
    new_samples=False,
    counts=repeated,
    order=80,
)
