"""RR-BLUP: a random effect for each marker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from dnngp.base.lazy import np
from dnngp.base.serialisation import Arrays, Stored, part_of
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.gblup import GBLUP
from dnngp.methods.regressor import Prediction

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet


@dataclass(eq=False, repr=False)
class RRBLUP(GBLUP):
    """Ridge regression BLUP: a random effect for each marker, all of one variance, by REML.

    The same model as :class:`dnngp.methods.gblup.GBLUP` and the same predictions, as effects of markers.
    Parameters as there. Of classes the effects are on the liability, which is that of GBLUP; how sure it is,
    effects do not tell, and probabilities take the mean error variance of the training samples for all.

    Attributes
    ----------
    effects_ : (p,) float64
        Change of the phenotype with a unit of each column.

    References
    ----------
    Meuwissen et al. 2001, Genetics 157:1819; Endelman 2011, Plant Genome 4:250.
    """

    STATE = ("effects_", "_means", "_level", "_slopes", "_fixed")

    def _fit_streamed(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        super()._fit_streamed(training, y, weight)
        self._take_streamed()

    def _take_streamed(self) -> None:
        assert self.streamed_ is not None
        self.effects_ = self._slopes = self.streamed_.markers

    def _fit_matrix(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        from dnngp.encodings.samples.arrays_and_kernels import Kernel

        X = self._read(training)
        self._means = X.mean(axis=0)
        rows = self._training = X - self._means
        products = rows @ rows.T
        scale = float(np.trace(products)) / len(products) or 1.0
        self.fit_kernels([Kernel(products, np.diagonal(products).copy(), scale)], y, training.fixed, weight)
        self.effects_ = self.fit_.weights @ rows / scale
        self._level, self._slopes, self._fixed = self.fit_.mean, self.effects_, self.fit_.effects
        if self._axes is not None:
            count = len(self._axes.values)
            along, self._fixed = self._fixed[:count], self._fixed[count:]
            self._slopes = self.effects_ + (self._axes.train @ (along / self._axes.values)) @ rows
        if self.trait.has_classes:
            matrix = self._parts[0].of(products, np.diagonal(products))
            self._thresholds = self.fit_.thresholds
            self._unsure = float(np.mean(self.fit_.error_variance(matrix, np.diagonal(matrix))))

    def _predict_matrix(self, records: Records) -> Prediction:
        rows = self._read(records) - self._means
        predicted = self._level + rows @ self._slopes
        if records.fixed is not None:
            predicted = predicted + records.fixed @ self._fixed
        # Effects alone, as a bundle stores them, say nothing of reliabilities.
        reliability = None if self._training is None else self._reliability(rows)
        if not self.trait.has_classes:
            return Prediction(predicted, reliability)
        from dnngp.methods.mixed.threshold_model import class_probabilities

        chances = class_probabilities(self._thresholds, predicted, self._unsure)
        return Prediction.of_classes(chances, reliability=reliability, liability=predicted)

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Effects of the columns, those through fixed components among them, for each row."""
        return np.broadcast_to(self._slopes, X.shape)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method: effects of markers, nothing of any sample."""
        if self.streamed_ is not None:
            return super().to_arrays()
        arrays = Stored.to_arrays(self)
        if self.trait.has_classes:
            arrays |= {"thresholds": self._thresholds, "unsure": np.array(self._unsure)}
        return arrays

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        if part_of("streamed", arrays):
            super().from_arrays(arrays)
            self._take_streamed()
            return self
        self._training = None
        if self.trait.has_classes:
            self._thresholds, self._unsure = arrays["thresholds"], float(arrays["unsure"])
        return Stored.from_arrays(self, arrays)

    def _reliability(self, rows: np.ndarray) -> np.ndarray:
        (kernel,) = self._parts
        products, squares = rows @ self._training.T, np.einsum("mp,mp->m", rows, rows)
        return self.fit_.reliability(kernel.of(products, squares), kernel.own(squares))


METHOD = Method(
    name="rrblup",
    label="RR-BLUP",
    estimator=RRBLUP,
    encodings=("additive", "pca"),
    family="mixed model",
    deterministic=True,
    summary="A random effect for each marker; predicts as GBLUP does and gives the effects.",
    fitted_by="exact REML",
    citation="Meuwissen et al. 2001, Genetics 157:1819; Endelman 2011, Plant Genome 4:250",
    cost="n^2 p + n^3",
    cheap=True,
    weights=True,
    trait_types=EVERY_KIND,
    covariates=True,
    importance="gradients",
    order=30,
)
