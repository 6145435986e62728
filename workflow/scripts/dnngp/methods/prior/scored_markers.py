"""BLUP with kernels of markers, each of which was tested beside the sum of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

from dnngp.base.lazy import np
from dnngp.base.serialisation import Arrays, part_of, prefixed
from dnngp.methods.gblup import GBLUP
from dnngp.methods.regressor import Regressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Kernel
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import TrainingSet
    from dnngp.methods.mixed.kernel_fit import KernelFit
    from dnngp.methods.prior.weighted_kernels import WeightedKernels


class Scored(NamedTuple):
    """What the score tests of a fit left.

    Attributes
    ----------
    products
        Cross products of the training samples, all markers alike.
    gblup
        The fit that markers were tested beside.
    weight
        Of the records; of known errors, together with what was estimated beside them.
    z, spread
        (p,) statistics, and mean squared deviations, as of
        :func:`dnngp.methods.prior.marker_features.scores`.
    """

    products: Kernel
    gblup: GBLUP
    weight: RecordWeights | None
    z: np.ndarray
    spread: np.ndarray


@dataclass(eq=False, repr=False)
class ScoredMarkersBLUP(Regressor):
    """What the methods share that test markers in the training samples; subclasses say which kernels.

    Attributes
    ----------
    fit_ : KernelFit
    """

    def _unfitted(self) -> WeightedKernels:
        raise NotImplementedError

    def _scored(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> Scored:
        """Read the training samples and test their markers beside a GBLUP fitted to them."""
        from dnngp.methods.mixed.kernel_fit import beside_known_errors
        from dnngp.methods.prior.marker_features import scores

        self._kernels = self._unfitted().of_rows(np.asarray(training.array(self._reads).values))
        (alike,) = self._kernels.products()
        if weight is not None and weight.known:
            weight, *_ = beside_known_errors(alike.values, y, training.fixed, weight)
        gblup = GBLUP().fit_kernels([alike], y, training.fixed, weight)
        found = scores(self._kernels.columns, len(self._kernels.means), gblup.fit_)
        return Scored(alike, gblup, weight, *found)

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """As of every network, through the kernels."""
        return self._kernels.gradients(X, base, self.fit_.weights)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method; the training rows are part of it."""
        parts = prefixed("kernels", self._kernels.to_arrays()) | prefixed("fit", self.fit_.to_arrays())
        return super().to_arrays() | parts

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        from dnngp.methods.mixed.kernel_fit import KernelFit

        super().from_arrays(arrays)
        self._kernels = self._unfitted().from_arrays(part_of("kernels", arrays))
        self.fit_: KernelFit = KernelFit.from_arrays(part_of("fit", arrays))
        return self
