"""Normalised cumulative gain."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def ncg(observed: np.ndarray, predicted: np.ndarray, k: int) -> float:
    """Mean of :func:`dnngp.validation.scores.gains` over every number of samples, whatever k."""
    from dnngp.validation.scores import gains

    return float(gains(observed, predicted).mean())


METRIC = Metric(
    name="ncg",
    heading="NCG",
    label="normalised cumulative gain",
    meaning="normalised cumulative gain: the relative response, averaged over every number of samples",
    best=1,
    function=ncg,
    selection=True,
    order=70,
)
