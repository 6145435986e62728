"""A network that chooses markers: a gate on every marker, then one unit.

Kernels weigh all markers alike, and so cannot learn that a few of them carry much
of a trait. Two weights in a row for each marker can: their product, which is the
effect, grows the faster the larger it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnngp.base.lazy import np
from dnngp.base.parameters import number, setting
from dnngp.methods.declaration import Method, Span
from dnngp.methods.networks.network_regressor import TRAIT_TYPES, Habits, NetworkRegressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import TrainingSet


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
    from dnngp.methods.networks.backend import keras
    from dnngp.methods.networks.layers import Gate

    l2 = keras.regularizers.L2(penalty)
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Flatten(),
            Gate(keras.initializers.Constant(start), l2),
            layers.Dense(1, kernel_initializer="zeros", kernel_regularizer=l2),
        ]
    )


@dataclass(eq=False, repr=False)
class SparseNet(NetworkRegressor):
    """A gate on every marker and one unit, trained by gradient descent; the mean of three networks.

    The prediction is linear in the markers. What is learnt is which of them
    count: where weights are products, gradient descent from a small start finds few
    large effects, and squared penalties on the factors are an absolute one on
    the product. Adam, which moves all weights alike, would undo that. Columns are
    standardised by the training rows. Other parameters as in
    :class:`dnngp.methods.networks.network_regressor.NetworkRegressor`.

    Parameters
    ----------
    start
        Gates before training; the smaller, the fewer markers.
    penalty
        L2 penalty on gates and weights.

    Attributes
    ----------
    effects_ : (p,) float64
        Change of the phenotype (of the liability, for counts and classes) with a unit of each column of X;
        mean over members.

    References
    ----------
    Hoff 2017, Comput Stat Data Anal 115:186 (products and penalties); Woodworth
    et al. 2020, COLT 33:3635 (where gradient descent on products ends).
    """

    start: float = setting(number(0.1, 0, above=True))
    penalty: float = setting(number(0.06, 0))
    batch_size: int = 32
    members: int = 3

    STATE = (*NetworkRegressor.STATE, "_centre", "_unit", "effects_")

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        X = self._read(training)
        self._centre, deviation = X.mean(axis=0), X.std(axis=0)
        # A column that does not vary keeps an effect of 0.
        self._unit = np.where(deviation > 1e-12 * np.abs(X).max(axis=0), deviation, np.inf)
        rows = np.asarray((X - self._centre) / self._unit, np.float32)
        self._fit_rows(rows, y, training, weight)
        products = [np.multiply(gates, unit[:, 0]) for gates, unit, *_ in self._weights]
        self.effects_ = self._link.scale * np.mean(products, axis=0, dtype=float) / self._unit

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Effects of the columns, for each row."""
        return np.broadcast_to(self.effects_, X.shape)

    def _outputs(self, X: np.ndarray) -> list[np.ndarray]:
        return super()._outputs((np.asarray(X, np.float64) - self._centre) / self._unit)

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        return sparse_net, {"start": self.start, "penalty": self.penalty}

    def _habits(self) -> Habits:
        return Habits(optimizer="sgd", learning_rate=0.05)


METHOD = Method(
    name="sparse_net",
    label="Sparse network",
    estimator=SparseNet,
    encodings=("additive", "pca"),
    family="network",
    summary="A gate on every marker and one unit: gradient descent that finds few large effects.",
    fitted_by="gradient descent, early stopping on an inner split",
    citation="Hoff 2017, Comput Stat Data Anal 115:186; Woodworth et al. 2020, COLT 33:3635",
    cost="epochs x n x 40 p",
    weights=True,
    trait_types=TRAIT_TYPES,
    importance="gradients",
    search={"start": Span(0.02, 0.3, log=True), "penalty": Span(0.01, 0.3, log=True)},
    order=220,
)
