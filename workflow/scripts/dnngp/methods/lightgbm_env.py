"""LightGBM on records of several environments."""

from __future__ import annotations

from dataclasses import dataclass

from dnngp.base.parameters import number, setting, whole
from dnngp.methods.declaration import Method
from dnngp.methods.environment_regressor import EnvironmentRowRegressor
from dnngp.methods.lightgbm import LightGBM


@dataclass(eq=False, repr=False)
class LightGBMEnvironments(EnvironmentRowRegressor):
    """Small trees over component scores, environments and their covariates.

    Parameters
    ----------
    n_estimators, learning_rate, num_leaves
        Of :class:`dnngp.methods.lightgbm.LightGBM`.
    """

    n_estimators: int = setting(whole(1000, 1))
    learning_rate: float = setting(number(0.03, 0, above=True))
    num_leaves: int = setting(whole(15, 2))

    def _regressor(self, environments: int, described: int) -> LightGBM:
        return LightGBM(
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            num_leaves=self.num_leaves,
            random_state=self.random_state,
        )


METHOD = Method(
    name="lightgbm_env",
    label="LightGBM, environments",
    estimator=LightGBMEnvironments,
    encodings=("pca", "additive"),
    encoding_options={"components": 100},
    family="trees",
    summary="Boosted trees over principal component scores, environments and their covariates.",
    reads="principal component scores, environments, their covariates",
    fitted_by="boosting; the number of trees by early stopping on an inner split",
    citation="Ke et al. 2017, NeurIPS 30:3146",
    cost="trees x records x components",
    weights=True,
    environments=True,
    alone=False,
    priced_as="lightgbm",
    importance="shares",
    order=300,
)
