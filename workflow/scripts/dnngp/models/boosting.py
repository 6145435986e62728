"""What boosted trees of any library share."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y

from dnngp.state import Stored


class BoostingRegressor(Stored, RegressorMixin, BaseEstimator):
    """Standardised phenotypes, rows that may have missing values (NaN)."""

    STATE = ("n_features_in_", "_mean", "_deviation")

    def _standardised(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        X, y = check_X_y(
            X, y, dtype=np.float32, y_numeric=True, ensure_min_samples=2, ensure_all_finite="allow-nan"
        )
        self.n_features_in_ = X.shape[1]
        self._mean, self._deviation = float(np.mean(y)), float(np.std(y)) or 1.0
        return X, (y - self._mean) / self._deviation

    def _known(self, X: np.ndarray) -> np.ndarray:
        check_is_fitted(self)
        return check_array(X, dtype=np.float32, ensure_all_finite="allow-nan")
