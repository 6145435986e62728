"""GBLUP: a genomic variance for each environment or trait, a covariance for each pair."""

from __future__ import annotations

from dnngp.methods.mixed.environment_blup import MOST_ENVIRONMENTS, MultiTrait, environment_method

METHOD = environment_method(
    "gblup_multi",
    MultiTrait,
    "multi-trait",
    "A genomic variance for each environment, a covariance for each pair; likewise of the rest of a sample.",
    "Henderson & Quaas 1976, J Anim Sci 43:1188; Cuevas et al. 2017, G3 7:41",
    order=67,
    new_environments=False,
    most_environments=MOST_ENVIRONMENTS,
)
