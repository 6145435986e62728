"""Area under the curve of precision and recall."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def average_precision(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Of classes 0 and 1 (m,) and probabilities (m,) of 1."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(observed, predicted))


METRIC = Metric(
    name="average_precision",
    heading="AP",
    label="average precision",
    meaning="average precision of finding the second class: the mean of the share found rightly, as more "
    "are selected; chance gives its share",
    best=1,
    function=average_precision,
    traits=("binary",),
    several_classes=True,
    order=2,
)
