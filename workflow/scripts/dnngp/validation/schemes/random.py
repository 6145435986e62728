"""Random folds."""

from __future__ import annotations

from dnngp.validation.draws import leave_out, sample_folds
from dnngp.validation.scheme import Folds, Scheme, repeated
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """Folds over all ids: a sample is in the same fold for every trait; near-duplicates stay together."""
    whole = [units.together.get(name, name) for name in units.samples] if units.together else None
    return leave_out(sample_folds(units, folds, repeat), folds, whole)


SCHEME = Scheme(
    name="random",
    predicts="untested sisters of tested samples",
    target="new samples of known families",
    meaning="Repeated k-fold cross-validation: samples are drawn by hashing their ids.",
    draw=draw,
    outsiders_train=True,
    counts=repeated,
    remedy="Lower `cv.folds`.",
    order=10,
)
