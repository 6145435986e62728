"""The negative control."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnngp.base.lazy import np
from dnngp.methods.declaration import Method
from dnngp.methods.regressor import Prediction, Regressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet


@dataclass(eq=False, repr=False)
class Mean(Regressor):
    """Predicts the mean of the training phenotypes, whatever the genotype, which it never asks for."""

    STATE = ("mean_",)

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        self.mean_ = float(np.mean(y))

    def _predict(self, records: Records) -> Prediction:
        return Prediction(np.full(len(records), self.mean_))

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """No column makes a difference."""
        return np.zeros(X.shape)


METHOD = Method(
    name="mean",
    label="Mean",
    estimator=Mean,
    family="control",
    deterministic=True,
    summary="The mean of the training samples; what every method must beat.",
    reads="none",
    cost="n",
    cheap=True,
    importance="gradients",
    order=0,
)
