"""A sum of kernels of samples, each of markers that are weighed in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from dnngp.base.serialisation import PATH, Arrays, Stored, numbered, part_of
from dnngp.encodings.samples.arrays_and_kernels import Kernel
from dnngp.genotypes.grm import blocks
from dnngp.methods.mixed.kernels import KernelFunction


class WeightedKernels(Stored):
    """sum_k factor_k K_k, where K_k is a function of the cross products of weighted markers.

    Parameters
    ----------
    functions
        K_k, of any number of kernels.
    behind
        Which row of the weights each of them reads.

    Attributes
    ----------
    training : (n, p)
        Training rows as they were read.
    means : (p,) float64
        Of their columns.
    weights : (r, p) float64
        Of the markers, not below 0.
    factors : (k,) float64
    """

    STATE = ("means", "training", "weights", "factors")
    training: np.ndarray
    means: np.ndarray
    weights: np.ndarray
    factors: np.ndarray

    def __init__(self, functions: list[KernelFunction], behind: Sequence[int]) -> None:
        self.functions, self.behind = functions, behind

    def of_rows(self, training: np.ndarray) -> Self:
        """Take training rows (n, p), for the time being with one row of weights: all markers alike."""
        self.training, self.means = training, training.mean(axis=0, dtype=np.float64)
        self.weights, self.factors = np.ones((1, training.shape[1])), np.ones(len(self.functions))
        return self

    def weigh(self, weights: np.ndarray, spread: np.ndarray) -> None:
        """Take weights (r, p), scaled so that weighted rows have a mean squared length of 1.

        ``spread`` (p,) is the mean squared deviation of each column.
        """
        lengths = weights @ spread
        self.weights = weights / np.where(lengths > 0, lengths, 1.0)[:, None]

    def columns(self, part: slice | np.ndarray) -> np.ndarray:
        """Centred training rows (n, b) float64 of some columns."""
        return np.asarray(self.training[:, part], np.float64) - self.means[part]

    def products(self, rows: np.ndarray | None = None) -> list[Kernel]:
        """Cross products of rows (m, p), or None for the training rows, with these by each row of weights."""
        count = len(self.training) if rows is None else len(rows)
        values = np.zeros((len(self.weights), count, len(self.training)))
        squares = np.zeros((len(self.weights), count))
        for part in blocks(len(self.means)):
            training = self.columns(part)
            own = training if rows is None else np.asarray(rows[:, part], np.float64) - self.means[part]
            for number, weights in enumerate(self.weights[:, part]):
                weighted = own * weights
                values[number] += weighted @ training.T
                squares[number] += np.einsum("mb,mb->m", weighted, own)
        return [Kernel(v, s, float(s.mean()) or 1.0) for v, s in zip(values, squares, strict=True)]

    def matrices(self, products: Sequence[Kernel]) -> list[np.ndarray]:
        """Each kernel (m, n), from what :meth:`products` gave."""
        return [one.of(kernel.values, kernel.diagonal) for one, kernel in self._pairs(products)]

    def total(self, products: Sequence[Kernel]) -> np.ndarray:
        """Their sum (m, n)."""
        return np.tensordot(self.factors, np.stack(self.matrices(products)), axes=1)

    def own(self, products: Sequence[Kernel]) -> np.ndarray:
        """Their sum (m,) of each sample with itself."""
        return self.factors @ [one.own(kernel.diagonal) for one, kernel in self._pairs(products)]

    def gradients(self, X: np.ndarray, base: np.ndarray, by_sample: np.ndarray) -> np.ndarray:
        """Derivatives (m, p) of the sum times ``by_sample`` (n,), averaged from a base to rows X."""
        training, total = self.columns(slice(None)), np.zeros(X.shape)
        for share in PATH:
            rows = base + share * (X - base)
            centred, products = rows - self.means, self.products(rows)
            for factor, behind, (one, kernel) in zip(
                self.factors, self.behind, self._pairs(products), strict=True
            ):
                by_products, by_squares = one.slopes(kernel.values, kernel.diagonal)
                alone = 2 * by_squares @ by_sample
                found = (by_products * by_sample) @ training + alone[:, None] * centred
                total += factor * self.weights[behind] * found
        return total / len(PATH)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As of everything that is stored."""
        return super().to_arrays() | numbered("function", (one.to_arrays() for one in self.functions))

    def from_arrays(self, arrays: Arrays) -> Self:
        """As of everything that is stored."""
        super().from_arrays(arrays)
        for number, one in enumerate(self.functions):
            one.from_arrays(part_of(f"function{number}", arrays))
        return self

    def _pairs(self, products: Sequence[Kernel]) -> list[tuple[KernelFunction, Kernel]]:
        return [(one, products[behind]) for one, behind in zip(self.functions, self.behind, strict=True)]
