"""GBLUP: deviations of genomic values that follow covariates of environments."""

from __future__ import annotations

from dnngp.methods.mixed.environment_blup import ReactionNorm, environment_method

METHOD = environment_method(
    "gblup_norm",
    ReactionNorm,
    "reaction norm",
    "GxE, and deviations that are alike in environments with similar covariates.",
    "Jarquin et al. 2014, Theor Appl Genet 127:595",
    order=65,
    traits=False,
    environment_covariates=True,
)
