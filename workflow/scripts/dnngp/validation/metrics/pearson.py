"""Pearson's correlation."""

from __future__ import annotations

import math

from dnngp.base.lazy import np
from dnngp.genotypes.trait_types import NUMBERS
from dnngp.validation.metric import Metric


def pearson(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Correlation of observed and predicted values (m,); NaN where either is constant."""
    from dnngp.validation.scores import is_constant

    if is_constant(observed) or is_constant(predicted):
        return math.nan
    return float(np.corrcoef(observed, predicted)[0, 1])


METRIC = Metric(
    name="pearson",
    heading="r",
    label="predictive ability r",
    meaning="predictive ability: Pearson's r of prediction and phenotype",
    best=1,
    function=pearson,
    main=NUMBERS,
    order=10,
)
