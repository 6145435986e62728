"""RKHS: a genomic variance for each environment or trait, a covariance for each pair."""

from __future__ import annotations

from dnngp.methods.gblup_multi import METHOD as GBLUP
from dnngp.methods.mixed.environment_blup import MultiTrait, with_gaussian_kernel


class RKHSMultiTrait(MultiTrait):
    """Multi-trait model with a Gaussian kernel."""

    KERNEL = "gaussian"


METHOD = with_gaussian_kernel(GBLUP, "rkhs_multi", RKHSMultiTrait)
