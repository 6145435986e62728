"""Random folds."""

from __future__ import annotations

from dnngp.validation.draws import leave_out, sample_folds
from dnngp.validation.scheme import Folds, Scheme, repeated
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """Folds over all ids: a sample is in the same fold for every trait; near-duplicates stay together."""
    return leave_out(sample_folds(units, folds, repeat), folds, units.near if units.together else None)


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
