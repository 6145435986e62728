"""Random forest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn import ensemble
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y

from dnngp.base.serialisation import Stored


class RandomForestRegressor(Stored, RegressorMixin, BaseEstimator):
    """The mean of deep trees, each grown on a bootstrap sample of the lines.

    Trees are kept as arrays of nodes and summed in the order they were grown in, so
    that the prediction has the same bits with any number of threads; scikit-learn
    sums them as they come.

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

    #: Of every node: the feature it asks, the largest value that goes left, both children (itself for a leaf)
    #: and the prediction; and the first node of every tree.
    STATE = ("_mean", "_feature", "_threshold", "_left", "_right", "_value", "_roots", "_gain")

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
        trees = [tree.tree_ for tree in forest.fit(X, y - self._mean).estimators_]
        self._gain = forest.feature_importances_
        sizes = [tree.node_count for tree in trees]
        self._roots = np.cumsum([0, *sizes[:-1]])
        starts, nodes = np.repeat(self._roots, sizes), np.arange(sum(sizes))
        self._feature = np.concatenate([np.maximum(tree.feature, 0) for tree in trees])
        self._threshold = np.concatenate([tree.threshold for tree in trees])
        self._value = np.concatenate([tree.value[:, 0, 0] for tree in trees])
        left, right = (
            np.concatenate([getattr(tree, side) for tree in trees])
            for side in ("children_left", "children_right")
        )
        self._left, self._right = (np.where(side < 0, nodes, starts + side) for side in (left, right))
        self.diagnostics_ = {"trees": self.n_estimators}
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predicted phenotypes (n,) float64."""
        check_is_fitted(self, "_roots")
        X = check_array(X, dtype=np.float32)
        total = np.zeros(len(X))
        for root in self._roots:
            *_, (_, _, leaf) = self._ways(X, root)
            total += self._value[leaf]
        return self._mean + total / len(self._roots)

    def contributions(self, X: np.ndarray) -> np.ndarray:
        """What each column (n, p) adds to the prediction, beside the mean of the trees.

        The mean of a node changes on the way from root to leaf; each change
        belongs to the column that was asked for (Palczewska et al. 2014).
        """
        X = check_array(X, dtype=np.float32)
        rows, found = np.arange(len(X)), np.zeros(X.shape)
        for root in self._roots:
            for feature, before, node in self._ways(X, root):
                found[rows, feature] += self._value[node] - self._value[before]
        return found / len(self._roots)

    def gain(self) -> np.ndarray:
        """Mean decrease (p,) of the squared error by splits on each column, as a share of all."""
        return self._gain

    def _ways(self, X: np.ndarray, root: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Steps of all rows through a tree: column asked for, node before and after, each (n,)."""
        rows = np.arange(len(X))
        node, before = np.full(len(X), root), np.full(len(X), -1)
        while not np.array_equal(node, before):
            feature = self._feature[node]
            goes_left = X[rows, feature] <= self._threshold[node]
            node, before = np.where(goes_left, self._left[node], self._right[node]), node
            yield feature, before, node
