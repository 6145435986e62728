"""RKHS: deviations of genomic values that follow covariates of environments."""

from __future__ import annotations

from dnngp.methods.gblup_norm import METHOD as GBLUP
from dnngp.methods.mixed.environment_blup import ReactionNorm, with_gaussian_kernel


class RKHSReactionNorm(ReactionNorm):
    """Reaction norm with a Gaussian kernel."""

    KERNEL = "gaussian"


METHOD = with_gaussian_kernel(GBLUP, "rkhs_norm", RKHSReactionNorm)
