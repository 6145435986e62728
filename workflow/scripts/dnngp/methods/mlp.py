"""A multilayer perceptron over markers: the plainest network, beside which the others must stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dnngp.methods.networks.backend import keras
from dnngp.methods.networks.regressor import NetworkRegressor


def mlp(shape: tuple[int, ...], layers: Any, hidden: tuple[int, ...], dropout: float, penalty: float) -> Any:
    """Fully connected layers of rectified linear units, each with dropout.

    For p inputs and layers of h_1, ..., h_k units it has
    (p + 1) h_1 + (h_1 + 1) h_2 + ... + (h_k + 1) parameters.

    Parameters
    ----------
    shape
        (p, channels).
    layers
        :func:`dnngp.methods.networks.layers.layer_set`.
    hidden
        Units of each hidden layer.
    dropout
        Share of activations dropped after each.
    penalty
        L2 penalty on the weights between units.

    Returns
    -------
    keras.Sequential
        (n, p, channels) to (n, 1).
    """
    network = keras.Sequential([keras.Input(shape), layers.Flatten()])
    for units in hidden:
        network.add(
            layers.Dense(
                units,
                activation="relu",
                kernel_initializer=keras.initializers.HeNormal(),
                kernel_regularizer=keras.regularizers.L2(penalty),
            )
        )
        network.add(layers.Dropout(dropout))
    network.add(layers.Dense(1))
    return network


@dataclass(kw_only=True, eq=False, repr=False)
class MLPRegressor(NetworkRegressor):
    """A multilayer perceptron over centred dosages.

    Other parameters as in :class:`dnngp.methods.networks.regressor.NetworkRegressor`.

    Parameters
    ----------
    hidden
        Units of each hidden layer, from the input to the output.
    dropout
        Share of activations dropped after each hidden layer, in training.
    penalty
        L2 penalty on the weights of the hidden layers.

    References
    ----------
    Gianola D. et al. (2011) Predicting complex quantitative traits with Bayesian
    neural networks: a case study with Jersey cows and wheat. BMC Genetics 12:87.
    """

    hidden: Sequence[int] = (64, 32)
    dropout: float = 0.3
    penalty: float = 1e-3
    batch_size: int = 32

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        return mlp, {"hidden": tuple(self.hidden), "dropout": self.dropout, "penalty": self.penalty}
