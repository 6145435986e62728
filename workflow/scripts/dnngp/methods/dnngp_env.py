"""DNNGP on records of several environments, joined with the environment before two dense layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dnngp.base.parameters import number, setting, whole
from dnngp.methods.declaration import Method
from dnngp.methods.environment_regressor import EnvironmentRowRegressor
from dnngp.methods.networks.network_regressor import TRAIT_TYPES
from dnngp.methods.networks.on_records import MOST_BATCH, RECORDS_A_STEP, RecordDNNGP


@dataclass(eq=False, repr=False)
class DNNGPEnvironments(EnvironmentRowRegressor):
    """DNNGP, version 1, on records.

    Parameters
    ----------
    epochs, learning_rate, members
        Of :class:`dnngp.methods.networks.network_regressor.NetworkRegressor`.
    """

    epochs: int = setting(whole(100, 1))
    learning_rate: float | None = setting(number(None, 0, above=True))
    members: int = setting(whole(1, 1))

    ORDERED = True

    def _regressor(self, environments: int, described: int) -> Any:
        return RecordDNNGP(
            outputs=not self.COVARIATES,
            described=described,
            batch_size=min(RECORDS_A_STEP * environments, MOST_BATCH),
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            members=self.members,
            random_state=self.random_state,
        )


METHOD = Method(
    name="dnngp_env",
    label="DNNGP, environment branch",
    estimator=DNNGPEnvironments,
    encodings=("pca",),
    encoding_options={"components": 100},
    family="network",
    summary="DNNGP's convolutions over scores, joined with the environment before two dense layers.",
    reads="principal component scores, environments, their covariates",
    fitted_by="Adam, early stopping on an inner split",
    citation="Wang et al. 2023, Mol Plant 16:279",
    cost="epochs x records x 200,000 components",
    weights=True,
    trait_types=TRAIT_TYPES,
    environments=True,
    alone=False,
    priced_as="dnngp",
    importance="gradients",
    order=310,
)
