"""Support vector machines."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVR
from sklearn.utils.validation import check_is_fitted, check_X_y

from dnngp.base.serialisation import PATH, Stored


class SVRRegressor(Stored, RegressorMixin, BaseEstimator):
    """Support vector regression with the kernel exp(-gamma d^2), on standardised phenotypes.

    ``C`` and ``epsilon`` are in units of a standard deviation of the training
    phenotypes, so that one default serves traits of any unit.

    Parameters
    ----------
    C
        Price of an error beyond epsilon.
    epsilon
        Half-width of the tube without price.
    gamma
        ``scale`` (1 / (features x variance of all training values)), ``auto``
        (1 / features) or a number.
    random_state
        Taken as by every method; the optimisation is convex and nothing is random.
    """

    STATE = ("_mean", "_deviation", "_lines", "_weights", "_level", "_width")

    def __init__(
        self,
        C: float = 1.0,
        epsilon: float = 0.1,
        gamma: str | float = "scale",
        random_state: int = 0,
    ) -> None:
        self.C = C
        self.epsilon = epsilon
        self.gamma = gamma
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray) -> SVRRegressor:
        """Fit on features X (n, p) without missing values and phenotypes y (n,)."""
        X, y = check_X_y(X, y, dtype=np.float64, y_numeric=True)
        self.n_features_in_ = X.shape[1]
        self._mean, self._deviation = float(np.mean(y)), float(np.std(y)) or 1.0
        machine = SVR(C=self.C, epsilon=self.epsilon, gamma=self.gamma)
        machine.fit(X, (y - self._mean) / self._deviation)
        self._lines, self._weights = machine.support_vectors_, machine.dual_coef_[0]
        self._level, self._width = float(machine.intercept_[0]), float(machine._gamma)
        self.diagnostics_ = {"support_vectors": len(self._lines)}
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predicted phenotypes (n,) float64 on the scale of y."""
        check_is_fitted(self, "_lines")
        predicted = np.full(len(X), self._level)
        if len(self._lines):  # none where all phenotypes lie within epsilon
            predicted += rbf_kernel(np.asarray(X, np.float64), self._lines, self._width) @ self._weights
        return self._mean + self._deviation * predicted

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Derivatives of the prediction by the columns, mean over the way from ``base`` to each row."""
        total = np.zeros(X.shape)
        if not len(self._lines):
            return total
        for share in PATH:
            rows = np.asarray(base + share * (X - base), np.float64)
            pull = rbf_kernel(rows, self._lines, self._width) * self._weights
            total += pull @ self._lines - pull.sum(axis=1, keepdims=True) * rows
        return self._deviation * 2 * self._width * total / len(PATH)
