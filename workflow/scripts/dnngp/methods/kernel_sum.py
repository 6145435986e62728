"""BLUP with several omics layers: the sum of a kernel for each, weighted by REML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnngp.base.errors import UserError
from dnngp.base.lazy import np
from dnngp.base.parameters import choice, number, setting, whole
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.mixed.kernel_blup import KernelBLUP
from dnngp.methods.mixed.kernels import KernelFunction, kernel_function

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Kernel
    from dnngp.encodings.samples.training_set import Records, TrainingSet


@dataclass(eq=False, repr=False)
class KernelSum(KernelBLUP):
    """BLUP whose relationship is a weighted sum of kernels, one for each omics layer.

    A bandwidth or depth is chosen with its layer alone; then REML finds the variances of all layers and of
    the residual at once, each bounded at 0. A layer that explains nothing beside the others gets no weight,
    and with one layer this is ``rkhs`` or ``gblup``.

    Parameters
    ----------
    kernel
        ``gaussian``, ``arccosine`` (:class:`dnngp.methods.rkhs.RKHS`) or ``linear``
        (:class:`dnngp.methods.gblup.GBLUP`); or a list of them, in the order of the layers.
    bandwidth, depth
        Of Gaussian and arc-cosine kernels, as there.
    pcs
        Leading principal components of the first layer to fit as fixed effects.

    Attributes
    ----------
    diagnostics_ : dict
        h2, lambda, vu, ve, log_likelihood; ``share_LAYER``, the share of each layer in the variance among
        samples that h2 speaks of; ``bandwidth_LAYER`` (NaN for ``average``) or ``depth_LAYER``.

    References
    ----------
    Several kernels: de los Campos et al. 2010, Genet Res 92:295. Markers and spectral bands: Krause et al.
    2019, G3 9:1231.
    """

    kernel: str | Sequence[str] = setting(
        choice("gaussian", "gaussian", "arccosine", "linear", many="either")
    )
    bandwidth: str | float = setting(number("reml", 0, above=True, choices=("reml", "average")))
    depth: str | int = setting(whole("reml", 1, choices=("reml",)))

    WEIGHED = True

    def _kernels(self, seen: TrainingSet | Records) -> tuple[Kernel, ...]:
        return seen.kernel(self._reads).layers

    def _functions(self, count: int) -> list[KernelFunction]:
        names = [self.kernel] * count if isinstance(self.kernel, str) else list(self.kernel)
        if len(names) != count:
            raise UserError(
                f"kernel_sum has {len(names)} kernels for {count} layers.",
                remedy="Name one kernel for all, or as many as there are layers.",
            )
        return [kernel_function(name, self.bandwidth, self.depth) for name in names]

    def _described(self, kernels: Sequence[Kernel], shares: np.ndarray) -> dict[str, float]:
        told = super()._described(kernels, shares)
        told = {name: told[name] for name in ("h2", "lambda", "vu", "ve", "log_likelihood")}
        for kernel, share, part in zip(kernels, shares, self._parts, strict=True):
            told[f"share_{kernel.omics}"] = float(share)
            told |= {f"{name}_{kernel.omics}": value for name, value in part.chosen.items()}
        return told


METHOD = Method(
    name="kernel_sum",
    label="Kernel sum",
    estimator=KernelSum,
    family="mixed model",
    deterministic=True,
    summary="BLUP with the sum of a kernel for each omics layer; their weights by exact REML.",
    reads="a relationship matrix a layer",
    fitted_by="exact REML of all variances",
    citation="de los Campos et al. 2010, Genet Res 92:295; Krause et al. 2019, G3 9:1231",
    cost="n^2 p + 25 n^3",
    weights=True,
    trait_types=EVERY_KIND,
    covariates=True,
    importance="kernels",
    search={"kernel": ("gaussian", "linear"), "bandwidth": ("reml", "average")},
    order=60,
)
