"""Records as rows of features, for methods that know nothing of covariances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dnngp.base import ledger
from dnngp.encodings.samples.rows import Rows
from dnngp.evaluation.trials.fold import TrialFold, scale_of, with_new_levels


@dataclass(frozen=True)
class RecordRows:
    """Features of records: principal component scores of the line, then what its condition is.

    The condition is a 0/1 column for each condition of the trial, and its covariates where there are any; the
    columns of a condition that is new are 0 throughout training and say nothing.

    Attributes
    ----------
    train : (N, q) float64
    test : (M, q) float64
    conditions
        Columns of each condition; they are the last but for the covariates.
    described
        Columns behind the scores, covariates included.
    """

    train: np.ndarray
    test: np.ndarray
    conditions: int
    described: int

    @classmethod
    def of(cls, fold: TrialFold, components: int, covariates: bool) -> RecordRows:
        """The records of a fold, with covariates or without; the scores are fitted on its training lines."""
        pca = {"name": "pca", "components": components}
        scores = np.vstack([fold.lines.array(pca).values, fold.others.array(pca).values])
        own = np.diag(fold.known.astype(float))
        features = fold.environment_features() if covariates else None
        if features is not None:
            own = np.hstack([own, features])
        return cls(
            train=np.hstack([scores[fold.line], own[fold.condition]]),
            test=np.hstack([scores[fold.test_line], own[fold.test_condition]]),
            conditions=len(fold.conditions),
            described=own.shape[1],
        )


class FeatureModel:
    """A regressor on rows of features, whose target is standardised within conditions.

    Subclasses give ``_regressor(rows)``.

    Parameters
    ----------
    components
        Leading principal components of the markers to use.
    covariates
        Whether it reads those of environments, where there are any.
    """

    def __init__(self, components: int, covariates: bool = True) -> None:
        self.components = components
        self.covariates = covariates

    def _regressor(self, rows: RecordRows) -> Any:
        raise NotImplementedError

    def fit_records(self, fold: TrialFold, y: np.ndarray) -> FeatureModel:
        """Fit on the training records y (N,) of a fold."""
        self._scale = scale_of(fold, y)
        self._levels = with_new_levels(self._scale.means, fold)
        self._rows = RecordRows.of(fold, self.components, self.covariates)
        z = (y - self._scale.means[fold.condition]) / self._scale.deviations[fold.condition]
        ledger.saw("fit", fold.ids, y)
        # Inner splits hold out whole lines.
        self._fitted = self._regressor(self._rows)
        self._fitted.fit(Rows(self._rows.train, fold.ids, fold.groups), z)
        self.diagnostics_ = self._fitted.diagnostics_
        self.history_ = self._fitted.history_
        return self

    def predict_records(self, fold: TrialFold) -> np.ndarray:
        """Predicted values (M,) of the test records."""
        predicted = self._fitted.predict(self._rows.test)
        place = fold.test_condition
        return self._levels[place] + self._scale.deviations[place] * predicted
