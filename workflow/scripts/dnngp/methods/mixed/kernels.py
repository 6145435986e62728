"""Kernels of samples, as functions of the cross products of their markers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from dnngp.base.lazy import np
from dnngp.base.serialisation import Stored

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Kernel

#: Fits a model with a kernel (n, n) of the training samples.
FitKernel = Callable[["np.ndarray"], Any]


class KernelFunction(Stored):
    """Turns the cross products of an encoding into a kernel.

    Attributes
    ----------
    chosen : dict
        What :meth:`choose` found, by name.
    """

    chosen: dict[str, float]

    def choose(self, kernel: Kernel, fit: FitKernel) -> Any:
        """Take what is needed of training samples, options by REML; the fit of the best, if one was made."""
        raise NotImplementedError

    def of(self, products: np.ndarray, squares: np.ndarray) -> np.ndarray:
        """Kernel (m, n) of samples with cross products (m, n) and squared lengths (m,)."""
        raise NotImplementedError

    def own(self, squares: np.ndarray) -> np.ndarray:
        """Kernel (m,) of samples of squared lengths (m,) with themselves."""
        raise NotImplementedError

    def slopes(self, products: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives (m, n) of :meth:`of` by its cross products and by the squared lengths."""
        raise NotImplementedError


class Linear(KernelFunction):
    """The cross products themselves, on the scale of VanRaden's relationship matrix or as they are."""

    STATE = ("_scale",)

    def __init__(self, scaled: bool = True) -> None:
        self._scaled, self._scale, self.chosen = scaled, 1.0, {}

    def choose(self, kernel: Kernel, fit: FitKernel) -> None:
        """As of every kernel."""
        self._scale = kernel.scale if self._scaled else 1.0

    def of(self, products: np.ndarray, squares: np.ndarray) -> np.ndarray:
        """As of every kernel."""
        return products / self._scale

    def own(self, squares: np.ndarray) -> np.ndarray:
        """As of every kernel."""
        return squares / self._scale

    def slopes(self, products: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As of every kernel."""
        return np.full(products.shape, 1 / self._scale), np.zeros(products.shape)


class Squared(KernelFunction):
    """Squares of the cross products: the kernel of all products of two markers."""

    STATE = ("_scale",)

    def __init__(self) -> None:
        self._scale, self.chosen = 1.0, {}

    def choose(self, kernel: Kernel, fit: FitKernel) -> None:
        """As of every kernel."""
        self._scale = kernel.scale

    def of(self, products: np.ndarray, squares: np.ndarray) -> np.ndarray:
        """As of every kernel."""
        return np.asarray((products / self._scale) ** 2)

    def own(self, squares: np.ndarray) -> np.ndarray:
        """As of every kernel."""
        return np.asarray((squares / self._scale) ** 2)

    def slopes(self, products: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As of every kernel."""
        return 2 * products / self._scale**2, np.zeros(products.shape)


class _Chosen(KernelFunction):
    """A kernel with a choice that REML makes."""

    STATE = ("_squares", "_unit", "_choice")
    _squares: np.ndarray
    _unit: float
    _choice: tuple[float, ...]

    def choose(self, kernel: Kernel, fit: FitKernel) -> Any:
        """As of every kernel."""
        self.prepare(kernel)
        best = None
        for choice in self._choices():
            self._choice = choice
            found = fit(self.of(kernel.values, self._squares))
            # Constant phenotypes have no likelihood; any kernel then predicts their mean.
            likelihood = np.nan_to_num(found.components.log_likelihood)
            if best is None or likelihood > best[0]:
                best = likelihood, choice, found
        assert best is not None
        _, self._choice, found = best
        self.chosen = self._told()
        return found

    def prepare(self, kernel: Kernel, *choice: float) -> Self:
        """Take what is needed of training samples, and a choice that was made elsewhere."""
        self._squares = kernel.diagonal.copy()
        self._unit, self._choice = self._unit_of(kernel.values), choice
        self.chosen = self._told() if choice else {}
        return self

    def _choices(self) -> list[tuple[float, ...]]:
        raise NotImplementedError

    def _unit_of(self, products: np.ndarray) -> float:
        raise NotImplementedError

    def _told(self) -> dict[str, float]:
        raise NotImplementedError


class Gaussian(_Chosen):
    """exp(-h D / mean D), D squared Euclidean distances, their mean over pairs of training samples.

    Parameters
    ----------
    bandwidth
        h: a number, ``reml`` for the one of :data:`BANDWIDTHS` with the largest restricted likelihood
        (between them it is flat), or ``average`` for the mean of the kernels with :data:`AVERAGED`.
    """

    BANDWIDTHS: ClassVar[tuple[float, ...]] = (0.2, 0.5, 1.0, 2.0, 5.0)
    AVERAGED: ClassVar[tuple[float, ...]] = (0.2, 1.0, 5.0)

    def __init__(self, bandwidth: str | float = "reml") -> None:
        self._bandwidth = bandwidth

    def of(self, products: np.ndarray, squares: np.ndarray) -> np.ndarray:
        """As of every kernel."""
        return np.asarray(np.mean([kernel for _, kernel in self._each(products, squares)], axis=0))

    def own(self, squares: np.ndarray) -> np.ndarray:
        """As of every kernel."""
        return np.ones(len(squares))

    def slopes(self, products: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As of every kernel."""
        by_distance = np.mean([rate * kernel for rate, kernel in self._each(products, squares)], axis=0)
        return 2 * by_distance, -by_distance

    def _choices(self) -> list[tuple[float, ...]]:
        if self._bandwidth == "reml":
            return [(h,) for h in self.BANDWIDTHS]
        return [self.AVERAGED if self._bandwidth == "average" else (float(self._bandwidth),)]

    def _unit_of(self, products: np.ndarray) -> float:
        from dnngp.genotypes.grm import squared_distances

        n = len(products)
        return float(squared_distances(products).sum()) / (n * (n - 1)) or 1.0

    def _told(self) -> dict[str, float]:
        return {"bandwidth": self._choice[0] if len(self._choice) == 1 else np.nan}

    def _each(self, products: np.ndarray, squares: np.ndarray) -> list[tuple[float, np.ndarray]]:
        """h / mean D and kernel (m, n) of each bandwidth."""
        distances = np.maximum(squares[:, None] + self._squares[None, :] - 2 * products, 0)
        return [(h / self._unit, np.exp(distances * (-h / self._unit))) for h in self._choice]


class ArcCosine(_Chosen):
    """What a network of infinitely many rectified units gives, in as many layers as its depth.

    Parameters
    ----------
    depth
        ``reml`` for the one of :data:`DEPTHS` with the largest restricted likelihood, or a number.
    """

    DEPTHS: ClassVar[tuple[int, ...]] = (1, 2, 3, 5, 8)

    def __init__(self, depth: str | int = "reml") -> None:
        self._depth = depth

    def of(self, products: np.ndarray, squares: np.ndarray) -> np.ndarray:
        """As of every kernel."""
        return self._layers(products, squares)[0] / self._unit

    def own(self, squares: np.ndarray) -> np.ndarray:
        """As of every kernel."""
        return squares / self._unit

    def slopes(self, products: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As of every kernel."""
        kernel, slope = self._layers(products, squares)
        by_squares = (kernel - products * slope) / (2 * np.maximum(squares, 1e-300)[:, None])
        return slope / self._unit, by_squares / self._unit

    def _layers(self, products: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return arccosine(products, squares, self._squares, int(self._choice[0]))

    def _choices(self) -> list[tuple[float, ...]]:
        return [(depth,) for depth in (self.DEPTHS if self._depth == "reml" else [int(self._depth)])]

    def _unit_of(self, products: np.ndarray) -> float:
        return float(self._squares.mean()) or 1.0

    def _told(self) -> dict[str, float]:
        return {"depth": self._choice[0]}


def kernel_function(name: str, bandwidth: str | float, depth: str | int) -> KernelFunction:
    """The kernel of a name: ``linear``, ``gaussian`` or ``arccosine``."""
    if name == "linear":
        return Linear()
    return Gaussian(bandwidth) if name == "gaussian" else ArcCosine(depth)


def arccosine(
    products: np.ndarray, squares: np.ndarray, train: np.ndarray, depth: int
) -> tuple[np.ndarray, np.ndarray]:
    """Arc-cosine kernel of order 1 with ``depth`` layers, and its derivative by the cross products.

    A layer takes a kernel with angles t between lines to |x| |y| (sin t + (pi -
    t) cos t) / pi, which leaves squared lengths as they were, and whose
    derivative by the kernel before is (pi - t) / pi (Cho & Saul 2009, equations
    6 and 10).
    """
    lengths = np.sqrt(np.multiply.outer(squares, train))
    kernel, slope = products, np.ones_like(lengths)
    for _ in range(depth):
        cosine = np.clip(np.divide(kernel, lengths, out=np.zeros_like(lengths), where=lengths > 0), -1, 1)
        angle = np.arccos(cosine)
        kernel = lengths * (np.sqrt(1 - cosine**2) + (np.pi - angle) * cosine) / np.pi
        slope *= (np.pi - angle) / np.pi
    return kernel, slope
