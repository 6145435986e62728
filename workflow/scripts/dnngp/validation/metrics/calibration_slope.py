"""Whether probabilities are as sure as they may be."""

from __future__ import annotations

import math

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric

#: Probabilities are no nearer to 0 and 1, and log odds that vary less have no slope.
LEAST, LEAST_SPREAD = 1e-6, 1e-6


def calibration_slope(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Of classes 0 and 1 (m,) and probabilities (m,) of 1; NaN where those do not vary."""
    from scipy.special import logit
    from sklearn.linear_model import LogisticRegression

    odds = logit(np.clip(predicted, LEAST, 1 - LEAST))
    if np.ptp(odds) < LEAST_SPREAD:
        return math.nan
    return float(LogisticRegression(C=np.inf, max_iter=1000).fit(odds[:, None], observed).coef_[0, 0])


METRIC = Metric(
    name="calibration_slope",
    heading="Calibration",
    label="calibration slope",
    meaning="slope of a logistic regression of the class on the log odds; below one, probabilities are "
    "too sure",
    best=1,
    function=calibration_slope,
    traits=("binary",),
    several_classes=True,
    order=6,
)
