"""RKHS: BLUP with a kernel that covers interactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from dnngp.base.errors import UserError
from dnngp.base.lazy import np
from dnngp.base.parameters import choice, number, setting, whole
from dnngp.base.serialisation import Arrays, part_of, prefixed
from dnngp.base.sizes import LARGE
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.mixed.kernel_blup import KernelBLUP
from dnngp.methods.mixed.kernels import KernelFunction, kernel_function
from dnngp.methods.regressor import Prediction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dnngp.encodings.samples.arrays_and_kernels import Kernel
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet

#: Samples of the core that ``core: auto`` takes.
CORE = 3000


@dataclass(eq=False, repr=False)
class RKHS(KernelBLUP):
    """BLUP with a kernel that covers interactions of markers, variances by REML.

    Other parameters as in :class:`dnngp.methods.mixed.kernel_blup.KernelBLUP`.

    Parameters
    ----------
    kernel
        ``gaussian``: exp(-h D / mean D), where D holds squared Euclidean distances between samples and their
        mean is over pairs of training samples; the larger h, the more interaction. ``arccosine``: what a
        network of infinitely many rectified units gives in as many layers as ``depth``, without anything to
        tune but the depth.
    bandwidth
        h of the Gaussian kernel. ``reml``: the one of 0.2, 0.5, 1, 2 and 5 with the largest restricted
        likelihood on the training samples (between them it is flat); ``average``: the mean of the kernels
        with h = 0.2, 1 and 5; or a number.
    depth
        Layers of the arc-cosine kernel: ``reml`` for the one of 1, 2, 3, 5 and 8 with the largest restricted
        likelihood, or a number.
    core
        Training samples, drawn by hashing ids, through which the kernel of all is seen; ``none`` for the
        kernel itself; ``auto``: 3,000 above 10,000 training records where that can be, else none.

    Attributes
    ----------
    diagnostics_ : dict
        h2, lambda, vu, ve, log_likelihood; bandwidth (NaN for ``average``) or depth.

    References
    ----------
    Gianola & van Kaam 2008, Genetics 178:2289; averaging: de los Campos et al. 2010, Genet Res 92:295;
    arc-cosine: Cho & Saul 2009, NeurIPS 22:342, in breeding Cuevas et al. 2019, G3 9:2913.
    """

    kernel: str = setting(choice("gaussian", "gaussian", "arccosine"))
    bandwidth: str | float = setting(number("reml", 0, above=True, choices=("reml", "average")))
    depth: str | int = setting(whole("reml", 1, choices=("reml",)))

    core: str | int = setting(whole("auto", 2, choices=("auto", "none")))

    core_ = None

    @classmethod
    def price_of(cls, params: Mapping[str, Any], n: int) -> str:
        """Of the core that many records have by themselves."""
        return "core" if params.get("core", "auto") == "auto" and n > LARGE else ""

    def _functions(self, count: int) -> list[KernelFunction]:
        return [kernel_function(self.kernel, self.bandwidth, self.depth)]

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        self.core_ = None
        if size := self._core_size(training, weight):
            self._fit_core(training, y, weight, size)
        else:
            super()._fit(training, y, weight)

    def _core_size(self, training: TrainingSet, weight: RecordWeights | None) -> int:
        """Samples of the core; 0: none."""
        if self.core == "none" or (self.core == "auto" and len(training) <= LARGE):
            return 0
        if self._why_matrix(training, weight):
            if self.core == "auto":
                return 0
            raise ValueError(
                "a core takes one omics layer, no classes, known error variances or principal components."
            )
        return min(CORE if self.core == "auto" else int(self.core), len(training))

    def _fit_core(
        self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None, size: int
    ) -> None:
        from dnngp.methods.mixed.core_kernel import choose_core, core_of, products_with

        streamed, core = training.streamed(self._reads), core_of(training.ids, size)
        self.core_ = streamed.values(core)
        self._parts, self._factors = self._functions(1), np.ones(1)
        self.fit_ = choose_core(
            self._parts[0],
            products_with(self.core_, streamed),
            self.core_,
            core,
            y,
            training.fixed,
            None if weight is None else weight.values,
        )
        found = self.fit_.components
        self.diagnostics_ = {
            **found.figures(),
            "log_likelihood": found.log_likelihood,
            **self._parts[0].chosen,
            "core": size,
        }

    def _predict(self, records: Records) -> Prediction:
        from dnngp.methods.mixed.core_kernel import products_with

        if self.core_ is None:
            return super()._predict(records)
        found = products_with(self.core_, records.streamed(self._reads))
        (part,) = self._parts
        kernel, own = part.of(found.values, found.diagonal), part.own(found.diagonal)
        return Prediction(self.fit_.predict(kernel, records.fixed), self.fit_.reliability(kernel, own))

    def slopes(self, kernels: Sequence[Kernel]) -> list[tuple[np.ndarray, np.ndarray]]:
        """As of every mixed model, without a core alone."""
        if self.core_ is not None:
            raise UserError(
                "a kernel seen through a core tells no importance of markers.", remedy="Use `core: none`."
            )
        return super().slopes(kernels)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method."""
        if self.core_ is None:
            return super().to_arrays()
        arrays = prefixed("fit", self.fit_.to_arrays()) | prefixed("kernel", self._parts[0].to_arrays())
        return {"core": self.core_, **arrays}

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        from dnngp.methods.mixed.core_kernel import CoreFit

        if "core" not in arrays:
            return super().from_arrays(arrays)
        self._say_nothing()
        self.core_, self.fit_ = arrays["core"], CoreFit.from_arrays(part_of("fit", arrays))
        self._parts = self._functions(1)
        self._parts[0].from_arrays(part_of("kernel", arrays))
        return self


METHOD = Method(
    name="rkhs",
    label="RKHS",
    estimator=RKHS,
    family="mixed model",
    deterministic=True,
    summary="BLUP with a Gaussian kernel; bandwidth and variance by REML on the training samples.",
    reads="distances",
    fitted_by="exact REML, over bandwidth or depth too",
    citation="Gianola & van Kaam 2008, Genetics 178:2289; de los Campos et al. 2010, Genet Res 92:295",
    cost="n^2 p + 5 n^3",
    cheap=True,
    weights=True,
    trait_types=EVERY_KIND,
    covariates=True,
    importance="kernels",
    search={"kernel": ("gaussian", "arccosine"), "bandwidth": ("reml", "average")},
    order=50,
)
