"""DNNGP: three convolutions with batch normalisation over principal component scores (Wang et al. 2023).

The released programs are more than one network. Their source (version 1) and
the models saved by later versions agree on the layers of :func:`released` and
differ in activation and training; the schematic of the paper shows fewer
layers (:func:`schematic`). :data:`PRESETS` names the three.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from dnngp.base.parameters import choice, setting, share, switch, whole
from dnngp.methods.declaration import Method, Span
from dnngp.methods.networks.network_regressor import SEARCH, TRAIT_TYPES, Habits, NetworkRegressor

if TYPE_CHECKING:
    import numpy as np

    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import TrainingSet

#: Convolutions whose output is normalised, by the name of the choice: all, the first, or none.
BATCH_NORM = {"code": None, "paper": 1, "none": 0}


def released(
    shape: tuple[int, ...],
    layers: Any,
    activation: str,
    dropout1: float,
    dropout2: float,
    dropout3: float = 0.3,
    batch_norm: str = "code",
    depth: int = 3,
    widths: tuple[int, ...] = (),
) -> Any:
    """The network of the released programs, with 192 p + 33,991 parameters.

    Each further channel of the input adds 256, each further branch 33,984.

    Parameters
    ----------
    shape
        (p, 1): p principal component scores, markers or other features; or (p, channels).
    layers
        :func:`dnngp.methods.networks.layers.layer_set`.
    activation
        Of the convolutions.
    dropout1, dropout2, dropout3
        Share of activations dropped after the first and the second convolution and before the last layer.
    batch_norm, depth
        Batch normalisations (:data:`BATCH_NORM`) and convolutions, to see what fewer or more of them do. The
        first ``depth`` are kept; those beyond the third are as the third.
    widths
        Columns of each branch; convolutions of their own go over each, and their outputs are joined before
        the dense layer. Without them there is one branch.

    Returns
    -------
    keras.Model
        (n, p, channels) to (n, 1).
    """
    convolve = partial(convolutions, layers, activation, (dropout1, dropout2), batch_norm, depth)
    return _network(shape, layers, widths, convolve, [layers.Dense(3), layers.Dropout(dropout3)])


def schematic(
    shape: tuple[int, ...],
    layers: Any,
    activation: str,
    dropout1: float,
    dropout2: float,
    dropout3: float = 0.3,
    batch_norm: str = "paper",
    depth: int = 3,
    widths: tuple[int, ...] = (),
) -> Any:
    """The network as the paper is described to draw it, with 64 p + 33,473 parameters.

    One batch normalisation, two dropouts and one dense layer. The drawing gives
    no settings: they are those of :func:`released`, whose second and third batch
    normalisation, dense layer of three units and last dropout (``dropout3``) are
    left out. Parameters and result as there; each further branch adds 33,472.
    """
    convolve = partial(convolutions, layers, activation, (dropout1, dropout2), batch_norm, depth)
    return _network(shape, layers, widths, convolve, [])


def _network(
    shape: tuple[int, ...],
    layers: Any,
    widths: tuple[int, ...],
    convolve: Callable[[], list[Any]],
    dense: list[Any],
) -> Any:
    """Convolutions over each branch of the input, joined, and dense layers, the last of one unit."""
    from dnngp.methods.networks.backend import keras

    ending = [*dense, layers.Dense(1)]
    if not widths:
        return keras.Sequential([keras.Input(shape), *convolve(), layers.Flatten(), *ending])
    columns = keras.Input(shape)
    branches = []
    for start, width in zip(accumulate([0, *widths]), widths, strict=False):
        branch = columns[:, start : start + width]
        for layer in [*convolve(), layers.Flatten()]:
            branch = layer(branch)
        branches.append(branch)
    joined = layers.Concatenate()(branches)
    for layer in ending:
        joined = layer(joined)
    return keras.Model(columns, joined)


def convolutions(
    layers: Any, activation: str, dropouts: tuple[float, float], batch_norm: str, depth: int
) -> list[Any]:
    """Convolutions, each with its dropout and batch normalisation behind it."""
    penalties = [(1e-2, 1e-1), (1e-3, 1e-5), (1e-3, 1e-4)]
    normalised = BATCH_NORM[batch_norm]
    stack = []
    for number in range(depth):
        stack.append(_convolution(layers, activation, *penalties[min(number, 2)]))
        if number < len(dropouts):
            stack.append(layers.Dropout(dropouts[number]))
        if normalised is None or number < normalised:
            stack.append(layers.BatchNormalization(momentum=0.99, epsilon=1e-3))
    return stack


def _convolution(layers: Any, activation: str, kernel_penalty: float, bias_penalty: float) -> Any:
    """64 filters of width 4: each output reads one feature to the left and two to the right."""
    from dnngp.methods.networks.backend import keras

    l2 = keras.regularizers.L2
    return layers.Conv1D(
        filters=64,
        kernel_size=4,
        padding="same",
        activation=activation,
        kernel_initializer=keras.initializers.TruncatedNormal(mean=0.0, stddev=0.05),
        kernel_regularizer=l2(kernel_penalty),
        bias_regularizer=l2(bias_penalty),
    )


@dataclass(frozen=True)
class Preset:
    """What one version of DNNGP fixes."""

    build: Callable[..., Any]
    activation: str
    habits: Habits
    batch_norm: str = "code"


#: Versions of DNNGP by name.
PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "v1": Preset(released, "relu", Habits()),
        "v3.1": Preset(released, "swish", Habits("ccc", "adadelta", 1.0, plateau_factor=0.8, min_rate=1e-6)),
        "paper": Preset(schematic, "relu", Habits(), "paper"),
    }
)


@dataclass(eq=False, repr=False)
class DNNGP(NetworkRegressor):
    """DNNGP in one of its versions.

    Feed it principal component *scores*: no version scales its inputs, and
    unit-norm eigenvectors (what PLINK writes) lose about 0.1 of predictive
    ability. Other parameters as in :class:`NetworkRegressor`.

    Parameters
    ----------
    preset
        ``v1``
            Rectified linear units, mean squared error, Adam at 1e-3; the rate
            falls to a tenth on a plateau. The released defaults of rate (0.1)
            and second dropout (0.5) are used by no released example; here they
            are those of the examples.
        ``v3.1``
            Swish, one minus the concordance correlation, Adadelta at 1.0; the
            rate falls by a fifth on a plateau. At a rate that suits Adam, such as
            1e-3, Adadelta hardly moves and predictions stay near one constant.
        ``paper``
            Fewer layers (:func:`schematic`), trained as ``v1``.

        All standardise the phenotype, as version 1 did and 3.1 did not, and stop
        by an inner split: version 1 never stopped early, version 3.1 stopped on
        the fold that it then reported.
    dropout1, dropout2
        Share of activations dropped after the first and the second convolution.
    dropout3
        Share of the three units before the last dropped; ``paper`` has none of them.
    batch_norm
        ``code`` after every convolution, ``paper`` after the first, or ``none``; None: that of the preset.
    depth
        Number of convolutions, at least 1.
    branches
        Whether each of several layers of data has convolutions of its own, joined before the dense layer.
        Otherwise their columns stand side by side, and the filters go over them all.
    learning_rate, optimizer, loss
        In place of the preset's.

    References
    ----------
    Wang K. et al. (2023) DNNGP, a deep neural network-based method for genomic
    prediction using multi-omics data in plants. Molecular Plant 16:279-293.
    """

    preset: str = setting(choice("v1", *PRESETS))
    dropout1: float = setting(share(0.5, below=True))
    dropout2: float = setting(share(0.3, below=True))
    dropout3: float = setting(share(0.3, below=True))
    batch_norm: str | None = setting(choice(None, *BATCH_NORM))
    depth: int = setting(whole(3, 1))
    branches: bool = setting(switch(False))

    _widths: ClassVar[tuple[int, ...]] = ()

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        # Set by every fit, so that none is built with the branches of the one before.
        widths = training.array(self._reads).widths
        self._widths = widths if self.branches and len(widths) > 1 else ()  # type: ignore[misc]
        super()._fit(training, y, weight)

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        preset = PRESETS[self.preset]
        batch_norm = self.batch_norm or preset.batch_norm
        return preset.build, {
            **{"activation": preset.activation, "batch_norm": batch_norm, "depth": self.depth},
            **{"dropout1": self.dropout1, "dropout2": self.dropout2, "dropout3": self.dropout3},
            "widths": self._widths,
        }

    def _habits(self) -> Habits:
        return PRESETS[self.preset].habits


METHOD = Method(
    name="dnngp",
    label="DNNGP",
    estimator=DNNGP,
    encodings=("pca", "additive", "onehot"),
    encoding_options={"variance": 0.95},
    listed_alone=True,
    family="network",
    summary="Three convolutions with batch normalisation on principal component scores, version 1.",
    reads="principal component scores",
    fitted_by="Adam, early stopping on an inner split",
    citation="Wang et al. 2023, Mol Plant 16:279",
    cost="epochs x n x 200,000 p",
    weights=True,
    trait_types=TRAIT_TYPES,
    importance="gradients",
    search={**SEARCH, "dropout1": Span(0.1, 0.7), "dropout2": Span(0.1, 0.7)},
    order=160,
)
