"""DLGWAS: linear convolutions in two streams over one-hot genotypes (Liu et al. 2019)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dnngp.base.parameters import number, setting
from dnngp.methods.declaration import Method
from dnngp.methods.networks.network_regressor import SEARCH, TRAIT_TYPES, NetworkRegressor


def isru(x: Any, alpha: float) -> Any:
    """Inverse square root unit x / sqrt(1 + alpha x^2), which never leaves +-1 / sqrt(alpha)."""
    from dnngp.methods.networks.backend import tf

    return x / tf.sqrt(1.0 + alpha * tf.square(x))


def dlgwas(shape: tuple[int, ...], layers: Any, alpha: float) -> Any:
    """The network of DLGWAS in its residual form, with 10 p + 80 channels + 2,441 parameters.

    With the four channels of the published files that is 10 p + 2,761.

    Parameters
    ----------
    shape
        (p, channels): p markers in their order on the genome, a channel a genotype class.
    layers
        :func:`dnngp.methods.networks.layers.layer_set`.
    alpha
        Of the output (:func:`isru`).

    Returns
    -------
    keras.Model
        (n, p, channels) to (n, 1).
    """
    from dnngp.methods.networks.backend import keras

    start, l2 = keras.initializers.TruncatedNormal(mean=0.0, stddev=0.05), keras.regularizers.L2

    def convolution(width: int) -> Any:
        return layers.Conv1D(
            filters=10,
            kernel_size=width,
            padding="same",
            kernel_initializer=start,
            kernel_regularizer=l2(0.1),
            bias_regularizer=l2(0.01),
        )

    genotypes = keras.Input(shape)
    stream = convolution(20)(convolution(4)(genotypes))
    stream = layers.Dropout(0.75)(stream)
    shortcut = convolution(4)(genotypes)
    joined = convolution(4)(layers.Add()([stream, shortcut]))
    flat = layers.Dropout(0.75)(layers.Flatten()(layers.Dropout(0.75)(joined)))
    output = layers.Dense(
        1,
        activation=lambda x: isru(x, alpha),
        kernel_initializer=start,
        bias_regularizer=l2(0.01),
    )(flat)
    return keras.Model(genotypes, output)


@dataclass(eq=False, repr=False)
class DLGWAS(NetworkRegressor):
    """DLGWAS: one-hot genotypes, a dual stream of linear convolutions, a bounded output.

    Feed it one-hot genotypes in their order on the genome. Other parameters as
    in :class:`dnngp.methods.networks.network_regressor.NetworkRegressor`.

    No layer but the output is non-linear: when it predicts, the network is an
    additive and dominance model of the markers passed through one increasing
    function, and cannot express epistasis. What sets it apart from ridge
    regression is how it is penalised: neighbours share filters, and three heavy
    dropouts act in training. The authors train with batches of 250 of some 5,000
    lines, for up to 1,000 epochs, and stop after 5 without a better mean absolute
    error, keeping the last weights.

    Parameters
    ----------
    alpha
        Bounds the standardised prediction by 1 / sqrt(alpha). Theirs: 0.5 for
        yield (a bound of 1.4 standard deviations), 0.03 for height and oil,
        0.02 for moisture and protein.

    References
    ----------
    Liu Y. et al. (2019) Phenotype prediction and genome-wide association study
    using deep convolutional neural network of soybean. Frontiers in Genetics 10:1091.
    """

    alpha: float = setting(number(0.03, 0, above=True))
    batch_size: int = 32

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        return dlgwas, {"alpha": self.alpha}


METHOD = Method(
    name="dlgwas",
    label="DLGWAS",
    estimator=DLGWAS,
    encodings=("onehot",),
    family="network",
    summary="Linear convolutions in two streams over one-hot genotypes, with a bounded output.",
    reads="one-hot genotypes",
    fitted_by="Adam, early stopping on an inner split",
    citation="Liu et al. 2019, Front Genet 10:1091",
    cost="epochs x n x 20,000 p",
    weights=True,
    trait_types=TRAIT_TYPES,
    importance="gradients",
    search=SEARCH,
    order=180,
)
