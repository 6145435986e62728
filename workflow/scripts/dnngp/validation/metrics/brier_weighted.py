"""Mean squared error of probabilities of records that count by their weight."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def brier_weighted(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> float:
    """Of classes 0 and 1 (m,) and probabilities (m,) of 1, weighted by (m,)."""
    from sklearn.metrics import brier_score_loss

    return float(brier_score_loss(observed, predicted, sample_weight=weight, pos_label=1))


METRIC = Metric(
    name="brier_weighted",
    heading="Brier, weighted",
    label="Brier score, weighted",
    meaning="mean squared difference of probability and class, in which each record counts "
    "by its weight; only where the dataset has `weights`",
    best=0,
    function=brier_weighted,
    traits=("binary",),
    weights=True,
    order=18,
)
