"""A network that starts where kernels end: dense layers over the principal components of a kernel.

The first layer of a wide network over these components is, at its random start, a
sample of functions that a kernel method would average; training then goes where
no kernel can, to features learnt from the phenotypes. Whether that helps is told in
``docs/results.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from dnngp.base.lazy import np
from dnngp.base.parameters import Parameter, choice, number, setting, share
from dnngp.base.serialisation import PATH, Arrays, Stored, part_of, prefixed
from dnngp.methods.declaration import Method, Span
from dnngp.methods.gblup import GBLUP
from dnngp.methods.mixed.kernel_blup import KernelBLUP
from dnngp.methods.mlp import hidden_layers
from dnngp.methods.networks.network_regressor import SEARCH, TRAIT_TYPES, NetworkRegressor
from dnngp.methods.rkhs import RKHS

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Kernel
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import TrainingSet

#: Kernels and the mixed model that each belongs to.
KERNELS: dict[str, type[KernelBLUP]] = {"gaussian": RKHS, "linear": GBLUP}
#: Numbers of components are rounded up to a multiple of this, so that folds share a compiled network.
STEP = 16


def kernel_net(
    shape: tuple[int, ...], layers: Any, hidden: tuple[int, ...], dropout: float, penalty: float
) -> Any:
    """Dropout on the components, then dense layers of rectified units, each with dropout.

    For p inputs and layers of h_1, ..., h_k units it has
    (p + 1) h_1 + (h_1 + 1) h_2 + ... + (h_k + 1) parameters.

    Parameters
    ----------
    shape
        (p, 1).
    layers
        :func:`dnngp.methods.networks.layers.layer_set`.
    hidden
        Units of each hidden layer.
    dropout
        Share of components, and of activations of each hidden layer, dropped in training.
    penalty
        L2 penalty on the weights of the hidden layers.

    Returns
    -------
    keras.Sequential
        (n, p, 1) to (n, 1).
    """
    from dnngp.methods.networks.backend import keras

    stack = hidden_layers(layers, hidden, dropout, penalty)
    # A start near 0: what is predicted before training is the mean.
    unit = layers.Dense(1, kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3))
    return keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dropout(dropout), *stack, unit])


class KernelComponents(Stored):
    """Principal components of a kernel of the training lines, on which other lines are projected.

    Scores have a mean squared length of 1 over the training lines, and variances
    that fall from component to component as the eigenvalues of the centred kernel
    do: ridge regression on all of them is BLUP with the kernel.

    Parameters
    ----------
    variance
        Share of the kernel's variance that the components explain, at least.
    """

    STATE = ("_means", "_axes")

    def __init__(self, variance: float) -> None:
        self.variance = variance

    def fit(self, kernel: np.ndarray) -> KernelComponents:
        """Find the components of a kernel (n, n) of the training lines."""
        from scipy.linalg import eigh

        self._means = kernel.mean(axis=0)
        values, vectors = eigh(self._centred(kernel), driver="evd", check_finite=False)
        values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
        share = np.cumsum(values) / (values.sum() or 1.0)
        wanted = int(np.searchsorted(share, self.variance)) + 1
        usable = max(int(np.sum(values > 1e-10 * values[0])), 1)
        count = min(-(-wanted // STEP) * STEP, usable)
        scale = np.sqrt(values[:count] * (values.sum() / len(values)))
        signs = np.sign(vectors[np.abs(vectors[:, :count]).argmax(axis=0), np.arange(count)])
        self._axes = vectors[:, :count] * signs / np.where(scale > 0, scale, 1.0)
        return self

    def transform(self, cross: np.ndarray) -> np.ndarray:
        """Scores (m, count) of lines with a kernel (m, n) between them and the training lines."""
        return self._centred(cross) @ self._axes

    def back(self, gradients: np.ndarray) -> np.ndarray:
        """Derivatives (m, n) by the kernel, from those by the scores (m, count)."""
        return gradients @ (self._axes - self._axes.mean(axis=0)).T

    def _centred(self, cross: np.ndarray) -> np.ndarray:
        return cross - self._means - cross.mean(axis=1, keepdims=True) + self._means.mean()


@dataclass(eq=False, repr=False)
class KernelNet(NetworkRegressor):
    """Dense layers over the principal components of a kernel; the mean of five networks.

    Other parameters as in :class:`dnngp.methods.networks.network_regressor.NetworkRegressor`.

    Parameters
    ----------
    kernel
        ``gaussian``, with the bandwidth that REML chooses
        (:class:`dnngp.methods.rkhs.RKHS`), or ``linear``, whose components
        are those of the markers.
    variance
        Share of the kernel's variance that the components explain.
    hidden
        Units of each hidden layer, from the input to the output.
    dropout
        Share of components, and of activations of each hidden layer, dropped in training.
    penalty
        L2 penalty on the weights of the hidden layers.

    References
    ----------
    Cho & Saul 2009, NeurIPS 22:342 (what wide networks and kernels share);
    Lakshminarayanan et al. 2017, NeurIPS 30:6402 (the mean of several networks).
    """

    kernel: str = setting(choice("gaussian", *KERNELS))
    variance: float = setting(share(0.95, above=True))
    hidden: Sequence[int] = setting(Parameter((128,), int, 1, many="list"))
    dropout: float = setting(share(0.3, below=True))
    penalty: float = setting(number(1e-4, 0))
    batch_size: int = 32
    members: int = 5

    STATE = (*NetworkRegressor.STATE, "_means", "_training")

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        X = self._read(training)
        self._fit_rows(self._fit_kernel(X, y, None, weight), y, training, weight)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method; the training rows are part of it."""
        parts = {"blup": self._model, "components": self._components}
        arrays = super().to_arrays()
        for name, part in parts.items():
            arrays |= prefixed(name, part.to_arrays())
        return arrays

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        super().from_arrays(arrays)
        self._model = KERNELS[self.kernel]().from_arrays(part_of("blup", arrays))
        self._components = KernelComponents(self.variance).from_arrays(part_of("components", arrays))
        return self

    def _fit_kernel(
        self, X: np.ndarray, y: np.ndarray, fixed: np.ndarray | None, weight: RecordWeights | None
    ) -> np.ndarray:
        """Fit the mixed model and the components of its kernel; scores (n, count) float32 of the rows."""
        self._means = X.mean(axis=0)
        self._training = X - self._means
        kernels = [self._products(X)]
        self._model = KERNELS[self.kernel]().fit_kernels(kernels, y, fixed, weight)
        kernel = self._model.kernel_of(kernels)
        self._components = KernelComponents(self.variance).fit(kernel)
        return np.asarray(self._components.transform(kernel), np.float32)

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """As of every network, through the kernel."""
        total = np.zeros(X.shape)
        for part in PATH:
            rows = base + part * (X - base)
            by_products, alone = self._slopes(self._products(rows))
            total += by_products @ self._training + 2 * alone[:, None] * (rows - self._means)
        return total / len(PATH)

    def _slopes(self, kernel: Kernel) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives of the predictions by products (m, n) and squared lengths (m,)."""
        scores = self._components.transform(self._model.kernel_of([kernel]))
        inputs = np.asarray(scores, np.float32)[..., None]
        found = [self._engine().gradients(inputs, weights)[..., 0] for weights in self._weights]
        by_kernel = self._components.back(self._link.scale * np.mean(found, axis=0))
        ((by_products, by_squares),) = self._model.kernel_slopes([kernel])
        return by_kernel * by_products, np.sum(by_kernel * by_squares, axis=1)

    def _outputs(self, X: np.ndarray) -> list[np.ndarray]:
        return super()._outputs(self._components.transform(self._model.kernel_of([self._products(X)])))

    def _products(self, X: np.ndarray) -> Kernel:
        """Cross products of rows X (m, p) with the training rows."""
        from dnngp.encodings.samples.arrays_and_kernels import Kernel

        rows = np.asarray(X, np.float64) - self._means
        squares = np.einsum("mp,mp->m", rows, rows)
        return Kernel(rows @ self._training.T, squares, float(squares.mean()) or 1.0)

    def _network(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        options = {"hidden": tuple(self.hidden), "dropout": self.dropout, "penalty": self.penalty}
        return kernel_net, options


#: Hyper-parameters to tune.
KERNEL_SEARCH = {**SEARCH, "dropout": Span(0.1, 0.6), "hidden": ((64,), (128,), (128, 128))}

METHOD = Method(
    name="kernel_net",
    label="Kernel network",
    estimator=KernelNet,
    encodings=("additive", "pca"),
    family="network",
    summary="Dense layers over the principal components of a Gaussian kernel; the mean of five networks.",
    fitted_by="Adam, early stopping on an inner split",
    citation="Cho & Saul 2009, NeurIPS 22:342; Lakshminarayanan et al. 2017, NeurIPS 30:6402",
    cost="n^2 p + 6 n^3 + epochs x n x 4,000 c",
    weights=True,
    trait_types=TRAIT_TYPES,
    importance="gradients",
    search=KERNEL_SEARCH,
    order=200,
)
