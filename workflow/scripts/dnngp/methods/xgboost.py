"""Gradient-boosted trees by XGBoost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from dnngp.base.lazy import np
from dnngp.base.parameters import setting, whole
from dnngp.base.serialisation import Arrays, as_bytes
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.trees.boosting import SEARCH, BoostingRegressor
from dnngp.methods.trees.stored_trees import checked_xgboost

#: Bins that values are put into: dosages need few, features as many as LightGBM's.
BINS = 255

#: Loss by kind of trait.
OBJECTIVES = {"continuous": "reg:squarederror", "count": "count:poisson", "binary": "binary:logistic"}


@dataclass(eq=False, repr=False)
class XGBoost(BoostingRegressor):
    """Shallow trees that grow level by level; other parameters as in :class:`BoostingRegressor`.

    Parameters
    ----------
    max_depth
        Splits from root to leaf: the most markers that can interact in a tree.
    """

    max_depth: int = setting(whole(4, 1))

    def _grow(
        self,
        X: np.ndarray,
        z: np.ndarray,
        weights: np.ndarray | None,
        rows: np.ndarray,
        validation: np.ndarray,
    ) -> None:
        import xgboost

        settings = self._settings(*X.shape) | self._loss(z)
        of_rows, of_validation = (None if weights is None else weights[part] for part in (rows, validation))
        inner = xgboost.train(
            settings,
            xgboost.QuantileDMatrix(X[rows], z[rows], weight=of_rows, max_bin=BINS, nthread=1),
            num_boost_round=self.n_estimators,
            evals=[(xgboost.DMatrix(X[validation], z[validation], weight=of_validation, nthread=1), "inner")],
            early_stopping_rounds=self.patience,
            verbose_eval=False,
        )
        trees = inner.best_iteration + 1
        data = xgboost.QuantileDMatrix(X, z, weight=weights, max_bin=BINS, nthread=1)
        self._booster = xgboost.train(settings, data, num_boost_round=trees)
        loss = "inner_rmse" if self.trait.kind == "continuous" else "inner_loss"
        self.diagnostics_ = {"trees": trees, loss: float(inner.best_score)}

    def _outputs(self, X: np.ndarray) -> Any:
        return self._booster.inplace_predict(X, predict_type="margin").astype(float)

    def shares(self, X: np.ndarray) -> np.ndarray:
        """What each column adds to the mean prediction, (n, p): TreeSHAP (Lundberg et al. 2020)."""
        import xgboost

        data = xgboost.DMatrix(np.asarray(X, np.float32), nthread=1)
        shares = self._booster.predict(data, pred_contribs=True)
        return self._deviation * np.asarray(shares, float)[:, :-1]

    def gain(self) -> np.ndarray:
        """Sum (p,) of the loss that splits on each column saved."""
        found = np.zeros(self._features)
        for name, value in self._booster.get_score(importance_type="total_gain").items():
            found[int(name.removeprefix("f"))] = value
        return found

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method; the trees in XGBoost's JSON form."""
        return super().to_arrays() | {"trees": as_bytes(self._booster.save_raw("json"))}

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        import xgboost

        super().from_arrays(arrays)
        self._booster = xgboost.Booster({"nthread": 1})
        trees = checked_xgboost(
            arrays["trees"].tobytes().decode(), self._features, OBJECTIVES[self.trait.kind]
        )
        self._booster.load_model(bytearray(trees))
        return self

    def _loss(self, z: np.ndarray) -> dict[str, Any]:
        """The loss, and where it starts from; the information of a line, which bounds a leaf, follows."""
        if self.trait.kind == "continuous":
            return {"objective": OBJECTIVES["continuous"], "base_score": 0.0}
        start = float(np.mean(z))
        information = start * (1 - start) if self.trait.kind == "binary" else start
        least = max(min(self.min_child_samples, len(z) // 10), 1)
        loss = {"objective": OBJECTIVES[self.trait.kind], "base_score": start}
        return loss | {"min_child_weight": least * information}

    def _settings(self, n: int, p: int) -> dict[str, Any]:
        return {
            "tree_method": "hist",
            "max_bin": BINS,
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth,
            # With squared errors the weight of a leaf is that of its records, their number without weights.
            "min_child_weight": max(min(self.min_child_samples, n // 10), 1),
            "colsample_bytree": min(self.features_per_tree / p, 1.0),
            "subsample": self.subsample,
            "reg_lambda": self.reg_lambda,
            "seed": self.random_state,
            "nthread": 1,
            "verbosity": 0,
        }


METHOD = Method(
    name="xgboost",
    label="XGBoost",
    estimator=XGBoost,
    encodings=("additive", "pca"),
    family="trees",
    summary="Gradient-boosted shallow trees; their number by early stopping on an inner split.",
    fitted_by="boosting; the number of trees by early stopping on an inner split",
    citation="Chen & Guestrin 2016, KDD 22:785",
    cost="trees x n x min(p, 250)",
    cheap=True,
    weights=True,
    trait_types=EVERY_KIND,
    importance="shares",
    search=SEARCH,
    order=120,
)
