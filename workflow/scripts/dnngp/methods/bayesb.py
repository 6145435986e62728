"""BayesB: each marker that has an effect has a variance of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.bayes.sampler import SPARSE_SEARCH, SparseRegressor
from dnngp.methods.declaration import Method

if TYPE_CHECKING:
    from dnngp.methods.bayes.priors import OwnVariances


@dataclass(eq=False, repr=False)
class BayesB(SparseRegressor):
    """BayesB: few markers have effects, each with a variance of its own, so that large ones are shrunk less.

    Parameters and attributes as in :class:`dnngp.methods.bayes.sampler.SparseRegressor`.

    References
    ----------
    Meuwissen et al. 2001, Genetics 157:1819; Habier et al. 2011, BMC Bioinformatics 12:186.
    """

    def _slab(self, scale: float, p: int) -> OwnVariances:
        from dnngp.methods.bayes.priors import OwnVariances

        return OwnVariances(scale, self.df, p)


METHOD = Method(
    name="bayesb",
    label="BayesB",
    estimator=BayesB,
    encodings=("additive", "pca"),
    family="linear",
    summary="Few markers have effects, each with a variance of its own; Gibbs sampling.",
    fitted_by="Gibbs sampling",
    citation="Meuwissen et al. 2001, Genetics 157:1819; Habier et al. 2011, BMC Bioinformatics 12:186",
    cost="iterations x n p",
    weights=True,
    covariates=True,
    trait_types=EVERY_KIND,
    importance="gradients",
    search=SPARSE_SEARCH,
    order=90,
)
