"""Samples known in other environments: CV2 of Burgueno et al. 2012, Crop Sci 52:707."""

from __future__ import annotations

from dnngp.validation.draws import dealt
from dnngp.validation.scheme import Scheme, repeated

SCHEME = Scheme(
    name="CV2",
    predicts="samples known in other environments",
    meaning="The records of a sample are dealt to different folds.",
    draw=dealt,
    needs="environments",
    kinds=("environments",),
    new_samples=False,
    counts=repeated,
    order=70,
)
