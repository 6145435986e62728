"""BayesC-pi: the markers that have an effect share one variance."""

from __future__ import annotations

from dataclasses import dataclass

from dnngp.methods.bayes.sampler import SEARCH, CommonVariance, GibbsRegressor
from dnngp.methods.declaration import Method


@dataclass(eq=False, repr=False)
class BayesCPi(GibbsRegressor):
    """BayesC-pi: markers that have an effect share one variance.

    With ``probability`` 1 every marker has one: Bayesian ridge regression. Parameters and attributes as in
    :class:`dnngp.methods.bayes.sampler.GibbsRegressor`.

    References
    ----------
    Habier et al. 2011, BMC Bioinformatics 12:186.
    """

    def _slab(self, scale: float, p: int) -> CommonVariance:
        return CommonVariance(scale, self.df, p)


METHOD = Method(
    name="bayescpi",
    label="BayesCπ",
    estimator=BayesCPi,
    encodings=("additive", "pca"),
    family="linear",
    summary="Few markers have effects, all of one variance; Gibbs sampling.",
    fitted_by="Gibbs sampling",
    citation="Habier et al. 2011, BMC Bioinformatics 12:186",
    cost="iterations x n p",
    covariates=True,
    importance="gradients",
    search=SEARCH,
    order=100,
)
