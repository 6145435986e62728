"""Mean normalised value."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def mnv(observed: np.ndarray, predicted: np.ndarray, k: int) -> float:
    """Discounted cumulative gain of observed minus their mean, over that of the best order; mean over 1 to k.

    Ma et al. 2018, Planta 248:1307.
    """
    from dnngp.validation.scores import in_order

    centred, discounts = observed - observed.mean(), 1 / np.log2(np.arange(2, k + 2))
    values, best = (np.cumsum(in_order(centred, by)[:k] * discounts) for by in (predicted, observed))
    return float(np.mean(values / best))


METRIC = Metric(
    name="mnv",
    heading="MNV",
    label="mean normalised value",
    meaning="mean normalised value of the samples selected, as DeepGS defines it",
    best=1,
    function=mnv,
    selection=True,
    order=100,
)
