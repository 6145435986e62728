"""GBLUP: genomic values that are the same in all environments."""

from __future__ import annotations

from dnngp.methods.mixed.environment_blup import MainEffects, environment_method

METHOD = environment_method(
    "gblup_main",
    MainEffects,
    "main effects",
    "Genomic values that are the same in all environments, and what else is common to a sample's records.",
    "Jarquin et al. 2014, Theor Appl Genet 127:595",
    order=61,
    traits=False,
)
