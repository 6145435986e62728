"""Gradient-boosted trees by XGBoost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import xgboost

from dnngp.models.boosting import BoostingRegressor
from dnngp.state import Arrays, as_bytes
from dnngp.training import inner_split

#: Bins that values are put into: dosages need few, features as many as LightGBM's.
BINS = 255


class XGBoostRegressor(BoostingRegressor):
    """Gradient-boosted shallow trees; an inner split of the training rows tells how many.

    Trained as :class:`dnngp.models.trees.LightGBMRegressor` is, with trees that grow level by level.

    Parameters
    ----------
    n_estimators
        Most trees to grow.
    learning_rate
        Share of each tree's prediction that is added.
    max_depth
        Splits from root to leaf: the most markers that can interact in a tree.
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

    def __init__(
        self,
        n_estimators: int = 1000,
        learning_rate: float = 0.03,
        max_depth: int = 4,
        min_child_samples: int = 10,
        features_per_tree: int = 250,
        subsample: float = 0.7,
        reg_lambda: float = 1.0,
        patience: int = 50,
        inner_fraction: float = 0.1,
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_samples = min_child_samples
        self.features_per_tree = features_per_tree
        self.subsample = subsample
        self.reg_lambda = reg_lambda
        self.patience = patience
        self.inner_fraction = inner_fraction
        self.random_state = random_state

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        ids: Sequence[str] | None = None,
        groups: Sequence[object] | None = None,
    ) -> XGBoostRegressor:
        """Fit on features X (n, p) and phenotypes y (n,).

        ``ids`` and ``groups`` name the rows for :func:`dnngp.training.inner_split`.
        """
        X, z = self._standardised(X, y)
        rows, validation = inner_split(len(X), self.inner_fraction, self.random_state, ids, groups)
        settings = self._settings(*X.shape)
        inner = xgboost.train(
            settings,
            xgboost.QuantileDMatrix(X[rows], z[rows], max_bin=BINS, nthread=1),
            num_boost_round=self.n_estimators,
            evals=[(xgboost.DMatrix(X[validation], z[validation], nthread=1), "inner")],
            early_stopping_rounds=self.patience,
            verbose_eval=False,
        )
        trees = inner.best_iteration + 1
        data = xgboost.QuantileDMatrix(X, z, max_bin=BINS, nthread=1)
        self._booster = xgboost.train(settings, data, num_boost_round=trees)
        self.diagnostics_ = {"trees": trees, "inner_rmse": float(inner.best_score)}
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predicted phenotypes (n,) float64 on the scale of y."""
        X = self._known(X)
        return self._mean + self._deviation * self._booster.inplace_predict(X).astype(float)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method; the trees in XGBoost's JSON form."""
        return super().to_arrays() | {"trees": as_bytes(self._booster.save_raw("json"))}

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        super().from_arrays(arrays)
        self._booster = xgboost.Booster({"nthread": 1})
        self._booster.load_model(bytearray(arrays["trees"].tobytes()))
        return self

    def _settings(self, n: int, p: int) -> dict[str, Any]:
        return {
            "objective": "reg:squarederror",
            "base_score": 0.0,
            "tree_method": "hist",
            "max_bin": BINS,
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth,
            # With squared errors the weight of a leaf is its number of lines.
            "min_child_weight": max(min(self.min_child_samples, n // 10), 1),
            "colsample_bytree": min(self.features_per_tree / p, 1.0),
            "subsample": self.subsample,
            "reg_lambda": self.reg_lambda,
            "seed": self.random_state,
            "nthread": 1,
            "verbosity": 0,
        }
