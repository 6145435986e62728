"""BLUP of crosses with general combining abilities of females and males."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dnngp.genotypes.trait_types import NUMBERS
from dnngp.methods.declaration import Method
from dnngp.methods.mixed.kernel_blup import KernelBLUP
from dnngp.methods.mixed.kernels import KernelFunction, Linear

if TYPE_CHECKING:
    from dnngp.base.lazy import np
    from dnngp.encodings.samples.arrays_and_kernels import Kernel


@dataclass(eq=False, repr=False)
class GCABLUP(KernelBLUP):
    """BLUP of crosses whose value is a general combining ability (GCA) of each parent, variances by REML.

    The GCA of females and of males have genomic relationships and a variance of their own: alleles may be
    worth different things in the two pools. Each variance is bounded at 0. Parameters as in
    :class:`dnngp.methods.mixed.kernel_blup.KernelBLUP`.

    Attributes
    ----------
    diagnostics_ : dict
        h2, lambda, vu, ve, log_likelihood; ``share_female`` and ``share_male``, the shares of the two sides
        in the variance among crosses that h2 speaks of.

    References
    ----------
    Bernardo 1994, Crop Sci 34:20; Technow et al. 2014, Genetics 197:1343.
    """

    OWN_ENCODINGS = True
    WEIGHED = True
    #: What of the parents each kernel is of: a side, or both.
    SIDES: ClassVar[tuple[str, ...]] = ("female", "male")

    def _functions(self, count: int) -> list[KernelFunction]:
        return [Linear() for _ in range(count)]

    def encodings_read(self) -> Sequence[dict[str, str]]:
        """The encoding behind each kernel."""
        return [{"name": "parents", "side": side} for side in self.SIDES]

    def _described(self, kernels: Sequence[Kernel], shares: np.ndarray) -> dict[str, float]:
        names = ["share_sca" if side == "both" else f"share_{side}" for side in self.SIDES]
        return super()._described(kernels, shares) | dict(zip(names, shares.tolist(), strict=True))


METHOD = Method(
    name="gca",
    label="GCA",
    estimator=GCABLUP,
    encodings=(),
    family="mixed model",
    deterministic=True,
    summary="BLUP of crosses by the general combining abilities of both parents; variances by exact REML.",
    reads="relationship matrices of females and of males",
    fitted_by="REML of three variances",
    citation="Bernardo 1994, Crop Sci 34:20; Technow et al. 2014, Genetics 197:1343",
    cost="20 n^3",
    weights=True,
    trait_types=NUMBERS,
    covariates=True,
    crosses=True,
    priced_as="gblup_ad",
    order=42,
)
