"""Regression of phenotypes on predictions: whether predictions are inflated."""

from __future__ import annotations

import math

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric

#: Predictions that vary less than this share of the phenotypes have no slope: a method that found a
#: heritability of zero shrinks all but everything away, and the slope would divide by what is left.
LEAST_SPREAD = 1e-3


def slope(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Slope of observed on predicted values (m,); NaN where predictions vary too little."""
    from dnngp.validation.scores import is_constant

    if is_constant(predicted) or predicted.std() <= LEAST_SPREAD * observed.std():
        return math.nan
    variances = np.cov(predicted, observed)
    return float(variances[0, 1] / variances[0, 0])


METRIC = Metric(
    name="slope",
    heading="Slope",
    label="slope of phenotype on prediction",
    meaning="slope of phenotype on prediction; below one, predictions are inflated",
    best=1,
    function=slope,
    order=50,
)
