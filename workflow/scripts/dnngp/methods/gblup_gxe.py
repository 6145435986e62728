"""GBLUP: genomic values common to all environments and deviations in each."""

from __future__ import annotations

from dnngp.methods.mixed.environment_blup import GxE, environment_method

METHOD = environment_method(
    "gblup_gxe",
    GxE,
    "GxE",
    "Genomic values common to all environments, and deviations from them in each.",
    "Jarquin et al. 2014, Theor Appl Genet 127:595; Lopez-Cruz et al. 2015, G3 5:569",
    order=63,
    traits=False,
)
