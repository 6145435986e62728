"""DNNGP with an output for every environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dnngp.methods.declaration import Method
from dnngp.methods.dnngp_env import DNNGPEnvironments
from dnngp.methods.networks.network_regressor import TRAIT_TYPES


@dataclass(eq=False, repr=False)
class DNNGPOutputs(DNNGPEnvironments):
    """As :class:`dnngp.methods.dnngp_env.DNNGPEnvironments`; a record trains its environment's output."""

    COVARIATES: ClassVar[bool] = False


METHOD = Method(
    name="dnngp_multi",
    label="DNNGP, an output for each",
    estimator=DNNGPOutputs,
    encodings=("pca",),
    encoding_options={"components": 100},
    family="network",
    summary="DNNGP's convolutions over scores, and an output for every environment.",
    reads="principal component scores",
    fitted_by="Adam, early stopping on an inner split",
    citation="Wang et al. 2023, Mol Plant 16:279; Montesinos-Lopez et al. 2018, G3 8:3829",
    cost="epochs x records x 200,000 components",
    weights=True,
    trait_types=TRAIT_TYPES,
    environments=True,
    alone=False,
    priced_as="dnngp",
    importance="gradients",
    new_environments=False,
    order=320,
)
