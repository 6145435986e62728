"""GBLUP with VanRaden's first relationship matrix."""

from __future__ import annotations

from dataclasses import dataclass

from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.mixed.kernels import KernelFunction, Linear
from dnngp.methods.mixed.streamed_blup import StreamedBLUP


@dataclass(eq=False, repr=False)
class GBLUP(StreamedBLUP):
    """Genomic BLUP, variances by REML.

    On dosages the relationship is VanRaden's first; on dosages divided by their expected standard deviation
    (the option ``standardise`` of the encoding ``additive``) it is his second, in which rare alleles count as
    much as common ones. Parameters and attributes as in
    :class:`dnngp.methods.mixed.streamed_blup.StreamedBLUP`.

    References
    ----------
    VanRaden 2008, J Dairy Sci 91:4414, with allele frequencies of the training samples.
    """

    def _functions(self, count: int) -> list[KernelFunction]:
        return [Linear()]


METHOD = Method(
    name="gblup",
    label="GBLUP",
    estimator=GBLUP,
    family="mixed model",
    deterministic=True,
    summary="Genomic BLUP with VanRaden's first relationship matrix and exact REML.",
    reads="relationship matrix",
    fitted_by="exact REML",
    citation="VanRaden 2008, J Dairy Sci 91:4414; Kang et al. 2008, Genetics 178:1709",
    cost="n^2 p + n^3",
    cheap=True,
    weights=True,
    trait_types=EVERY_KIND,
    covariates=True,
    importance="kernels",
    order=10,
)
