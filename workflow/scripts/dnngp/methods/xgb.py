"""Gradient-boosted trees by XGBoost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import xgboost

from dnngp.base.serialisation import Arrays, as_bytes
from dnngp.methods.boosting import BoostingRegressor
from dnngp.methods.networks.training import inner_split

#: Bins that values are put into: dosages need few, features as many as LightGBM's.
BINS = 255


@dataclass(kw_only=True, eq=False, repr=False)
class XGBoostRegressor(BoostingRegressor):
    """Shallow trees that grow level by level; other parameters as in :class:`BoostingRegressor`.

    Parameters
    ----------
    max_depth
        Splits from root to leaf: the most markers that can interact in a tree.
    """

    max_depth: int = 4

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        ids: Sequence[str] | None = None,
        groups: Sequence[object] | None = None,
    ) -> XGBoostRegressor:
        """Fit on features X (n, p) and phenotypes y (n,).

        ``ids`` and ``groups`` name the rows for :func:`dnngp.methods.networks.training.inner_split`.
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

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """What each column adds to the mean prediction, (n, p): TreeSHAP (Lundberg et al. 2020)."""
        shares = self._booster.predict(xgboost.DMatrix(self._known(X), nthread=1), pred_contribs=True)
        return self._deviation * np.asarray(shares, float)[:, :-1]

    def gain(self) -> np.ndarray:
        """Sum (p,) of the loss that splits on each column saved."""
        found = np.zeros(self.n_features_in_)
        for name, value in self._booster.get_score(importance_type="total_gain").items():
            found[int(name.removeprefix("f"))] = value
        return found

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
