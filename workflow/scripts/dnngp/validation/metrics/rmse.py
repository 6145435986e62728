"""Root mean squared error."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def rmse(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Root of the mean squared difference (m,), in the unit of the trait."""
    return float(((predicted - observed) ** 2).mean() ** 0.5)


METRIC = Metric(
    name="rmse",
    heading="RMSE",
    label="root mean squared error",
    meaning="root mean squared error, in the unit of the trait",
    best=0,
    function=rmse,
    in_units=True,
    order=30,
)
