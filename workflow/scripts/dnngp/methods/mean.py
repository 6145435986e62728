"""The negative control."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnngp.base.lazy import np
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.regressor import Prediction, Regressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet


@dataclass(eq=False, repr=False)
class Mean(Regressor):
    """Predicts the mean of the training phenotypes, of classes their shares, whatever the genotype.

    The genotype it never asks for.
    """

    STATE = ("mean_",)
    ORDERED = True

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        from dnngp.encodings.samples.record_weights import weighted_mean

        classes, weights = np.arange(len(self.trait.classes)), None if weight is None else weight.values
        found = weighted_mean(y[:, None] == classes if len(classes) else y, weights)
        self.mean_: Any = found if len(classes) else float(found)

    def _predict(self, records: Records) -> Prediction:
        if self.trait.has_classes:
            return Prediction.of_classes(np.tile(self.mean_, (len(records), 1)))
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
    weights=True,
    trait_types=EVERY_KIND,
    importance="gradients",
    order=0,
)
