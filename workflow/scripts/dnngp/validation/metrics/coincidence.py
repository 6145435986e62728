"""How many of the best samples are selected."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def coincidence(observed: np.ndarray, predicted: np.ndarray, k: int) -> float:
    """Share of the truly best k among the k predicted best."""
    from dnngp.validation.scores import in_order, shared

    best = np.zeros(len(observed))
    best[np.argsort(-observed, kind="stable")[:k]] = 1
    return float(in_order(shared(best, observed), predicted)[:k].sum() / k)


METRIC = Metric(
    name="coincidence",
    heading="Coincidence",
    label="coincidence of the best samples",
    meaning="share of the truly best samples among those selected; chance gives the selected fraction",
    best=1,
    function=coincidence,
    selection=True,
    order=80,
)
