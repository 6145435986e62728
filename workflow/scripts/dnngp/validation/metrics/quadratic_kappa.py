"""Agreement of ordered classes."""

from __future__ import annotations

import math

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def quadratic_kappa(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Of classes (m,) from 0 and expected class numbers (m,); NaN where those do not vary."""
    from sklearn.metrics import cohen_kappa_score

    told = np.rint(predicted)
    if np.ptp(told) == 0:
        return math.nan
    return float(cohen_kappa_score(observed.astype(int), told.astype(int), weights="quadratic"))


METRIC = Metric(
    name="quadratic_kappa",
    heading="Kappa",
    label="quadratic kappa",
    meaning="Cohen's kappa with squared weights of the class and the rounded expected class; chance gives 0",
    best=1,
    function=quadratic_kappa,
    traits=("ordinal",),
    several_classes=True,
    order=8,
)
