"""What boosted trees of any library share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y

from dnngp.base.serialisation import Stored


@dataclass(kw_only=True, eq=False, repr=False)
class BoostingRegressor(Stored, RegressorMixin, BaseEstimator):
    """Gradient-boosted trees; an inner split of the training rows tells how many.

    Early stopping on the inner split finds the number of trees; as many are then
    grown on all training rows, so that stopping costs no data. Phenotypes are
    standardised. Missing values (NaN) go to the side of a split that suits them.
    One thread, deterministic.

    Parameters
    ----------
    n_estimators
        Most trees to grow.
    learning_rate
        Share of each tree's prediction that is added.
    min_child_samples
        Fewest lines in a leaf (no more than a tenth of the training lines).
    features_per_tree
        Most features that each tree may use; bounds the cost of many markers.
    subsample
        Share of the lines that each tree may use.
    reg_lambda
        L2 penalty on leaf values.
    patience
        Stop when this many trees in a row did not lower the inner error.
    inner_fraction
        Share of the training rows to validate on.
    random_state
        Seed of the inner split and of the markers and lines drawn for each tree.

    Attributes
    ----------
    diagnostics_ : dict
        trees, inner_rmse (in standard deviations).
    """

    n_estimators: int = 1000
    learning_rate: float = 0.03
    min_child_samples: int = 10
    features_per_tree: int = 250
    subsample: float = 0.7
    reg_lambda: float = 1.0
    patience: int = 50
    inner_fraction: float = 0.1
    random_state: int = 0

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
