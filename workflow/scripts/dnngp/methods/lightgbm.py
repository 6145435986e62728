"""Gradient-boosted trees by LightGBM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from dnngp.base.lazy import np
from dnngp.base.parameters import setting, whole
from dnngp.base.serialisation import Arrays, as_bytes
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.trees.boosting import SEARCH, BoostingRegressor
from dnngp.methods.trees.stored_trees import checked_lightgbm

#: Loss by kind of trait.
OBJECTIVES = {"continuous": "regression", "count": "poisson", "binary": "binary"}


@dataclass(eq=False, repr=False)
class LightGBM(BoostingRegressor):
    """Small trees, each split where it gains most; other parameters as in :class:`BoostingRegressor`.

    Parameters
    ----------
    num_leaves
        Leaves of a tree: 1 less is the most markers that can interact in it.
    """

    num_leaves: int = setting(whole(15, 2))

    def _grow(
        self,
        X: np.ndarray,
        z: np.ndarray,
        weights: np.ndarray | None,
        rows: np.ndarray,
        validation: np.ndarray,
    ) -> None:
        import lightgbm

        settings = self._settings(*X.shape)
        # Values are put into bins once; the inner split takes rows of the binned table.
        data = lightgbm.Dataset(X, z, weight=weights, params=settings, free_raw_data=False).construct()
        inner = lightgbm.train(
            settings,
            data.subset(rows.tolist()),
            num_boost_round=self.n_estimators,
            valid_sets=[data.subset(validation.tolist())],
            valid_names=["inner"],
            callbacks=[lightgbm.early_stopping(self.patience, verbose=False)],
        )
        trees = max(inner.best_iteration, 1)
        self._booster = lightgbm.train(settings, data, num_boost_round=trees)
        ((loss, score),) = inner.best_score["inner"].items()
        told = {"inner_rmse": float(score) ** 0.5} if loss == "l2" else {"inner_loss": float(score)}
        self.diagnostics_ = {"trees": trees, **told}

    def _outputs(self, X: np.ndarray) -> Any:
        return self._booster.predict(X, raw_score=True, num_threads=1)

    def shares(self, X: np.ndarray) -> np.ndarray:
        """What each column adds to the mean prediction, (n, p): TreeSHAP (Lundberg et al. 2020)."""
        shares = self._booster.predict(np.asarray(X, np.float32), pred_contrib=True, num_threads=1)
        return self._deviation * np.asarray(shares)[:, :-1]

    def gain(self) -> np.ndarray:
        """Sum (p,) of the loss that splits on each column saved."""
        return np.asarray(self._booster.feature_importance("gain"), float)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method; the trees in LightGBM's text form."""
        return super().to_arrays() | {"trees": as_bytes(self._booster.model_to_string())}

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        import lightgbm

        super().from_arrays(arrays)
        trees = checked_lightgbm(
            arrays["trees"].tobytes().decode(), self._features, OBJECTIVES[self.trait.kind]
        )
        self._booster = lightgbm.Booster(model_str=trees)
        return self

    def _settings(self, n: int, p: int) -> dict[str, Any]:
        return {
            "objective": OBJECTIVES[self.trait.kind],
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_data_in_leaf": max(min(self.min_child_samples, n // 10), 1),
            "feature_fraction": min(self.features_per_tree / p, 1.0),
            "bagging_fraction": self.subsample,
            "bagging_freq": 1,
            "lambda_l2": self.reg_lambda,
            # Looking for markers that are never heterozygous together costs more than it saves.
            "enable_bundle": False,
            "seed": self.random_state,
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }


METHOD = Method(
    name="lightgbm",
    label="LightGBM",
    estimator=LightGBM,
    encodings=("additive", "pca"),
    family="trees",
    summary="Gradient-boosted small trees; their number by early stopping on an inner split.",
    fitted_by="boosting; the number of trees by early stopping on an inner split",
    citation="Ke et al. 2017, NeurIPS 30:3146",
    cost="trees x n x min(p, 250)",
    cheap=True,
    weights=True,
    trait_types=EVERY_KIND,
    importance="shares",
    search=SEARCH,
    order=130,
)
