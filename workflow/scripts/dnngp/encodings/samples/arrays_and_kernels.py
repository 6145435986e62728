"""What an encoding gives: rows of numbers, or cross products with the training samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dnngp.base.errors import UserError
from dnngp.encodings.omics import MARKERS
from dnngp.encodings.samples.population import Samples
from dnngp.genotypes.streamed import Streamed


@dataclass(frozen=True, eq=False)
class Array:
    """Samples as rows of features.

    Attributes
    ----------
    values
        (n, q), or (n, p, channels); float32, component scores float64. NaN is a missing call.
    widths
        Columns of each omics layer.
    """

    values: np.ndarray
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Kernel:
    """Cross products of samples with the training samples, both centred with training means.

    Attributes
    ----------
    values
        (m, n) float64; (n, n) for the training samples themselves.
    diagonal
        (m,) squared length of each sample.
    scale
        values / scale is VanRaden's first relationship matrix (for features: the mean over standardised
        features).
    omics
        The layer that was encoded; empty for several.
    parts
        Of several layers, the kernel of each alone.
    """

    values: np.ndarray
    diagonal: np.ndarray
    scale: float
    omics: str = MARKERS
    parts: tuple[Kernel, ...] = ()

    @property
    def layers(self) -> tuple[Kernel, ...]:
        """The kernel of each omics layer alone."""
        return self.parts or (self,)


class Encoded(Protocol):
    """An encoding fitted on training samples.

    Attributes
    ----------
    training
        The training samples.
    fitted
        All that was fitted, for the fingerprint.
    details
        What was fitted, in numbers: ``components``, ``variance_kept``, ``components_residual``.
    """

    details: dict[str, float]

    @property
    def training(self) -> Array | Kernel | Streamed: ...

    @property
    def fitted(self) -> Sequence[np.ndarray]: ...

    def transform(self, samples: Samples) -> Array | Kernel | Streamed:
        """Other samples, whose markers are those of the training samples or the ones selected of them."""


def joined_arrays(arrays: Sequence[Array], factors: Sequence[float]) -> Array:
    """Omics layers side by side, each times the square root of its factor.

    Raises
    ------
    UserError
        Layers with and without channels.
    """
    if len({one.values.shape[2:] for one in arrays}) > 1:
        raise UserError(
            "omics layers with a channel a genotype (onehot) cannot stand beside others.",
            remedy="Use additive or pca for all.",
        )
    values = [
        (factor**0.5 * one.values).astype(one.values.dtype)
        for factor, one in zip(factors, arrays, strict=True)
    ]
    return Array(np.concatenate(values, axis=1), tuple(one.values.shape[1] for one in arrays))


def joined_kernels(kernels: Sequence[Kernel], factors: Sequence[float]) -> Kernel:
    """The sum of the kernels of omics layers, each times its factor."""
    values, diagonal = (
        np.sum([factor * one for factor, one in zip(factors, parts, strict=True)], axis=0)
        for parts in ([one.values for one in kernels], [one.diagonal for one in kernels])
    )
    return Kernel(values, diagonal, len(kernels) * kernels[0].scale, "", tuple(kernels))


def total_variance(encoded: Array | Kernel) -> float:
    """Sum of the variances of all columns of training samples."""
    if isinstance(encoded, Kernel):
        return float(np.trace(encoded.values)) / len(encoded.values)
    return float(np.nanvar(encoded.values, axis=0, dtype=np.float64).sum())
