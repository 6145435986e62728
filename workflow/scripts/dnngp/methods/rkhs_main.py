"""RKHS: genomic values that are the same in all environments."""

from __future__ import annotations

from dnngp.methods.gblup_main import METHOD as GBLUP
from dnngp.methods.mixed.environment_blup import MainEffects, with_gaussian_kernel


class RKHSMainEffects(MainEffects):
    """Main effects of a Gaussian kernel."""

    KERNEL = "gaussian"


METHOD = with_gaussian_kernel(GBLUP, "rkhs_main", RKHSMainEffects)
