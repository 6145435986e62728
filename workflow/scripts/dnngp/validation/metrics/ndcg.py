"""Normalised discounted cumulative gain."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def ndcg(observed: np.ndarray, predicted: np.ndarray, k: int) -> float:
    """Of the k samples predicted best; gains are observed minus the smallest observed value.

    Blondel et al. 2015, PLoS ONE 10:e0128570.
    """
    from sklearn.metrics import ndcg_score

    return float(ndcg_score([observed - observed.min()], [predicted], k=k))


METRIC = Metric(
    name="ndcg",
    heading="NDCG",
    label="NDCG of the best samples",
    meaning="normalised discounted cumulative gain of the selected samples: one when the best head the list; "
    "gains are phenotypes minus the smallest of the fold",
    best=1,
    function=ndcg,
    selection=True,
    order=60,
)
