"""RKHS: BLUP with a kernel that covers interactions."""

from __future__ import annotations

from dataclasses import dataclass

from dnngp.base.parameters import choice, number, setting, whole
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.mixed.kernel_blup import KernelBLUP
from dnngp.methods.mixed.kernels import KernelFunction, kernel_function


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

    def _functions(self, count: int) -> list[KernelFunction]:
        return [kernel_function(self.kernel, self.bandwidth, self.depth)]


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
