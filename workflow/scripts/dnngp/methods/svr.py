"""Support vector regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnngp.base.lazy import np
from dnngp.base.parameters import number, setting
from dnngp.base.serialisation import PATH
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method, Span
from dnngp.methods.regressor import RowRegressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import TrainingSet


@dataclass(eq=False, repr=False)
class SVR(RowRegressor):
    """Support vector regression with the kernel exp(-gamma d^2), on standardised phenotypes.

    ``C`` and ``epsilon`` are in units of a standard deviation of the training phenotypes, so that one default
    serves traits of any unit. Of two classes it is the machine that separates them, whose decisions become
    probabilities by logistic regression on inner folds (Platt 1999). The optimisation is convex and nothing
    is random.

    Parameters
    ----------
    C
        Price of an error beyond epsilon, times the weight of the record.
    epsilon
        Half-width of the tube without price.
    gamma
        ``scale`` (1 / (features x variance of all training values)), ``auto`` (1 / features) or a number.
    """

    C: float = setting(number(1.0, 0, above=True))
    epsilon: float = setting(number(0.1, 0))
    gamma: str | float = setting(number("scale", 0, above=True, choices=("scale", "auto")))

    STATE = ("_mean", "_deviation", "_vectors", "_weights", "_level", "_width")

    def _fit_rows(
        self, X: np.ndarray, y: np.ndarray, training: TrainingSet, weight: RecordWeights | None
    ) -> None:
        from sklearn import svm

        from dnngp.encodings.samples.record_weights import relative_of, weighted_mean

        weights = relative_of(weight)
        if training.trait.has_classes:
            machine = svm.SVC(C=self.C, gamma=self.gamma).fit(X, y, weights)
            self._mean, self._deviation = self._calibrated(X, y, training, weights)
        else:
            self._mean, self._deviation = float(weighted_mean(y, weights)), float(np.std(y)) or 1.0
            machine = svm.SVR(C=self.C, epsilon=self.epsilon, gamma=self.gamma)
            machine.fit(X, (y - self._mean) / self._deviation, weights)
        self._vectors, self._weights = machine.support_vectors_, machine.dual_coef_[0]
        self._level, self._width = float(machine.intercept_[0]), float(machine._gamma)
        self.diagnostics_ = {"support_vectors": len(self._vectors)}

    def _calibrated(
        self, X: np.ndarray, y: np.ndarray, training: TrainingSet, weights: np.ndarray | None
    ) -> tuple[float, float]:
        """Level and slope of the log odds on the machine's decisions, of samples held out by inner folds."""
        from sklearn import linear_model, svm

        from dnngp.encodings.samples.record_weights import part_of
        from dnngp.encodings.samples.training_set import INNER_FOLDS

        decisions, known = np.zeros(len(y)), np.zeros(len(y), bool)
        for fit, held, _, _ in training.inner_folds(INNER_FOLDS, y, self.random_state):
            if np.ptp(y[fit]) > 0:
                machine = svm.SVC(C=self.C, gamma=self.gamma).fit(X[fit], y[fit], part_of(weights, fit))
                decisions[held], known[held] = machine.decision_function(X[held]), True
        share = ((y if weights is None else weights * y).sum() + 1) / (len(y) + 2)
        if not known.any() or np.ptp(y[known]) == 0:
            return float(np.log(share / (1 - share))), 0.0
        logistic = linear_model.LogisticRegression().fit(
            decisions[known, None], y[known], part_of(weights, known)
        )
        slope = float(logistic.coef_[0, 0])
        # Decisions that point the wrong way tell nothing of the classes.
        return (
            (float(logistic.intercept_[0]), slope) if slope > 0 else (float(np.log(share / (1 - share))), 0.0)
        )

    def predict_rows(self, X: np.ndarray) -> np.ndarray:
        predicted = np.full(len(X), self._level)
        if len(self._vectors):  # none where all phenotypes lie within epsilon
            predicted += self._kernel(X) @ self._weights
        return self._mean + self._deviation * predicted

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Derivatives of the prediction by the columns, mean over the way from ``base`` to each row."""
        total = np.zeros(X.shape)
        if not len(self._vectors):
            return total
        for share in PATH:
            rows = np.asarray(base + share * (X - base), np.float64)
            pull = self._kernel(rows) * self._weights
            total += pull @ self._vectors - pull.sum(axis=1, keepdims=True) * rows
        return self._deviation * 2 * self._width * total / len(PATH)

    def _kernel(self, rows: np.ndarray) -> np.ndarray:
        from sklearn.metrics.pairwise import rbf_kernel

        return np.asarray(rbf_kernel(rows, self._vectors, self._width))


METHOD = Method(
    name="svr",
    label="SVR",
    estimator=SVR,
    encodings=("additive", "pca"),
    family="kernel machine",
    deterministic=True,
    summary="Support vector regression with a radial kernel on standardised phenotypes.",
    fitted_by="convex optimisation",
    citation="Drucker et al. 1996, NeurIPS 9:155; Chang & Lin 2011, ACM TIST 2:27",
    cost="n^2 p",
    weights=True,
    trait_types=EVERY_KIND,
    importance="gradients",
    search={"C": Span(0.1, 10, log=True), "epsilon": Span(0.01, 0.5, log=True)},
    order=140,
)
