"""BLUP of crosses with general and specific combining abilities."""

from __future__ import annotations

from dataclasses import dataclass

from dnngp.genotypes.trait_types import NUMBERS
from dnngp.methods.declaration import Method
from dnngp.methods.gca import GCABLUP


@dataclass(eq=False, repr=False)
class SCABLUP(GCABLUP):
    """BLUP of crosses with general combining abilities of both parents and a specific one (SCA) of the pair.

    The SCA of two crosses are related by the product of the relationships of their females and of their
    males. Its variance is bounded at 0: without it, this is :class:`dnngp.methods.gca.GCABLUP`.

    Attributes
    ----------
    diagnostics_ : dict
        As there, with ``share_sca``.

    References
    ----------
    Bernardo 1994, Crop Sci 34:20; Technow et al. 2014, Genetics 197:1343.
    """

    SIDES = ("female", "male", "both")


METHOD = Method(
    name="gca_sca",
    label="GCA + SCA",
    estimator=SCABLUP,
    encodings=(),
    family="mixed model",
    deterministic=True,
    summary="BLUP of crosses by general and specific combining abilities; all variances by exact REML.",
    reads="relationship matrices of females, of males and their product",
    fitted_by="REML of four variances",
    citation="Bernardo 1994, Crop Sci 34:20; Technow et al. 2014, Genetics 197:1343",
    cost="25 n^3",
    weights=True,
    trait_types=NUMBERS,
    covariates=True,
    crosses=True,
    priced_as="gblup_ad",
    order=43,
)
