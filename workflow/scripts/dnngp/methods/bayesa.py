"""BayesA: every marker has an effect, each with a variance of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.bayes.sampler import SEARCH, GibbsRegressor
from dnngp.methods.declaration import Method

if TYPE_CHECKING:
    from dnngp.methods.bayes.priors import Prior


@dataclass(eq=False, repr=False)
class BayesA(GibbsRegressor):
    """BayesA: every marker has an effect, with a variance of its own; effects are t-distributed.

    Parameters and attributes as in :class:`dnngp.methods.bayes.sampler.GibbsRegressor`.

    References
    ----------
    Meuwissen et al. 2001, Genetics 157:1819.
    """

    def _prior(self, spread: float, p: int) -> Prior:
        from dnngp.methods.bayes.priors import OwnVariances, SpikeAndSlab

        return SpikeAndSlab(OwnVariances(self.r2 * (self.df + 2) / spread, self.df, p))


METHOD = Method(
    name="bayesa",
    label="BayesA",
    estimator=BayesA,
    encodings=("additive", "pca"),
    family="linear",
    summary="Every marker has an effect with a variance of its own; Gibbs sampling.",
    fitted_by="Gibbs sampling",
    citation="Meuwissen et al. 2001, Genetics 157:1819",
    cost="iterations x n p",
    weights=True,
    covariates=True,
    trait_types=EVERY_KIND,
    priced_as="bayesb",
    importance="gradients",
    search=SEARCH,
    order=85,
)
