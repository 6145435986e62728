"""Pearson's correlation of records that count by their precision."""

from __future__ import annotations

import math

from dnngp.base.lazy import np
from dnngp.genotypes.trait_types import NUMBERS
from dnngp.validation.metric import Metric


def pearson_weighted(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> float:
    """Correlation of observed and predicted values (m,) weighted by (m,); NaN where either is constant."""
    from dnngp.validation.scores import is_constant

    if is_constant(observed) or is_constant(predicted):
        return math.nan
    variances = np.cov(observed, predicted, aweights=weight)
    return float(variances[0, 1] / np.sqrt(variances[0, 0] * variances[1, 1]))


METRIC = Metric(
    name="pearson_weighted",
    heading="r, weighted",
    label="predictive ability r, weighted",
    meaning="Pearson's r in which each record counts by its precision; only where the dataset has `weights`",
    best=1,
    function=pearson_weighted,
    main=NUMBERS,
    weights=True,
    order=15,
)
