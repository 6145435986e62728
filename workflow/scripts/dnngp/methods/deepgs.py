"""DeepGS: one wide convolution, pooling and two dense layers over dosages (Ma et al. 2018)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dnngp.base.parameters import number, setting
from dnngp.methods.declaration import Method
from dnngp.methods.networks.network_regressor import SEARCH, TRAIT_TYPES, NetworkRegressor

#: What the authors subtract of every weight a step, times the rate.
WEIGHT_DECAY = 1e-5
#: Markers that the convolution and one pooling window span.
FEWEST_MARKERS = 21


def deepgs(shape: tuple[int, ...], layers: Any, spread: float) -> Any:
    """The network of DeepGS, with 152 + 32 (8 floor((p - 17) / 4)) + 65 parameters.

    Parameters
    ----------
    shape
        (p, 1): p markers in their order on the genome, at least 21.
    layers
        :func:`dnngp.methods.networks.layers.layer_set`.
    spread
        Weights start uniform between minus and plus this.

    Returns
    -------
    keras.Sequential
        (n, p, 1) to (n, 1).
    """
    from dnngp.methods.networks.backend import keras

    if shape[0] < FEWEST_MARKERS:
        raise ValueError(f"DeepGS needs at least {FEWEST_MARKERS} markers, not {shape[0]}.")
    start, decay = keras.initializers.RandomUniform(-spread, spread), keras.regularizers.L2(WEIGHT_DECAY / 2)
    weights = {"kernel_initializer": start, "kernel_regularizer": decay, "bias_regularizer": decay}
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv1D(filters=8, kernel_size=18, padding="valid", activation="relu", **weights),
            layers.MaxPooling1D(pool_size=4, strides=4),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(32, activation="sigmoid", **weights),
            layers.Dropout(0.1),
            layers.Dense(1, **weights),
            layers.Dropout(0.05),
        ]
    )


@dataclass(eq=False, repr=False)
class DeepGS(NetworkRegressor):
    """DeepGS: a convolution over 18 neighbouring markers, pooled, and 32 sigmoid units.

    Feed it dosages as they are (0, 1, 2), in their order on the genome: with the
    mean of each marker taken away it predicts worse. Other parameters as in
    :class:`dnngp.methods.networks.network_regressor.NetworkRegressor`.

    The authors train by gradient descent for up to 6,000 epochs and stop after
    600 without a better mean absolute error on a tenth of the training lines,
    keeping the last weights. Starting weights are so small that predictions do not
    differ between lines for hundreds of such epochs; Adam, the default here,
    needs some ten, and patience to last until then. Their recipe is
    ``optimizer="sgd", loss="half_mse", learning_rate=0.01, epochs=6000,
    patience=600, plateau_patience=6000, stopping="best"``, up to weights of the
    best epoch instead of the last and squared instead of absolute error to stop by.

    Quirks kept: the last dropout acts on the prediction itself, so that in
    training one line in twenty counts as if predicted at the mean; weight decay
    (1e-5) acts on biases too.

    Parameters
    ----------
    spread
        Weights start uniform between minus and plus this.

    References
    ----------
    Ma W. et al. (2018) A deep convolutional neural network approach for
    predicting phenotypes from genotypes. Planta 248:1307-1318.
    """

    spread: float = setting(number(0.01, 0, above=True))
    batch_size: int = 30
    patience: int = 50
    plateau_patience: int = 25

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        return deepgs, {"spread": self.spread}


METHOD = Method(
    name="deepgs",
    label="DeepGS",
    estimator=DeepGS,
    encoding_options={"centre": False},
    listed_alone=True,
    family="network",
    summary="A convolution over 18 neighbouring markers, pooled, and a sigmoid layer.",
    reads="dosages",
    fitted_by="Adam, early stopping on an inner split",
    citation="Ma et al. 2018, Planta 248:1307",
    cost="epochs x n x 1,200 p",
    weights=True,
    trait_types=TRAIT_TYPES,
    importance="gradients",
    search=SEARCH,
    order=170,
)
