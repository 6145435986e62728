"""Regression of phenotypes on predictions, records counting by their precision."""

from __future__ import annotations

import math

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric
from dnngp.validation.metrics.slope import LEAST_SPREAD


def slope_weighted(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> float:
    """Weighted slope of observed on predicted values (m,); NaN where predictions vary too little."""
    from dnngp.validation.scores import is_constant

    if is_constant(predicted) or predicted.std() <= LEAST_SPREAD * observed.std():
        return math.nan
    variances = np.cov(predicted, observed, aweights=weight)
    return float(variances[0, 1] / variances[0, 0])


METRIC = Metric(
    name="slope_weighted",
    heading="Slope, weighted",
    label="slope of phenotype on prediction, weighted",
    meaning="slope in which each record counts by its precision; only where the dataset has `weights`",
    best=1,
    function=slope_weighted,
    weights=True,
    order=55,
)
