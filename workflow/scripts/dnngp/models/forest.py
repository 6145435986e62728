"""Random forest."""

from __future__ import annotations

import numpy as np
from sklearn import ensemble
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y


class RandomForestRegressor(RegressorMixin, BaseEstimator):
    """The mean of deep trees, each grown on a bootstrap sample of the lines.

    Trees are summed in the order they were grown in, so that the prediction has
    the same bits with any number of threads; scikit-learn sums them as they
    come.

    Parameters
    ----------
    n_estimators
        Number of trees.
    feature_share
        Share of the features that each split chooses from.
    min_samples_leaf
        Fewest lines in a leaf.
    n_jobs
        Threads to grow trees with.
    random_state
        Seed of the bootstrap samples and of the features drawn.

    Attributes
    ----------
    diagnostics_ : dict
        trees.
    """

    def __init__(
        self,
        n_estimators: int = 300,
        feature_share: float = 0.05,
        min_samples_leaf: int = 3,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.feature_share = feature_share
        self.min_samples_leaf = min_samples_leaf
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: np.ndarray) -> RandomForestRegressor:
        """Fit on features X (n, p) without missing values and phenotypes y (n,)."""
        X, y = check_X_y(X, y, dtype=np.float32, y_numeric=True, ensure_min_samples=2)
        self.n_features_in_ = X.shape[1]
        # Trees have zero-centred phenotypes to average: constant ones come back exactly.
        self._mean = float(np.mean(y))
        forest = ensemble.RandomForestRegressor(
            n_estimators=self.n_estimators,
            max_features=max(1, round(self.feature_share * X.shape[1])),
            min_samples_leaf=self.min_samples_leaf,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        )
        self._forest = forest.fit(X, y - self._mean)
        self.diagnostics_ = {"trees": self.n_estimators}
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predicted phenotypes (n,) float64."""
        check_is_fitted(self)
        X = check_array(X, dtype=np.float32)
        total = np.zeros(len(X))
        for tree in self._forest.estimators_:
            total += tree.predict(X, check_input=False)
        return self._mean + total / len(self._forest.estimators_)
