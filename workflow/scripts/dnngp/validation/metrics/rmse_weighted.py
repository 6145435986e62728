"""Root mean squared error of records that count by their precision."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def rmse_weighted(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> float:
    """Root of the mean squared difference (m,), weighted by (m,), in the unit of the trait."""
    return float(np.average((predicted - observed) ** 2, weights=weight) ** 0.5)


METRIC = Metric(
    name="rmse_weighted",
    heading="RMSE, weighted",
    label="root mean squared error, weighted",
    meaning="RMSE in which each record counts by its precision; only where the dataset has `weights`",
    best=0,
    function=rmse_weighted,
    in_units=True,
    weights=True,
    order=35,
)
