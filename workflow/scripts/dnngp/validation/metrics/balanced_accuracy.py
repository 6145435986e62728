"""Mean share of each class that is told."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric

#: Probability from which a sample is said to be of the second class.
THRESHOLD = 0.5


def balanced_accuracy(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Of classes 0 and 1 (m,), told by a probability (m,) of 0.5."""
    from sklearn.metrics import balanced_accuracy_score

    return float(balanced_accuracy_score(observed, predicted >= THRESHOLD))


METRIC = Metric(
    name="balanced_accuracy",
    heading="Balanced",
    label="balanced accuracy",
    meaning="mean of the shares of both classes that a probability of 0.5 as threshold tells; chance "
    "gives 0.5",
    best=1,
    function=balanced_accuracy,
    traits=("binary",),
    several_classes=True,
    chance=0.5,
    order=3,
)
