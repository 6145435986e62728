"""The control that every method must beat."""

from __future__ import annotations

import numpy as np

from dnngp.evaluation.trials.fold import TrialFold, scale_of


class ConditionMean:
    """The mean of the training records of a condition; the mean of those means where it has none."""

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit_records(self, fold: TrialFold, y: np.ndarray) -> ConditionMean:
        """Fit on the training records y (N,) of a fold."""
        self._means = scale_of(fold, y).means
        return self

    def predict_records(self, fold: TrialFold) -> np.ndarray:
        """Predicted values (M,) of the test records."""
        return self._means[fold.test_condition]
