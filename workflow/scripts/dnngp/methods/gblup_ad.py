"""GBLUP with additive and dominance effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dnngp.base.lazy import np
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.declaration import Method
from dnngp.methods.mixed.kernel_blup import KernelBLUP
from dnngp.methods.mixed.kernels import KernelFunction, Linear

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Kernel


@dataclass(eq=False, repr=False)
class DominanceBLUP(KernelBLUP):
    """GBLUP with additive and dominance effects, both variances by REML.

    Dominance deviations are coded -2q^2, 2pq and -2p^2 for two, one and no copies of an allele of frequency p
    (the encoding ``dominance``), which makes them uncorrelated with breeding values under Hardy-Weinberg
    proportions. Dominance variance is bounded at 0: without it, this is GBLUP. Parameters as in
    :class:`dnngp.methods.mixed.kernel_blup.KernelBLUP`.

    Attributes
    ----------
    diagnostics_ : dict
        h2 and d2 (shares of additive and dominance variance in the variance among samples), lambda, vu, ve,
        log_likelihood.

    References
    ----------
    Vitezica et al. 2013, Genetics 195:1223; Su et al. 2012, PLoS ONE 7:e45293.
    """

    OWN_ENCODINGS = True
    WEIGHED = True
    ENCODINGS: ClassVar[tuple[dict[str, str], ...]] = ({"name": "additive"}, {"name": "dominance"})

    def _functions(self, count: int) -> list[KernelFunction]:
        return [Linear(scaled=False), Linear(scaled=False)]

    def encodings_read(self) -> Sequence[dict[str, str]]:
        """The encoding behind each kernel."""
        return self.ENCODINGS

    def _described(self, kernels: Sequence[Kernel], shares: np.ndarray) -> dict[str, float]:
        h2 = self.fit_.components.h2
        told = super()._described(kernels, shares)
        return {
            "h2": float(shares[0]) * h2,
            "d2": float(shares[1]) * h2,
            **{k: told[k] for k in list(told)[1:]},
        }


METHOD = Method(
    name="gblup_ad",
    label="GBLUP + dominance",
    estimator=DominanceBLUP,
    encodings=(),
    family="mixed model",
    deterministic=True,
    summary="Genomic BLUP with additive and dominance effects, both variances by REML.",
    reads="two relationship matrices",
    fitted_by="REML of three variances",
    citation="Vitezica et al. 2013, Genetics 195:1223",
    cost="2 n^2 p + 20 n^3",
    weights=True,
    trait_types=EVERY_KIND,
    covariates=True,
    importance="kernels",
    order=40,
)
