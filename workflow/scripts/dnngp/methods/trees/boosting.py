"""What boosted trees of any library share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnngp.base.lazy import np
from dnngp.base.parameters import number, setting, share, whole
from dnngp.methods.declaration import Span
from dnngp.methods.regressor import Prediction, RowRegressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet

#: Hyper-parameters to tune.
SEARCH = {
    "learning_rate": Span(0.01, 0.1, log=True),
    "min_child_samples": Span(5, 40, whole=True),
    "features_per_tree": Span(50, 1000, log=True, whole=True),
    "subsample": Span(0.5, 1.0),
    "reg_lambda": Span(0.1, 30, log=True),
}


@dataclass(eq=False, repr=False)
class BoostingRegressor(RowRegressor):
    """Gradient-boosted trees; an inner split of the training rows tells how many.

    Early stopping on the inner split finds the number of trees; as many are then
    grown on all training rows, so that stopping costs no data. Phenotypes are
    standardised; two classes have the logistic loss, counts that of Poisson. Missing values (NaN) go to the
    side of a split that suits them.
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

    n_estimators: int = setting(whole(1000, 1))
    learning_rate: float = setting(number(0.03, 0, above=True))
    min_child_samples: int = setting(whole(10, 1))
    features_per_tree: int = setting(whole(250, 1))
    subsample: float = setting(share(0.7, above=True))
    reg_lambda: float = setting(number(1.0, 0))
    patience: int = setting(whole(50, 1))
    inner_fraction: float = setting(share(0.1, above=True, below=True))

    ACCEPTS_MISSING = True
    STATE = ("_features", "_mean", "_deviation")

    def _fit_rows(
        self, X: np.ndarray, y: np.ndarray, training: TrainingSet, weight: RecordWeights | None
    ) -> None:
        from dnngp.encodings.samples.record_weights import relative_of, weighted_mean
        from dnngp.validation.inner_split import inner_split

        self._features, weights = X.shape[1], relative_of(weight)
        self._mean, self._deviation = 0.0, 1.0
        if self.trait.kind == "continuous":
            self._mean, self._deviation = float(weighted_mean(y, weights)), float(np.std(y)) or 1.0
        split = inner_split(
            *(len(X), self.inner_fraction, self.random_state, training.ids, training.groups),
            classes=y if self.trait.has_classes else None,
        )
        self._grow(X.astype(np.float32), (y - self._mean) / self._deviation, weights, *split)

    def predict_rows(self, X: np.ndarray) -> np.ndarray:
        """As of every method that reads rows."""
        return np.asarray(self._mean + self._deviation * self._outputs(np.asarray(X, np.float32)))

    def _predict(self, records: Records) -> Prediction:
        prediction = super()._predict(records)
        return Prediction(np.exp(prediction.mean)) if self.trait.kind == "count" else prediction

    def _grow(
        self,
        X: np.ndarray,
        z: np.ndarray,
        weights: np.ndarray | None,
        rows: np.ndarray,
        validation: np.ndarray,
    ) -> None:
        """Grow trees on X (n, p), z (n,) and weights (n,), as many as the validation rows ask for."""
        raise NotImplementedError

    def _outputs(self, X: np.ndarray) -> Any:
        """Predictions (m,) float64 in standard deviations; of classes log odds, of counts logarithms."""
        raise NotImplementedError
