"""Spearman's rank correlation."""

from __future__ import annotations

import math

from dnngp.base.lazy import np, pd
from dnngp.validation.metric import Metric


def spearman(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Correlation of the ranks of observed and predicted values (m,); NaN where either is constant."""
    from dnngp.validation.scores import is_constant

    if is_constant(observed) or is_constant(predicted):
        return math.nan
    return float(np.corrcoef(pd.Series(observed).rank(), pd.Series(predicted).rank())[0, 1])


METRIC = Metric(
    name="spearman",
    heading="Spearman",
    label="Spearman's rank correlation",
    meaning="Spearman's rank correlation of prediction and phenotype",
    best=1,
    function=spearman,
    main=("ordinal",),
    order=20,
)
