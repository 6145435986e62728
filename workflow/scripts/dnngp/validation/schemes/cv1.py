"""New samples in known environments: CV1 of Burgueno et al. 2012, Crop Sci 52:707."""

from __future__ import annotations

from dnngp.validation.draws import leave_out, sample_folds
from dnngp.validation.scheme import Folds, Scheme, repeated
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """Samples as the scheme ``random`` draws them, with all of their records."""
    return leave_out(sample_folds(units, folds, repeat), folds, units.samples)


SCHEME = Scheme(
    name="CV1",
    predicts="new samples in known environments",
    meaning="Samples are drawn as by `random`, with their records in all environments.",
    draw=draw,
    needs="environments",
    counts=repeated,
    order=60,
)
