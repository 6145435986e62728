"""Bayesian lasso: every marker has an effect, most of them next to none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnngp.base.parameters import setting, whole
from dnngp.genotypes.trait_types import EVERY_KIND
from dnngp.methods.bayes.sampler import SEARCH, GibbsRegressor
from dnngp.methods.declaration import Method

if TYPE_CHECKING:
    from dnngp.methods.bayes.priors import Prior


@dataclass(eq=False, repr=False)
class BayesianLasso(GibbsRegressor):
    """Bayesian lasso: effects are double exponential, their scale is drawn.

    Parameters and attributes as in :class:`dnngp.methods.bayes.sampler.GibbsRegressor`; ``df`` is that of the
    residual variance alone. Successive draws are more alike than those of the others, so the chain is longer.

    References
    ----------
    Park & Casella 2008, J Am Stat Assoc 103:681; de los Campos et al. 2009, Genetics 182:375.
    """

    iterations: int = setting(whole(12_000, 1))
    burn_in: int = setting(whole(2000, 0))

    def _prior(self, spread: float, p: int) -> Prior:
        from dnngp.methods.bayes.priors import ExponentialVariances, SpikeAndSlab

        noise = 1 - self.r2
        return SpikeAndSlab(ExponentialVariances(2 * noise * spread / self.r2, noise, p))


METHOD = Method(
    name="bayesian_lasso",
    label="Bayesian lasso",
    estimator=BayesianLasso,
    encodings=("additive", "pca"),
    family="linear",
    summary="Every marker has an effect, most of them next to none; Gibbs sampling.",
    fitted_by="Gibbs sampling",
    citation="Park & Casella 2008, J Am Stat Assoc 103:681; de los Campos et al. 2009, Genetics 182:375",
    cost="iterations x n p",
    weights=True,
    covariates=True,
    trait_types=EVERY_KIND,
    priced_as="bayesb",
    importance="gradients",
    search=SEARCH,
    order=108,
)
