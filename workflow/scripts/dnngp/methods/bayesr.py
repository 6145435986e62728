"""BayesR: a marker has no effect, or a small, a middle or a large one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.bayes.sampler import SEARCH, GibbsRegressor
from dnngp.methods.declaration import Method

if TYPE_CHECKING:
    from dnngp.methods.bayes.priors import Prior


@dataclass(eq=False, repr=False)
class BayesR(GibbsRegressor):
    """BayesR: effects are 0 or normal with variances in the ratio 1 : 10 : 100.

    The largest variance and the shares of the four classes are drawn; Erbe et al. hold it at a hundredth of
    the genetic variance. Parameters and attributes as in
    :class:`dnngp.methods.bayes.sampler.GibbsRegressor`.

    References
    ----------
    Erbe et al. 2012, J Dairy Sci 95:4114; Moser et al. 2015, PLoS Genet 11:e1004969.
    """

    def _prior(self, spread: float, p: int) -> Prior:
        from dnngp.methods.bayes.priors import NormalMixture

        mean_size = sum(NormalMixture.SIZES) / len(NormalMixture.SIZES)
        return NormalMixture(self.r2 * (self.df + 2) / spread / mean_size, self.df)


METHOD = Method(
    name="bayesr",
    label="BayesR",
    estimator=BayesR,
    encodings=("additive", "pca"),
    family="linear",
    summary="A marker has no effect, or a small, a middle or a large one; Gibbs sampling.",
    fitted_by="Gibbs sampling",
    citation="Erbe et al. 2012, J Dairy Sci 95:4114; Moser et al. 2015, PLoS Genet 11:e1004969",
    cost="iterations x n p",
    weights=True,
    covariates=True,
    trait_types=EVERY_KIND,
    priced_as="bayescpi",
    importance="gradients",
    search=SEARCH,
    order=105,
)
