"""BayesC-pi: the markers that have an effect share one variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.bayes.sampler import SPARSE_SEARCH, SparseRegressor
from dnngp.methods.declaration import Method

if TYPE_CHECKING:
    from dnngp.methods.bayes.priors import CommonVariance


@dataclass(eq=False, repr=False)
class BayesCPi(SparseRegressor):
    """BayesC-pi: markers that have an effect share one variance.

    With ``probability`` 1 every marker has one: Bayesian ridge regression. Parameters and attributes as in
    :class:`dnngp.methods.bayes.sampler.SparseRegressor`.

    References
    ----------
    Habier et al. 2011, BMC Bioinformatics 12:186.
    """

    def _slab(self, scale: float, p: int) -> CommonVariance:
        from dnngp.methods.bayes.priors import CommonVariance

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
    weights=True,
    covariates=True,
    trait_types=EVERY_KIND,
    importance="gradients",
    search=SPARSE_SEARCH,
    order=100,
)
