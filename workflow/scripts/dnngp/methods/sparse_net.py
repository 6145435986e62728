"""A network that chooses markers: a gate on every marker, then one unit.

Kernels weigh all markers alike, and so cannot learn that a few of them carry much
of a trait. Two weights in a row for each marker can: their product, which is the
effect, grows the faster the larger it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y

from dnngp.methods.networks.backend import keras
from dnngp.methods.networks.layers import Gate
from dnngp.methods.networks.regressor import Habits, NetworkRegressor


def sparse_net(shape: tuple[int, ...], layers: Any, start: float, penalty: float) -> Any:
    """A gate on each input and one linear unit, with 2 p + 1 parameters.

    Parameters
    ----------
    shape
        (p, channels).
    layers
        :func:`dnngp.methods.networks.layers.layer_set`.
    start
        Gates before training; the unit's weights start at 0, and with them all effects.
    penalty
        L2 penalty on gates and weights: twice as much, of the first power, on their products.

    Returns
    -------
    keras.Sequential
        (n, p, channels) to (n, 1).
    """
    l2 = keras.regularizers.L2(penalty)
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Flatten(),
            Gate(keras.initializers.Constant(start), l2),
            layers.Dense(1, kernel_initializer="zeros", kernel_regularizer=l2),
        ]
    )


@dataclass(kw_only=True, eq=False, repr=False)
class SparseNetRegressor(NetworkRegressor):
    """A gate on every marker and one unit, trained by gradient descent; the mean of three networks.

    The prediction is linear in the markers. What is learnt is which of them
    count: where weights are products, gradient descent from a small start finds few
    large effects, and squared penalties on the factors are an absolute one on
    the product. Adam, which moves all weights alike, would undo that. Columns are
    standardised by the training rows. Other parameters as in
    :class:`dnngp.methods.networks.regressor.NetworkRegressor`.

    Parameters
    ----------
    start
        Gates before training; the smaller, the fewer markers.
    penalty
        L2 penalty on gates and weights.

    Attributes
    ----------
    effects_ : (p,) float64
        Change of the phenotype with a unit of each column of X; mean over members.

    References
    ----------
    Hoff 2017, Comput Stat Data Anal 115:186 (products and penalties); Woodworth
    et al. 2020, COLT 33:3635 (where gradient descent on products ends).
    """

    start: float = 0.1
    penalty: float = 0.06
    batch_size: int = 32
    members: int = 3

    STATE = (*NetworkRegressor.STATE, "_centre", "_unit", "effects_")

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        ids: Sequence[str] | None = None,
        groups: Sequence[object] | None = None,
    ) -> SparseNetRegressor:
        """Fit on rows X (n, p) without missing values and phenotypes y (n,).

        ``ids`` and ``groups`` name the rows for :func:`dnngp.methods.networks.training.inner_split`.
        """
        X, y = check_X_y(X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        self._centre, deviation = X.mean(axis=0), X.std(axis=0)
        # A column that does not vary keeps an effect of 0.
        self._unit = np.where(deviation > 1e-12 * np.abs(X).max(axis=0), deviation, np.inf)
        super().fit((X - self._centre) / self._unit, y, ids, groups)
        products = [np.multiply(gates, unit[:, 0]) for gates, unit, _ in self._weights]
        self.effects_ = self._scale * np.mean(products, axis=0, dtype=float) / self._unit
        return self

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Effects of the columns, for each row."""
        return np.broadcast_to(self.effects_, X.shape)

    def _outputs(self, X: np.ndarray) -> list[np.ndarray]:
        check_is_fitted(self, "_weights")
        return super()._outputs((check_array(X, dtype=np.float64) - self._centre) / self._unit)

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        return sparse_net, {"start": self.start, "penalty": self.penalty}

    def _habits(self) -> Habits:
        return Habits(optimizer="sgd", learning_rate=0.05)
