"""Mean squared error of probabilities."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def brier(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Of classes 0 and 1 (m,) and probabilities (m,) of 1."""
    from sklearn.metrics import brier_score_loss

    return float(brier_score_loss(observed, predicted, pos_label=1))


METRIC = Metric(
    name="brier",
    heading="Brier",
    label="Brier score",
    meaning="mean squared difference of probability and class (0 or 1)",
    best=0,
    function=brier,
    traits=("binary",),
    order=4,
)
