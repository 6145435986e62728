"""Mean logarithmic loss of probabilities."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def log_loss(observed: np.ndarray, probability: np.ndarray) -> float:
    """Of classes (m,) from 0 and their probabilities (m, k)."""
    from sklearn import metrics

    return float(metrics.log_loss(observed, probability, labels=np.arange(probability.shape[1])))


METRIC = Metric(
    name="log_loss",
    heading="Log loss",
    label="log loss",
    meaning="mean of minus the logarithm of the probability that the class got; sure errors cost most",
    best=0,
    function=log_loss,
    of_probability=True,
    traits=("binary", "ordinal"),
    order=5,
)
