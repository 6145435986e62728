"""Mean error."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def bias(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Mean of predicted minus observed values (m,), in the unit of the trait."""
    return float((predicted - observed).mean())


METRIC = Metric(
    name="bias",
    heading="Bias",
    label="bias: prediction minus phenotype",
    meaning="mean of prediction minus phenotype, in the unit of the trait",
    best=0,
    function=bias,
    in_units=True,
    order=40,
)
