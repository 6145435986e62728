"""BLUP with one kernel or the sum of several: what the mixed models share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from dnngp.base.lazy import np
from dnngp.base.parameters import setting, whole
from dnngp.base.serialisation import Arrays, Stored, numbered, part_of, prefixed
from dnngp.methods.mixed.kernels import KernelFunction
from dnngp.methods.regressor import Prediction, Regressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Kernel
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet
    from dnngp.methods.mixed.kernel_fit import KernelFit


@dataclass(kw_only=True, eq=False, repr=False)
class KernelBLUP(Regressor):
    """Best linear unbiased prediction with kernels, variances by REML; subclasses say which kernels.

    Parameters
    ----------
    pcs
        Leading principal components of the training samples to fit as fixed effects.

    Attributes
    ----------
    fit_ : KernelFit, or ThresholdFit where the trait has classes
        Of the kernel, or of the weighted sum of several.
    diagnostics_ : dict
        h2, lambda, vu, ve, log_likelihood, and what was chosen for the kernels.
    """

    pcs: int = setting(whole(0, 0))

    #: Whether REML weighs the kernels; a single kernel that is not weighed keeps its scale.
    WEIGHED: ClassVar[bool] = False
    STATE: ClassVar[tuple[str, ...]] = ("_factors",)
    ORDERED = True

    def _functions(self, count: int) -> list[KernelFunction]:
        """The unfitted kernel function of each of ``count`` kernels."""
        raise NotImplementedError

    def _kernels(self, seen: TrainingSet | Records) -> tuple[Kernel, ...]:
        """The cross products that the kernels are functions of."""
        return tuple(seen.kernel(encoding) for encoding in self.encodings_read())

    def encodings_read(self) -> Sequence[Any]:
        """The encoding behind each kernel."""
        return [self._reads]

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        self.fit_kernels(self._kernels(training), y, training.fixed, weight)

    def _why_matrix(self, training: TrainingSet, weight: RecordWeights | None) -> str:
        """Why nothing but the kernel of all samples will do; empty where markers may be streamed."""
        if self.trait.has_classes:
            return "classes"
        if weight is not None and weight.known:
            return "known error variances"
        if self.pcs or len(self.encodings_read()) > 1 or not training.streams(self._reads):
            return "several omics layers, principal components, or rows of plain numbers"
        return ""

    def fit_kernels(
        self,
        kernels: Sequence[Kernel],
        y: np.ndarray,
        fixed: np.ndarray | None = None,
        weight: RecordWeights | None = None,
    ) -> Self:
        """Fit on cross products of the training samples, phenotypes y (n,), fixed effects (n, q), weights."""
        from dnngp.methods.mixed.kernel_fit import fit_kernel
        from dnngp.methods.mixed.threshold_model import fit_threshold

        self._axes: Axes | None = Axes.of(kernels[0].values, self.pcs) if self.pcs else None
        fixed = side_by_side(None if self._axes is None else self._axes.train, fixed)
        self._parts = self._functions(len(kernels))

        def gaussian(matrix: np.ndarray) -> KernelFit:
            return fit_kernel(matrix, y, fixed, weight)

        # Classes as well: the likelihood of a threshold model grows towards kernels near the identity, in
        # which a record tells of nothing but itself.
        fits = [part.choose(kernel, gaussian) for part, kernel in zip(self._parts, kernels, strict=True)]
        shares = self._factors = np.ones(1)
        if self.WEIGHED:
            shares = self._weigh(kernels, y, fixed, weight)
        matrix = self.kernel_of(kernels)
        if self.trait.has_classes:
            counts = 1.0 if weight is None else weight.relative
            self.fit_: Any = fit_threshold(matrix, y, len(self.trait.classes), fixed, counts)
        else:
            self.fit_ = (None if self.WEIGHED else fits[0]) or gaussian(matrix)
        self.diagnostics_ = self._described(kernels, shares)
        return self

    def _weigh(
        self,
        kernels: Sequence[Kernel],
        y: np.ndarray,
        fixed: np.ndarray | None,
        weight: RecordWeights | None,
    ) -> np.ndarray:
        """Shares (k,) of the kernels in the genetic variance, from which the factors follow."""
        from dnngp.methods.mixed.error_contrasts import spread_of
        from dnngp.methods.mixed.kernel_fit import variance_shares

        matrices = self._matrices(kernels)
        shares = variance_shares(matrices, y, fixed, weight)
        spreads = [spread_of(matrix) for matrix in matrices]
        self._factors = np.array(
            [share / spread if share else 0.0 for share, spread in zip(shares, spreads, strict=True)]
        )
        return shares

    def _described(self, kernels: Sequence[Kernel], shares: np.ndarray) -> dict[str, float]:
        """What a fit says of itself."""
        found = self.fit_.components
        return {
            **found.figures(),
            "log_likelihood": found.log_likelihood,
            **self._parts[0].chosen,
        }

    def _predict(self, records: Records) -> Prediction:
        kernels = self._kernels(records)
        own = [part.own(kernel.diagonal) for part, kernel in zip(self._parts, kernels, strict=True)]
        matrix, diagonal = self.kernel_of(kernels), self._sum(own)
        predicted = self.fit_.predict(matrix, self._fixed_of(kernels[0].values, records.fixed))
        reliability = self.fit_.reliability(matrix, diagonal)
        if not self.trait.has_classes:
            return Prediction(predicted, reliability)
        probability = self.fit_.probability(predicted, self.fit_.error_variance(matrix, diagonal))
        return Prediction.of_classes(probability, reliability=reliability, liability=predicted)

    def predict_kernels(self, kernels: Sequence[Kernel], fixed: np.ndarray | None = None) -> np.ndarray:
        """Predicted phenotypes (m,) of samples with these cross products."""
        return self.fit_.predict(self.kernel_of(kernels), self._fixed_of(kernels[0].values, fixed))

    def kernel_of(self, kernels: Sequence[Kernel]) -> np.ndarray:
        """The kernel (m, n) that the model has, of samples with these cross products."""
        return self._sum(self._matrices(kernels))

    def slopes(self, kernels: Sequence[Kernel]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Derivatives of the predictions by each kernel's products (m, n) and squared lengths (m,)."""
        found = []
        for by_products, by_squares in self.kernel_slopes(kernels):
            found.append((by_products * self.fit_.weights, by_squares @ self.fit_.weights))
        if self._axes is not None:
            along = self.fit_.effects[: len(self._axes.values)] / self._axes.values
            found[0] = found[0][0] + self._axes.train @ along, found[0][1]
        return found

    def kernel_slopes(self, kernels: Sequence[Kernel]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Derivatives (m, n) of :meth:`kernel_of` by each kernel's products and squared lengths."""
        pairs = [
            part.slopes(kernel.values, kernel.diagonal)
            for part, kernel in zip(self._parts, kernels, strict=True)
        ]
        return [
            (factor * by_products, factor * by_squares)
            for factor, (by_products, by_squares) in zip(self._factors, pairs, strict=True)
        ]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method, of a fit on a fold."""
        arrays = super().to_arrays() | prefixed("fit", self.fit_.to_arrays())
        arrays |= numbered("kernel", (part.to_arrays() for part in self._parts))
        return arrays if self._axes is None else arrays | prefixed("axes", self._axes.to_arrays())

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        from dnngp.methods.mixed.kernel_fit import KernelFit
        from dnngp.methods.mixed.threshold_model import ThresholdFit

        super().from_arrays(arrays)
        kind = ThresholdFit if self.trait.has_classes else KernelFit
        self.fit_ = kind.from_arrays(part_of("fit", arrays))
        self._parts = self._functions(len(self._factors))
        for number, part in enumerate(self._parts):
            part.from_arrays(part_of(f"kernel{number}", arrays))
        self._axes = Axes().from_arrays(part_of("axes", arrays)) if self.pcs else None
        return self

    def _matrices(self, kernels: Sequence[Kernel]) -> list[np.ndarray]:
        return [
            part.of(kernel.values, kernel.diagonal) for part, kernel in zip(self._parts, kernels, strict=True)
        ]

    def _sum(self, matrices: Sequence[np.ndarray]) -> np.ndarray:
        return np.tensordot(self._factors, np.stack(matrices), axes=1) if self.WEIGHED else matrices[0]

    def _fixed_of(self, products: np.ndarray, fixed: np.ndarray | None) -> np.ndarray | None:
        """Fixed effects of samples with these cross products with the training samples, axes first."""
        return side_by_side(None if self._axes is None else self._axes.project(products), fixed)


def side_by_side(*parts: np.ndarray | None) -> np.ndarray | None:
    """Fixed effects (n, q) as one table; None without any."""
    columns = [one for one in parts if one is not None and one.shape[1]]
    return np.column_stack(columns) if columns else None


class Axes(Stored):
    """Leading principal components of the training samples, of unit length; others are projected."""

    STATE = ("values", "train")
    values: np.ndarray
    train: np.ndarray

    @classmethod
    def of(cls, products: np.ndarray, count: int) -> Axes:
        """The ``count`` leading ones of centred cross products (n, n), fewer where the rank is lower."""
        from scipy.linalg import eigh

        n = len(products)
        first = max(n - count, 0)
        values, vectors = eigh(products, driver="evr", subset_by_index=(first, n - 1), check_finite=False)
        kept = values > n * np.finfo(float).eps * max(values[-1], 0)
        axes = cls()
        axes.values, axes.train = values[kept], vectors[:, kept]
        return axes

    def project(self, products: np.ndarray) -> np.ndarray:
        """(m, k) of samples whose cross products with the training samples are (m, n)."""
        return products @ self.train / self.values
