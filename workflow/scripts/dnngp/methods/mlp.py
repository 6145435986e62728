"""A multilayer perceptron over markers: the plainest network, beside which the others must stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dnngp.base.parameters import Parameter, number, setting, share
from dnngp.methods.declaration import Method
from dnngp.methods.networks.network_regressor import SEARCH, TRAIT_TYPES, NetworkRegressor


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
    from dnngp.methods.networks.backend import keras

    stack = hidden_layers(layers, hidden, dropout, penalty)
    return keras.Sequential([keras.Input(shape), layers.Flatten(), *stack, layers.Dense(1)])


def hidden_layers(layers: Any, hidden: tuple[int, ...], dropout: float, penalty: float) -> list[Any]:
    """Dense layers, each with its dropout behind it; arguments as of :func:`mlp`."""
    from dnngp.methods.networks.backend import keras

    stack = []
    for units in hidden:
        dense = layers.Dense(
            units,
            activation="relu",
            kernel_initializer=keras.initializers.HeNormal(),
            kernel_regularizer=keras.regularizers.L2(penalty),
        )
        stack += [dense, layers.Dropout(dropout)]
    return stack


@dataclass(eq=False, repr=False)
class MLP(NetworkRegressor):
    """A multilayer perceptron over centred dosages.

    Other parameters as in :class:`dnngp.methods.networks.network_regressor.NetworkRegressor`.

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

    hidden: Sequence[int] = setting(Parameter((64, 32), int, 1, many="list"))
    dropout: float = setting(share(0.3, below=True))
    penalty: float = setting(number(1e-3, 0))
    batch_size: int = 32

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        return mlp, {"hidden": tuple(self.hidden), "dropout": self.dropout, "penalty": self.penalty}


METHOD = Method(
    name="mlp",
    label="MLP",
    estimator=MLP,
    encodings=("additive", "pca", "onehot"),
    family="network",
    summary="Two fully connected layers with dropout over centred dosages.",
    fitted_by="Adam, early stopping on an inner split",
    citation="Gianola et al. 2011, BMC Genet 12:87",
    cost="epochs x n x 400 p",
    weights=True,
    trait_types=TRAIT_TYPES,
    importance="gradients",
    search=SEARCH,
    order=190,
)
