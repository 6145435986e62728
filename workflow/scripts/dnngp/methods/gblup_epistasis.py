"""GBLUP with additive effects and interactions of pairs of markers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.mixed.kernel_blup import KernelBLUP
from dnngp.methods.mixed.kernels import KernelFunction, Linear, Squared

if TYPE_CHECKING:
    from dnngp.base.lazy import np
    from dnngp.encodings.samples.arrays_and_kernels import Kernel


@dataclass(eq=False, repr=False)
class EpistasisBLUP(KernelBLUP):
    """GBLUP with additive and additive-by-additive effects, both variances by REML.

    The relationship of interactions is the square of each element of VanRaden's matrix, G # G. Their variance
    is bounded at 0: without it, this is GBLUP. Parameters as in
    :class:`dnngp.methods.mixed.kernel_blup.KernelBLUP`.

    Attributes
    ----------
    diagnostics_ : dict
        h2 and i2 (shares of additive and interaction variance in the variance among samples), lambda, vu, ve,
        log_likelihood.

    References
    ----------
    Henderson 1985, J Anim Sci 60:111; Jiang & Reif 2015, Genetics 201:759.
    """

    WEIGHED = True

    def _functions(self, count: int) -> list[KernelFunction]:
        return [Linear(), Squared()]

    def encodings_read(self) -> Sequence[Any]:
        """The encoding behind each kernel: the same."""
        return [self._reads, self._reads]

    def _described(self, kernels: Sequence[Kernel], shares: np.ndarray) -> dict[str, float]:
        told = super()._described(kernels, shares)
        h2 = told.pop("h2")
        return {"h2": float(shares[0]) * h2, "i2": float(shares[1]) * h2, **told}


METHOD = Method(
    name="gblup_epistasis",
    label="GBLUP + epistasis",
    estimator=EpistasisBLUP,
    family="mixed model",
    deterministic=True,
    summary="Genomic BLUP with additive effects and interactions of pairs of markers, variances by REML.",
    reads="relationship matrix and its squared elements",
    fitted_by="REML of three variances",
    citation="Henderson 1985, J Anim Sci 60:111; Jiang & Reif 2015, Genetics 201:759",
    cost="n^2 p + 20 n^3",
    weights=True,
    trait_types=EVERY_KIND,
    covariates=True,
    priced_as="gblup_ad",
    importance="kernels",
    order=45,
)
