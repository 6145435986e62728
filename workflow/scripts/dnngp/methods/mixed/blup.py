"""Best linear unbiased prediction with markers: GBLUP, RR-BLUP, kernels, dominance.

Variances are found by exact REML (:mod:`dnngp.methods.mixed.kernel_fit`). Every method takes fixed
effects beside the mean and tells the reliability of each line it predicts.
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from scipy.linalg import eigh
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y

from dnngp.base.serialisation import Arrays, Stored, part_of, prefixed
from dnngp.encodings.fold import Fold, LinesRegressor
from dnngp.encodings.fold_encoder import EncodedFold
from dnngp.encodings.transformers import Additive
from dnngp.genotypes import grm
from dnngp.methods.mixed.contrasts import Contrasts, spread_of
from dnngp.methods.mixed.kernel_fit import KernelFit, fit_kernel, variance_shares, varies
from dnngp.methods.mixed.spectral import best_ratio


def heritability(rows: np.ndarray, y: np.ndarray, standardise: bool = False) -> dict[str, float | int]:
    """Genomic heritability of one trait by REML, with its standard error.

    The kernel is that of :class:`GBLUPRegressor`, scaled such that ``vu`` is the
    variance among the lines and h2 = vu / (vu + ve).

    Parameters
    ----------
    rows
        (n, p) dosages or features: integers, -1 missing, or floats, NaN missing.
    y
        (n,) phenotypes without missing values.
    standardise
        Whether to divide columns by their standard deviations, as is done with features.

    Returns
    -------
    dict
        ``h2``, ``h2_se``, ``vu``, ``ve``, ``lambda`` = ve / vu, ``log_likelihood``, ``n``.
        All NaN but n where y or the rows are constant.
    """
    encoder = Additive(scale=standardise).fit(rows)
    n, p = np.shape(rows)
    gram, _ = grm.centred_products(
        np.asarray(rows).T, np.arange(p), np.arange(n), encoder.mean_, encoder.scale_
    )
    return kernel_heritability(gram, y)


def kernel_heritability(kernel: np.ndarray, y: np.ndarray) -> dict[str, float | int]:
    """:func:`heritability` with any kernel (n, n).

    Notes
    -----
    The standard error comes from the average information of vu and ve (Gilmour et
    al. 1995, Biometrics 51:1440) by the delta method. Near 0 or 1 it says little:
    the estimate is bounded there.
    """
    y = np.asarray(y, float)
    kernel = kernel / (spread_of(kernel) or 1.0)
    contrasts = Contrasts(kernel)
    z = contrasts.of(y)
    names = ("h2", "h2_se", "vu", "ve", "lambda", "log_likelihood")
    if not varies(y, z, contrasts, kernel):
        return {**dict.fromkeys(names, float("nan")), "n": len(y)}
    found = best_ratio(contrasts, z)
    gradients = np.stack([contrasts.values, np.ones_like(z)])
    variances = found.vu * contrasts.values + found.ve
    information = np.einsum("ai,bi,i->ab", gradients, gradients, z**2 / variances**3) / 2
    slope = np.array([found.ve, -found.vu]) / (found.vu + found.ve) ** 2
    variance = float(slope @ np.linalg.pinv(information) @ slope)
    figures = (found.h2, variance**0.5, found.vu, found.ve, found.ratio, found.log_likelihood)
    return {**dict(zip(names, figures, strict=True)), "n": len(y)}


class _StoredFit(Stored):
    """Methods whose fit is a :class:`~dnngp.methods.mixed.kernel_fit.KernelFit`, perhaps with fixed axes."""

    pcs: int = 0
    fit_: KernelFit
    _axes: _Axes | None

    def _with_axes(self, gram: np.ndarray, fixed: np.ndarray | None) -> np.ndarray | None:
        """Fixed effects of the training lines, leading components of their cross products (n, n) first."""
        self._axes = _Axes.of(gram, self.pcs) if self.pcs else None
        return fixed if self._axes is None else _joined(self._axes.train, fixed)

    def _beside_axes(self, cross: np.ndarray, fixed: np.ndarray | None) -> np.ndarray | None:
        """Likewise of other lines, whose cross products with the training lines are (m, n)."""
        return fixed if self._axes is None else _joined(self._axes.project(cross), fixed)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method, of a fit on a fold."""
        arrays = super().to_arrays() | prefixed("fit", self.fit_.to_arrays())
        return arrays if self._axes is None else arrays | prefixed("axes", self._axes.to_arrays())

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        super().from_arrays(arrays)
        self.fit_ = KernelFit.from_arrays(part_of("fit", arrays))
        self._axes = _Axes(**part_of("axes", arrays)) if self.pcs else None
        return self


class KernelRegressor(_StoredFit, RegressorMixin, BaseEstimator):
    """What kernel methods share: rows or cross products in, a
    :class:`dnngp.methods.mixed.kernel_fit.KernelFit` behind it.

    Subclasses turn centred cross products into a kernel: :meth:`_fit_gram`,
    :meth:`kernel_of` and :meth:`own_kernel`. ``fixed`` (n, q) holds fixed
    effects beside the mean, a row per line.
    """

    def fit(self, X: np.ndarray, y: np.ndarray, fixed: np.ndarray | None = None) -> KernelRegressor:
        """Fit on rows X (n, p) without missing values and phenotypes y (n,)."""
        X, y = check_X_y(X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        self.n_features_in_ = X.shape[1]
        self._means = X.mean(axis=0)
        self._rows = X - self._means
        gram = self._rows @ self._rows.T
        return self.fit_products(gram, float(np.trace(gram)) / len(gram) or 1.0, y, fixed)

    def predict(self, X: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
        """Predicted phenotypes (m,) float64 of rows X (m, p)."""
        return self.predict_products(*self._products(X), fixed)

    def reliability(self, X: np.ndarray) -> np.ndarray:
        """Reliability (m,) of the genetic values predicted for rows X (m, p)."""
        return self._reliability(*self._products(X))

    def fit_fold(self, fold: EncodedFold, y: np.ndarray, fixed: np.ndarray | None = None) -> KernelRegressor:
        """Fit on the training lines of a fold in form ``gram`` and their phenotypes y (n,)."""
        gram, _, _ = fold.products
        return self.fit_products(gram, fold.scale, np.asarray(y, float), fixed)

    def predict_fold(self, fold: EncodedFold, fixed: np.ndarray | None = None) -> np.ndarray:
        """Predicted phenotypes (m,) float64 of the test lines of the fold."""
        check_is_fitted(self)
        _, cross, diagonal = fold.products
        return self.predict_products(cross, diagonal, fixed)

    def reliability_fold(self, fold: EncodedFold) -> np.ndarray:
        """Reliability (m,) of the genetic values predicted for the test lines of the fold."""
        check_is_fitted(self)
        _, cross, diagonal = fold.products
        return self._reliability(cross, diagonal)

    def slopes(self, cross: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives of the predictions of lines by their cross products (m, n) and squared lengths (m,)."""
        by_cross, by_squares = self.kernel_slopes(cross, squares)
        slopes = by_cross * self.fit_.weights
        if self._axes is not None:
            along = self.fit_.effects[: len(self._axes.values)]
            slopes = slopes + self._axes.train @ (along / self._axes.values)
        return slopes, by_squares @ self.fit_.weights

    def kernel_slopes(self, cross: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives (m, n) of :meth:`kernel_of` by its cross products and by the squared lengths."""
        raise NotImplementedError

    def _products(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        check_is_fitted(self)
        rows = check_array(X, dtype=np.float64) - self._means
        return rows @ self._rows.T, np.einsum("mp,mp->m", rows, rows)

    def fit_products(
        self, gram: np.ndarray, scale: float, y: np.ndarray, fixed: np.ndarray | None = None
    ) -> KernelRegressor:
        """Fit on the centred cross products (n, n) of the training lines and their phenotypes y (n,).

        ``scale`` is what GBLUP divides them by.
        """
        self._fit_gram(gram, scale, y, self._with_axes(gram, fixed))
        return self

    def predict_products(
        self, cross: np.ndarray, squares: np.ndarray, fixed: np.ndarray | None = None
    ) -> np.ndarray:
        """Predicted phenotypes (m,) of lines with cross products (m, n) and squared lengths (m,)."""
        return self.fit_.predict(self.kernel_of(cross, squares), self._beside_axes(cross, fixed))

    def _reliability(self, cross: np.ndarray, squares: np.ndarray) -> np.ndarray:
        return self.fit_.reliability(self.kernel_of(cross, squares), self.own_kernel(squares))

    def _fit_gram(self, gram: np.ndarray, scale: float, y: np.ndarray, fixed: np.ndarray | None) -> None:
        raise NotImplementedError

    def kernel_of(self, cross: np.ndarray, squares: np.ndarray) -> np.ndarray:
        """Kernel (m, n) of lines with cross products (m, n) and squared lengths (m,)."""
        raise NotImplementedError

    def own_kernel(self, squares: np.ndarray) -> np.ndarray:
        """Kernel (m,) of lines of squared lengths (m,) with themselves."""
        raise NotImplementedError

    def _keep(self, fit: KernelFit) -> None:
        self.fit_ = fit
        components = fit.components
        self.diagnostics_: dict[str, float] = {
            "h2": components.h2,
            "lambda": components.ratio,
            "vu": components.vu,
            "ve": components.ve,
            "log_likelihood": components.log_likelihood,
        }


class GBLUPRegressor(KernelRegressor):
    """Genomic BLUP, variances by REML.

    On dosages the relationship is VanRaden's first; on dosages divided by their
    expected standard deviation (the option ``standardise`` of the encoding
    ``additive``) it is his second, in which rare alleles count as much as
    common ones.

    Parameters
    ----------
    pcs
        Leading principal components of the training lines to fit as fixed effects.
    random_state
        Taken as by every method; nothing here is random.

    Attributes
    ----------
    fit_ : KernelFit
    diagnostics_ : dict
        h2, lambda, vu, ve, log_likelihood.

    References
    ----------
    VanRaden 2008, J Dairy Sci 91:4414, with allele frequencies of the training lines.
    """

    STATE: ClassVar[tuple[str, ...]] = ("_scale",)

    def __init__(self, pcs: int = 0, random_state: int = 0) -> None:
        self.pcs = pcs
        self.random_state = random_state

    def _fit_gram(self, gram: np.ndarray, scale: float, y: np.ndarray, fixed: np.ndarray | None) -> None:
        self._scale = scale
        self._keep(fit_kernel(gram / scale, y, fixed))

    def kernel_of(self, cross: np.ndarray, squares: np.ndarray) -> np.ndarray:
        return cross / self._scale

    def kernel_slopes(self, cross: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full(cross.shape, 1 / self._scale), np.zeros(cross.shape)

    def own_kernel(self, squares: np.ndarray) -> np.ndarray:
        return squares / self._scale


class RRBLUPRegressor(GBLUPRegressor):
    """Ridge regression BLUP: a random effect for each marker, all of one variance, by REML.

    The same model as :class:`GBLUPRegressor` and the same predictions, told in
    effects of markers.

    Parameters
    ----------
    pcs, random_state
        As in :class:`GBLUPRegressor`.

    Attributes
    ----------
    effects_ : (p,) float64
        Change of the phenotype with a unit of each column of X.
    diagnostics_ : dict
        h2, lambda, vu, ve, log_likelihood.

    References
    ----------
    Meuwissen et al. 2001, Genetics 157:1819; Endelman 2011, Plant Genome 4:250.
    """

    STATE = ("effects_", "_means", "_level", "_slopes", "_fixed")

    def fit(self, X: np.ndarray, y: np.ndarray, fixed: np.ndarray | None = None) -> RRBLUPRegressor:
        """Fit on rows X (n, p) without missing values and phenotypes y (n,)."""
        super().fit(X, y, fixed)
        self.effects_ = self.fit_.weights @ self._rows / self._scale
        self._level, self._slopes, self._fixed = self.fit_.mean, self.effects_, self.fit_.effects
        if self._axes is not None:
            count = len(self._axes.values)
            along, self._fixed = self._fixed[:count], self._fixed[count:]
            self._slopes = self.effects_ + (self._axes.train @ (along / self._axes.values)) @ self._rows
        return self

    def predict(self, X: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
        """Predicted phenotypes (m,) float64 of rows X (m, p)."""
        check_is_fitted(self, "effects_")
        predicted = self._level + (check_array(X, dtype=np.float64) - self._means) @ self._slopes
        return predicted if fixed is None else predicted + fixed @ self._fixed

    def gradients(self, X: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Effects of the columns, those through fixed components among them, for each row."""
        return np.broadcast_to(self._slopes, X.shape)

    def reliability(self, X: np.ndarray) -> np.ndarray:
        """Reliability (m,) of the genetic values; NaN from arrays, which hold no training line."""
        return super().reliability(X) if hasattr(self, "_rows") else np.full(len(X), np.nan)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method: effects of markers, nothing of any line."""
        return Stored.to_arrays(self)

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        return Stored.from_arrays(self, arrays)


class RKHSRegressor(KernelRegressor):
    """BLUP with a kernel that covers interactions of markers, variances by REML.

    Parameters
    ----------
    kernel
        ``gaussian``: exp(-h D / mean D), where D holds squared Euclidean
        distances between lines and their mean is over pairs of training lines;
        the larger h, the more interaction. ``arccosine``: what a network of
        infinitely many rectified units gives in as many layers as ``depth``,
        without anything to tune but the depth.
    bandwidth
        h of the Gaussian kernel. ``reml``: the one of :data:`BANDWIDTHS` with
        the largest restricted likelihood on the training lines (between them it
        is flat); ``average``: the mean of the kernels with h = 0.2, 1 and 5; or
        a number.
    depth
        Layers of the arc-cosine kernel: ``reml`` for the one of :data:`DEPTHS`
        with the largest restricted likelihood, or a number.
    pcs
        Leading principal components of the training lines to fit as fixed effects.
    random_state
        Taken as by every method; nothing here is random.

    Attributes
    ----------
    fit_ : KernelFit
    diagnostics_ : dict
        h2, lambda, vu, ve, log_likelihood; bandwidth (NaN for ``average``) or depth.

    References
    ----------
    Gianola & van Kaam 2008, Genetics 178:2289; averaging: de los Campos et al.
    2010, Genet Res 92:295; arc-cosine: Cho & Saul 2009, NeurIPS 22:342, in
    breeding Cuevas et al. 2019, G3 9:2913.
    """

    KERNELS = ("gaussian", "arccosine")
    BANDWIDTHS = (0.2, 0.5, 1.0, 2.0, 5.0)
    AVERAGED = (0.2, 1.0, 5.0)
    DEPTHS = (1, 2, 3, 5, 8)

    STATE = ("_squares", "_unit", "_choice")

    def __init__(
        self,
        kernel: str = "gaussian",
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

    def _fit_gram(self, gram: np.ndarray, scale: float, y: np.ndarray, fixed: np.ndarray | None) -> None:
        choices = self._choices()
        n = len(gram)
        self._squares = np.diagonal(gram).copy()
        if self.kernel == "gaussian":
            self._unit = float(grm.squared_distances(gram).sum()) / (n * (n - 1)) or 1.0
        else:
            self._unit = float(self._squares.mean()) or 1.0
        best = None
        for choice in choices:
            self._choice = choice
            fit = fit_kernel(self.kernel_of(gram, self._squares), y, fixed)
            # Constant phenotypes have no likelihood; any kernel then predicts their mean.
            likelihood = np.nan_to_num(fit.components.log_likelihood)
            if best is None or likelihood > best[0]:
                best = likelihood, choice, fit
        assert best is not None
        _, self._choice, fit = best
        self._keep(fit)
        if self.kernel == "gaussian":
            self.diagnostics_["bandwidth"] = self._choice[0] if len(self._choice) == 1 else np.nan
        else:
            self.diagnostics_["depth"] = self._choice[0]

    def _choices(self) -> list[tuple[float, ...]]:
        """What REML chooses from: bandwidths whose kernels are averaged, or depths."""
        if self.kernel not in self.KERNELS:
            raise ValueError(f"kernel must be one of {', '.join(self.KERNELS)}, not {self.kernel!r}.")
        if self.kernel == "arccosine":
            if self.depth == "reml":
                return [(depth,) for depth in self.DEPTHS]
            if not isinstance(self.depth, int) or self.depth < 1:
                raise ValueError(f"depth must be reml or a whole number from 1, not {self.depth!r}.")
            return [(self.depth,)]
        if self.bandwidth == "reml":
            return [(h,) for h in self.BANDWIDTHS]
        if self.bandwidth == "average":
            return [self.AVERAGED]
        if isinstance(self.bandwidth, str) or not self.bandwidth > 0:
            raise ValueError(f"bandwidth must be reml, average or a positive number, not {self.bandwidth!r}.")
        return [(float(self.bandwidth),)]

    def kernel_of(self, cross: np.ndarray, squares: np.ndarray) -> np.ndarray:
        if self.kernel == "arccosine":
            return _arccosine(cross, squares, self._squares, int(self._choice[0]))[0] / self._unit
        return np.mean([kernel for _, kernel in self._gaussians(cross, squares)], axis=0)

    def _gaussians(self, cross: np.ndarray, squares: np.ndarray) -> list[tuple[float, np.ndarray]]:
        """h / mean D and kernel (m, n) of each bandwidth."""
        distances = np.maximum(squares[:, None] + self._squares[None, :] - 2 * cross, 0)
        return [(h / self._unit, np.exp(distances * (-h / self._unit))) for h in self._choice]

    def kernel_slopes(self, cross: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.kernel == "gaussian":
            by_distance = np.mean([rate * kernel for rate, kernel in self._gaussians(cross, squares)], axis=0)
            return 2 * by_distance, -by_distance
        kernel, slope = _arccosine(cross, squares, self._squares, int(self._choice[0]))
        by_squares = (kernel - cross * slope) / (2 * np.maximum(squares, 1e-300)[:, None])
        return slope / self._unit, by_squares / self._unit

    def own_kernel(self, squares: np.ndarray) -> np.ndarray:
        return squares / self._unit if self.kernel == "arccosine" else np.ones(len(squares))


class DominanceRegressor(_StoredFit, LinesRegressor):
    """GBLUP with additive and dominance effects, both variances by REML.

    Dominance deviations are coded -2q^2, 2pq and -2p^2 for two, one and no
    copies of an allele of frequency p (the encoding ``dominance``), which makes
    them uncorrelated with breeding values under Hardy-Weinberg proportions.
    Dominance variance is bounded at 0: without it, this is GBLUP.

    Parameters
    ----------
    pcs
        Leading principal components of the training lines to fit as fixed effects.
    random_state
        Taken as by every method; nothing here is random.

    Attributes
    ----------
    fit_ : KernelFit
        Of the kernel that has the two relationships in their shares.
    diagnostics_ : dict
        h2 and d2 (shares of additive and dominance variance in the variance
        among lines), lambda, vu, ve, log_likelihood.

    References
    ----------
    Vitezica et al. 2013, Genetics 195:1223; Su et al. 2012, PLoS ONE 7:e45293.
    """

    STATE = ("_factors",)

    def __init__(self, pcs: int = 0, random_state: int = 0) -> None:
        self.pcs = pcs
        self.random_state = random_state

    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights (n,) of the cross products with the training lines, additive and of dominance."""
        additive, dominance = (factor * self.fit_.weights for factor in self._factors)
        if self._axes is not None:
            along = self.fit_.effects[: len(self._axes.values)]
            additive = additive + self._axes.train @ (along / self._axes.values)
        return additive, dominance

    def fit_lines(self, fold: Fold, y: np.ndarray) -> DominanceRegressor:
        """Fit on the training lines of a fold and their phenotypes y (n,)."""
        kernels, _, _ = self._products(fold)
        fixed = self._with_axes(kernels[0], fold.fixed_train)
        shares = variance_shares(kernels, y, fixed)
        scales = [spread_of(kernel) for kernel in kernels]
        self._factors = [share / scale if share else 0.0 for share, scale in zip(shares, scales, strict=True)]
        self.fit_ = fit_kernel(self._mixed(kernels), y, fixed)
        components = self.fit_.components
        self.diagnostics_ = {
            "h2": float(shares[0]) * components.h2,
            "d2": float(shares[1]) * components.h2,
            "lambda": components.ratio,
            "vu": components.vu,
            "ve": components.ve,
            "log_likelihood": components.log_likelihood,
        }
        return self

    def predict_lines(self, fold: Fold) -> np.ndarray:
        """Predicted phenotypes (m,) float64 of the test lines of the fold."""
        _, crosses, _ = self._products(fold)
        return self.fit_.predict(self._mixed(crosses), self._beside_axes(crosses[0], fold.fixed_test))

    def reliability_lines(self, fold: Fold) -> np.ndarray:
        """Reliability (m,) of the total genetic values predicted for the test lines."""
        _, crosses, diagonals = self._products(fold)
        return self.fit_.reliability(self._mixed(crosses), self._mixed(diagonals))

    @staticmethod
    def _products(fold: Fold) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """gram, cross and diagonal, each additive and of dominance."""
        additive, dominance = (fold.encode({"name": name}, "gram") for name in ("additive", "dominance"))
        return tuple(zip(additive.products, dominance.products, strict=True))

    def _mixed(self, parts: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        return self._factors[0] * parts[0] + self._factors[1] * parts[1]


class _Axes:
    """Leading principal components of the training lines, of unit length; other lines are projected."""

    def __init__(self, values: np.ndarray, vectors: np.ndarray) -> None:
        self.train = vectors
        self.values = values

    @classmethod
    def of(cls, gram: np.ndarray, count: int) -> _Axes:
        """The ``count`` leading ones of centred cross products (n, n), fewer where the rank is lower."""
        n = len(gram)
        first = max(n - count, 0)
        values, vectors = eigh(gram, driver="evr", subset_by_index=(first, n - 1), check_finite=False)
        kept = values > n * np.finfo(float).eps * max(values[-1], 0)
        return cls(values[kept], vectors[:, kept])

    def to_arrays(self) -> dict[str, np.ndarray]:
        return {"values": self.values, "vectors": self.train}

    def project(self, cross: np.ndarray) -> np.ndarray:
        """(m, k) of lines whose cross products with the training lines are (m, n)."""
        return cross @ self.train / self.values


def _joined(axes: np.ndarray, fixed: np.ndarray | None) -> np.ndarray:
    return axes if fixed is None else np.column_stack([axes, fixed])


def _arccosine(
    cross: np.ndarray, squares: np.ndarray, train: np.ndarray, depth: int
) -> tuple[np.ndarray, np.ndarray]:
    """Arc-cosine kernel of order 1 with ``depth`` layers, and its derivative by the cross products.

    A layer takes a kernel with angles t between lines to |x| |y| (sin t + (pi -
    t) cos t) / pi, which leaves squared lengths as they were, and whose
    derivative by the kernel before is (pi - t) / pi (Cho & Saul 2009, equations
    6 and 10).
    """
    lengths = np.sqrt(np.multiply.outer(squares, train))
    kernel, slope = cross, np.ones_like(lengths)
    for _ in range(depth):
        cosine = np.clip(np.divide(kernel, lengths, out=np.zeros_like(lengths), where=lengths > 0), -1, 1)
        angle = np.arccos(cosine)
        kernel = lengths * (np.sqrt(1 - cosine**2) + (np.pi - angle) * cosine) / np.pi
        slope *= (np.pi - angle) / np.pi
    return kernel, slope
