"""LightGBM on records."""

from __future__ import annotations

from dnngp.evaluation.trials.features import FeatureModel, RecordRows
from dnngp.methods.lightgbm import LightGBM


class TrialLightGBM(FeatureModel):
    """Small trees over component scores, conditions and covariates.

    Parameters
    ----------
    components, random_state
        As of :class:`dnngp.evaluation.trials.features.FeatureModel`; seed.
    n_estimators, learning_rate, num_leaves
        Of :class:`dnngp.methods.lightgbm.LightGBM`.
    """

    def __init__(
        self,
        components: int = 100,
        n_estimators: int = 1000,
        learning_rate: float = 0.03,
        num_leaves: int = 15,
        random_state: int = 0,
    ) -> None:
        super().__init__(components)
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.random_state = random_state

    def _regressor(self, rows: RecordRows) -> LightGBM:
        return LightGBM(
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            num_leaves=self.num_leaves,
            random_state=self.random_state,
        )
