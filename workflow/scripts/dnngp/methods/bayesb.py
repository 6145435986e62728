"""BayesB: each marker that has an effect has a variance of its own."""

from __future__ import annotations

from dataclasses import dataclass

from dnngp.methods.bayes.sampler import SEARCH, GibbsRegressor, OwnVariances
from dnngp.methods.declaration import Method


@dataclass(eq=False, repr=False)
class BayesB(GibbsRegressor):
    """BayesB: few markers have effects, each with a variance of its own, so that large ones are shrunk less.

    Parameters and attributes as in :class:`dnngp.methods.bayes.sampler.GibbsRegressor`.

    References
    ----------
    Meuwissen et al. 2001, Genetics 157:1819; Habier et al. 2011, BMC Bioinformatics 12:186.
    """

    def _slab(self, scale: float, p: int) -> OwnVariances:
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
    covariates=True,
    importance="gradients",
    search=SEARCH,
    order=90,
)
