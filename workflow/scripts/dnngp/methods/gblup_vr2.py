"""GBLUP with VanRaden's second relationship matrix."""

from __future__ import annotations

from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.gblup import GBLUP

METHOD = Method(
    name="gblup_vr2",
    label="GBLUP (VanRaden 2)",
    estimator=GBLUP,
    encoding_options={"standardise": True},
    family="mixed model",
    deterministic=True,
    summary="Genomic BLUP with VanRaden's second matrix: rare alleles count as much as common ones.",
    reads="relationship matrix",
    fitted_by="exact REML",
    citation="VanRaden 2008, J Dairy Sci 91:4414",
    cost="n^2 p + n^3",
    cheap=True,
    weights=True,
    trait_types=EVERY_KIND,
    covariates=True,
    importance="kernels",
    order=20,
)
