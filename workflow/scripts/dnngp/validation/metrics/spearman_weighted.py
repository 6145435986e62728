"""Rank correlation of records that count by their weight."""

from __future__ import annotations

from dnngp.base.lazy import np, stats
from dnngp.validation.metric import Metric


def spearman_weighted(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> float:
    """Correlation of ranks of observed and predicted values (m,), weighted by (m,); NaN where constant."""
    from dnngp.validation.metrics.pearson_weighted import pearson_weighted

    return pearson_weighted(stats.rankdata(observed), stats.rankdata(predicted), weight)


METRIC = Metric(
    name="spearman_weighted",
    heading="Spearman, weighted",
    label="Spearman's rank correlation, weighted",
    meaning="Pearson's r of the ranks, in which each record counts by its weight; only where the dataset "
    "has `weights`",
    best=1,
    function=spearman_weighted,
    main=("ordinal",),
    traits=("ordinal",),
    weights=True,
    order=17,
)
