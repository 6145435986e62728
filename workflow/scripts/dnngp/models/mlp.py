"""A multilayer perceptron over markers: the plainest network, beside which the others must stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dnngp.backend import keras
from dnngp.models.networks import NetworkRegressor


def mlp(shape: tuple[int, ...], layers: Any, hidden: tuple[int, ...], dropout: float, penalty: float) -> Any:
    """Fully connected layers of rectified linear units, each with dropout.

    For p inputs and layers of h_1, ..., h_k units it has
    (p + 1) h_1 + (h_1 + 1) h_2 + ... + (h_k + 1) parameters.

    Parameters
    ----------
    shape
        (p, channels).
    layers
        :func:`dnngp.layers.layer_set`.
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


class MLPRegressor(NetworkRegressor):
    """A multilayer perceptron over centred dosages.

    Other parameters as in :class:`dnngp.models.networks.NetworkRegressor`.

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

    def __init__(
        self,
        hidden: Sequence[int] = (64, 32),
        dropout: float = 0.3,
        penalty: float = 1e-3,
        epochs: int = 100,
        batch_size: int = 32,
        learning_rate: float | None = None,
        optimizer: str | None = None,
        loss: str | None = None,
        stopping: str = "refit",
        patience: int = 20,
        min_delta: float = 0.0,
        plateau_patience: int = 10,
        inner_fraction: float = 0.1,
        members: int = 1,
        layers: str = "fast",
        random_state: int = 0,
    ) -> None:
        super().__init__(
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            optimizer=optimizer,
            loss=loss,
            stopping=stopping,
            patience=patience,
            min_delta=min_delta,
            plateau_patience=plateau_patience,
            inner_fraction=inner_fraction,
            members=members,
            layers=layers,
            random_state=random_state,
        )
        self.hidden = hidden
        self.dropout = dropout
        self.penalty = penalty

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        return mlp, {"hidden": tuple(self.hidden), "dropout": self.dropout, "penalty": self.penalty}
