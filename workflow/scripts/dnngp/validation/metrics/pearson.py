"""Pearson's correlation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dnngp.validation.metric import Metric

if TYPE_CHECKING:
    import numpy as np


def pearson(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Correlation of observed and predicted values (m,); NaN where either is constant."""
    from scipy.stats import pearsonr

    from dnngp.validation.scores import is_constant

    if is_constant(observed) or is_constant(predicted):
        return math.nan
    return float(pearsonr(observed, predicted).statistic)


METRIC = Metric(
    name="pearson",
    heading="r",
    label="predictive ability r",
    meaning="predictive ability: Pearson's r of prediction and phenotype",
    best=1,
    function=pearson,
    order=10,
)
