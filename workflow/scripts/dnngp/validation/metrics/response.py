"""Relative selection response."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def response(observed: np.ndarray, predicted: np.ndarray, k: int) -> float:
    """How far the k samples predicted best lie above the mean of all, over the same for the truly best k."""
    from dnngp.validation.scores import gains

    return float(gains(observed, predicted)[k - 1])


METRIC = Metric(
    name="response",
    heading="Response",
    label="relative selection response",
    meaning="mean of the samples selected above that of all, relative to the truly best; chance gives zero",
    best=1,
    function=response,
    selection=True,
    order=90,
)
