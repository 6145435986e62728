"""BLUP with a pedigree alone: how much of a predictive ability is family."""

from __future__ import annotations

from dataclasses import dataclass

from dnngp.encodings.omics import PEDIGREE
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.mixed.kernel_blup import KernelBLUP
from dnngp.methods.mixed.kernels import KernelFunction, Linear


@dataclass(eq=False, repr=False)
class ParentAverage(KernelBLUP):
    """BLUP with the additive relationships of a pedigree, variances by REML.

    Of a sample without a phenotype and without offspring that have one, it predicts the mean of its parents'
    breeding values. Parameters and attributes as in
    :class:`dnngp.methods.mixed.kernel_blup.KernelBLUP`.

    References
    ----------
    Henderson 1975, Biometrics 31:423.
    """

    def _functions(self, count: int) -> list[KernelFunction]:
        return [Linear()]


METHOD = Method(
    name="parent_average",
    label="Parent average",
    estimator=ParentAverage,
    family="mixed model",
    deterministic=True,
    summary="BLUP with the pedigree alone: what knowing the parents predicts.",
    reads="relationship matrix of a pedigree",
    fitted_by="exact REML",
    citation="Henderson 1975, Biometrics 31:423",
    cost="n^3",
    cheap=True,
    weights=True,
    trait_types=EVERY_KIND,
    covariates=True,
    omics=(PEDIGREE,),
    priced_as="gblup",
    importance="kernels",
    order=5,
)
