"""RKHS: genomic values common to all environments and deviations in each."""

from __future__ import annotations

from dnngp.methods.gblup_gxe import METHOD as GBLUP
from dnngp.methods.mixed.environment_blup import GxE, with_gaussian_kernel


class RKHSGxE(GxE):
    """GxE with a Gaussian kernel."""

    KERNEL = "gaussian"


METHOD = with_gaussian_kernel(GBLUP, "rkhs_gxe", RKHSGxE)
