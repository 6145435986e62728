"""Squared error of the probabilities of ordered classes."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def ranked_probability_score(observed: np.ndarray, probability: np.ndarray) -> float:
    """Of classes (m,) from 0 and their probabilities (m, k): mean over records and steps between classes.

    Epstein 1969, J Appl Meteorol 8:985.
    """
    above = probability[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    truth = observed[:, None] > np.arange(above.shape[1])
    return float(np.mean((above - truth) ** 2))


METRIC = Metric(
    name="ranked_probability_score",
    heading="RPS",
    label="ranked probability score",
    meaning="mean squared difference of probability and truth of being above each step between classes",
    best=0,
    function=ranked_probability_score,
    of_probability=True,
    traits=("ordinal",),
    order=7,
)
