"""The negative control."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from dnngp.base.serialisation import Stored


class MeanRegressor(Stored, RegressorMixin, BaseEstimator):
    """Predicts the mean of the training phenotypes, whatever the genotype.

    Parameters
    ----------
    random_state
        Taken as by every method; nothing here is random.
    """

    STATE = ("mean_",)

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray) -> MeanRegressor:
        """Remember the mean of y (n,)."""
        self.mean_ = float(np.mean(y))
        self.diagnostics_: dict[str, float] = {}
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The mean once per row of X, float64."""
        check_is_fitted(self)
        return np.full(len(X), self.mean_)

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """No column makes a difference."""
        return np.zeros(X.shape)
