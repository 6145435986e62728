"""Regression of phenotypes on predictions: whether predictions are inflated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dnngp.validation.metric import Metric

if TYPE_CHECKING:
    import numpy as np

#: Predictions that vary less than this share of the phenotypes have no slope: a method that found a
#: heritability of zero shrinks all but everything away, and the slope would divide by what is left.
LEAST_SPREAD = 1e-3


def slope(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Slope of observed on predicted values (m,); NaN where predictions vary too little."""
    from scipy.stats import linregress

    from dnngp.validation.scores import is_constant

    if is_constant(predicted) or predicted.std() <= LEAST_SPREAD * observed.std():
        return math.nan
    return float(linregress(predicted, observed).slope)


METRIC = Metric(
    name="slope",
    heading="Slope",
    label="slope of phenotype on prediction",
    meaning="slope of phenotype on prediction; below one, predictions are inflated",
    best=1,
    function=slope,
    order=50,
)
