"""Random forest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from dnngp.base.lazy import np
from dnngp.base.parameters import setting, share, whole
from dnngp.base.serialisation import Arrays
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method, Span
from dnngp.methods.regressor import Prediction, RowRegressor
from dnngp.methods.trees.stored_trees import check_tree

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import TrainingSet


@dataclass(eq=False, repr=False)
class RandomForest(RowRegressor):
    """The mean of deep trees, each grown on a bootstrap sample of the training samples.

    Trees are kept as arrays of nodes and summed in the order they were grown in, so that the prediction has
    the same bits with any number of threads; scikit-learn sums them as they come.

    Parameters
    ----------
    n_estimators
        Number of trees.
    feature_share
        Share of the features that each split chooses from.
    min_samples_leaf
        Fewest samples in a leaf.
    n_jobs
        Threads to grow trees with.
    random_state
        Seed of the bootstrap samples and of the features drawn.

    Attributes
    ----------
    diagnostics_ : dict
        trees.
    """

    n_estimators: int = setting(whole(300, 1))
    feature_share: float = setting(share(0.05, above=True))
    min_samples_leaf: int = setting(whole(3, 1))
    n_jobs: int = setting(whole(1, 1))

    #: Of every node: the feature it asks, the largest value that goes left, both children (itself for a leaf)
    #: and the prediction; and the first node of every tree.
    STATE = ("_mean", "_feature", "_threshold", "_left", "_right", "_value", "_roots", "_gain")

    def _fit_rows(
        self, X: np.ndarray, y: np.ndarray, training: TrainingSet, weight: RecordWeights | None
    ) -> None:
        from sklearn import ensemble

        from dnngp.encodings.samples.record_weights import relative_of, weighted_mean

        weights = relative_of(weight)
        X = X.astype(np.float32)
        # Trees have zero-centred phenotypes to average: constant ones come back exactly.
        self._mean = float(weighted_mean(y, weights))
        forest = ensemble.RandomForestRegressor(
            n_estimators=self.n_estimators,
            max_features=max(1, round(self.feature_share * X.shape[1])),
            min_samples_leaf=self.min_samples_leaf,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        )
        trees = [tree.tree_ for tree in forest.fit(X, y - self._mean, weights).estimators_]
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

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        super().from_arrays(arrays)
        nodes = np.arange(len(self._feature))
        # A leaf leads to itself.
        sides = [np.where(side == nodes, -1, side).tolist() for side in (self._left, self._right)]
        check_tree(self._feature.tolist(), len(self._gain), *sides)
        return self

    def predict_rows(self, X: np.ndarray) -> np.ndarray:
        X = X.astype(np.float32)
        total = np.zeros(len(X))
        for root in self._roots:
            *_, (_, _, leaf) = self._ways(X, root)
            total += self._value[leaf]
        return self._mean + total / len(self._roots)

    def _of_two(self, outputs: np.ndarray) -> Prediction:
        """The mean of trees on 0 and 1 is a probability: splits by variance are those by Gini impurity."""
        return Prediction.of_yes(np.clip(outputs, 0, 1))

    def shares(self, X: np.ndarray) -> np.ndarray:
        """What each column (n, p) adds to the prediction, beside the mean of the trees.

        The mean of a node changes on the way from root to leaf; each change
        belongs to the column that was asked for (Palczewska et al. 2014).
        """
        X = X.astype(np.float32)
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


METHOD = Method(
    name="random_forest",
    label="Random forest",
    estimator=RandomForest,
    encodings=("additive", "pca"),
    family="trees",
    summary="The mean of deep trees, each grown on a bootstrap sample of the samples.",
    fitted_by="recursive splitting",
    citation="Breiman 2001, Mach Learn 45:5",
    cost="trees x n log(n) x share of p",
    cheap=True,
    weights=True,
    trait_types=EVERY_KIND,
    importance="shares",
    search={"feature_share": Span(0.01, 0.5, log=True), "min_samples_leaf": Span(1, 10, whole=True)},
    order=110,
)
