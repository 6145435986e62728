"""BLUP with several layers of data: the sum of a kernel for each, weighted by REML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from dnngp.base.errors import UserError
from dnngp.base.serialisation import Arrays, Stored, part_of, prefixed
from dnngp.encodings.fold_encoder import EncodedFold
from dnngp.encodings.omics import MARKERS
from dnngp.methods.mixed.blup import GBLUPRegressor, KernelRegressor, RKHSRegressor
from dnngp.methods.mixed.contrasts import spread_of
from dnngp.methods.mixed.kernel_fit import fit_kernel, variance_shares

KERNELS = ("gaussian", "arccosine", "linear")


class KernelSumRegressor(KernelRegressor):
    """BLUP whose relationship is a weighted sum of kernels, one for each layer.

    A bandwidth or depth is chosen with its layer alone; then REML finds the
    variances of all layers and of the residual at once, each bounded at 0. A layer
    that explains nothing beside the others gets no weight, and with one layer this
    is ``rkhs`` or ``gblup``.

    Parameters
    ----------
    kernel
        ``gaussian``, ``arccosine`` (:class:`dnngp.methods.mixed.blup.RKHSRegressor`) or ``linear``
        (:class:`dnngp.methods.mixed.blup.GBLUPRegressor`); or a list of them, in the order of the layers.
    bandwidth, depth
        Of Gaussian and arc-cosine kernels, as there.
    pcs
        Leading principal components of the first layer to fit as fixed effects.
    random_state
        Taken as by every method; nothing here is random.

    Attributes
    ----------
    fit_ : KernelFit
        Of the sum.
    diagnostics_ : dict
        h2, lambda, vu, ve, log_likelihood; ``share_LAYER``, the share of each layer in the variance among
        lines that h2 speaks of; ``bandwidth_LAYER`` (NaN for ``average``) or ``depth_LAYER``.

    References
    ----------
    Several kernels: de los Campos et al. 2010, Genet Res 92:295. Markers and spectral
    bands: Krause et al. 2019, G3 9:1231.
    """

    STATE = ("_factors",)
    _factors: np.ndarray

    def __init__(
        self,
        kernel: str | Sequence[str] = "gaussian",
        bandwidth: str | float = "reml",
        depth: str | int = "reml",
        pcs: int = 0,
        random_state: int = 0,
    ) -> None:
        self.kernel = kernel
        self.bandwidth = bandwidth
        self.depth = depth
        self.pcs = pcs
        self.random_state = random_state

    def fit_fold(
        self, fold: EncodedFold, y: np.ndarray, fixed: np.ndarray | None = None
    ) -> KernelSumRegressor:
        """Fit on the training lines of a fold in form ``gram``, of one or more layers."""
        grams, scales = [layer.products[0] for layer in fold.layers], [layer.scale for layer in fold.layers]
        fixed = self._with_axes(grams[0], fixed)
        self._fit_layers([layer.layer for layer in fold.layers], grams, scales, np.asarray(y, float), fixed)
        return self

    def predict_fold(self, fold: EncodedFold, fixed: np.ndarray | None = None) -> np.ndarray:
        """Predicted phenotypes (m,) float64 of the test lines of the fold."""
        check_is_fitted(self)
        fixed = self._beside_axes(fold.layers[0].products[1], fixed)
        return self.fit_.predict(self._sum(self._crosses(fold)), fixed)

    def reliability_fold(self, fold: EncodedFold) -> np.ndarray:
        """Reliability (m,) of the genetic values predicted for the test lines of the fold."""
        check_is_fitted(self)
        own = [
            part.own_kernel(layer.products[2]) for part, layer in zip(self._parts, fold.layers, strict=True)
        ]
        return self.fit_.reliability(self._sum(self._crosses(fold)), self._sum(own))

    def kernel_of(self, cross: np.ndarray, squares: np.ndarray) -> np.ndarray:
        """As of every kernel method, with one layer."""
        return self._sum([part.kernel_of(cross, squares) for part in self._parts])

    def own_kernel(self, squares: np.ndarray) -> np.ndarray:
        """As of every kernel method, with one layer."""
        return self._sum([part.own_kernel(squares) for part in self._parts])

    def kernel_slopes(self, cross: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As of every kernel method, with one layer."""
        (part,), (factor,) = self._parts, self._factors
        by_cross, by_squares = part.kernel_slopes(cross, squares)
        return factor * by_cross, factor * by_squares

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method; of the kernels of layers, what their values need."""
        arrays = super().to_arrays()
        for number, part in enumerate(self._parts):
            arrays |= prefixed(f"layer{number}", Stored.to_arrays(part))
        return arrays

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        super().from_arrays(arrays)
        self._parts = [
            Stored.from_arrays(part, part_of(f"layer{number}", arrays))
            for number, part in enumerate(self._unfitted(len(self._factors)))
        ]
        return self

    def _fit_gram(self, gram: np.ndarray, scale: float, y: np.ndarray, fixed: np.ndarray | None) -> None:
        self._fit_layers([MARKERS], [gram], [scale], y, fixed)

    def _fit_layers(
        self,
        names: Sequence[str],
        grams: Sequence[np.ndarray],
        scales: Sequence[float],
        y: np.ndarray,
        fixed: np.ndarray | None,
    ) -> None:
        self._parts = [
            part.fit_products(gram, scale, y, fixed)
            for part, gram, scale in zip(self._unfitted(len(names)), grams, scales, strict=True)
        ]
        kernels = [
            part.kernel_of(gram, np.diagonal(gram)) for part, gram in zip(self._parts, grams, strict=True)
        ]
        shares = variance_shares(kernels, y, fixed)
        self._factors = np.array(
            [
                share / spread_of(kernel) if share else 0.0
                for share, kernel in zip(shares, kernels, strict=True)
            ]
        )
        self._keep(fit_kernel(self._sum(kernels), y, fixed))
        for name, share, part in zip(names, shares, self._parts, strict=True):
            self.diagnostics_[f"share_{name}"] = float(share)
            for key in ("bandwidth", "depth"):
                if key in part.diagnostics_:
                    self.diagnostics_[f"{key}_{name}"] = part.diagnostics_[key]

    def _unfitted(self, count: int) -> list[KernelRegressor]:
        """A method with one kernel for each of ``count`` layers."""
        kernels = [self.kernel] * count if isinstance(self.kernel, str) else list(self.kernel)
        if len(kernels) != count:
            raise UserError(
                f"kernel_sum has {len(kernels)} kernels for {count} layers.",
                remedy="Name one kernel for all, or as many as there are layers.",
            )
        for kernel in kernels:
            if kernel not in KERNELS:
                raise ValueError(f"kernel must be one of {', '.join(KERNELS)}, not {kernel!r}.")
        return [
            GBLUPRegressor() if kernel == "linear" else RKHSRegressor(kernel, self.bandwidth, self.depth)
            for kernel in kernels
        ]

    def _crosses(self, fold: EncodedFold) -> list[np.ndarray]:
        """Kernel (m, n) of the test lines in each layer."""
        pairs = zip(self._parts, fold.layers, strict=True)
        return [part.kernel_of(*layer.products[1:]) for part, layer in pairs]

    def _sum(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        return np.tensordot(self._factors, np.stack(parts), axes=1)
