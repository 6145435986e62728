"""Best linear unbiased prediction with any kernel, variances by exact REML.

The model is y = 1 mu + u + e with u ~ N(0, K vu) and e ~ N(0, I ve). The n - 1
error contrasts A'y, where the columns of A are orthonormal and sum to zero, are
free of mu; one eigendecomposition of A'KA makes them independent, with
variances vu d_i + ve. The restricted likelihood is then a function of the ratio
lambda = ve / vu alone, at O(n) a point (Patterson & Thompson 1971, Biometrika
58:545; Kang et al. 2008, Genetics 178:1709), and its maximum is found as the
root of its derivative.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y

from dnngp import kinship
from dnngp.encode import Additive, EncodedFold

#: Bounds of ve / vu where genetic values have a mean variance of vu, so that
#: heritability lies between 1e-5 and 1 - 1e-5.
BOUND = 1e5

#: Grid points of log lambda between the bounds; a maximum lies between neighbours of the best.
GRID = 96


@dataclass(frozen=True)
class VarianceComponents:
    """REML estimates of one trait with one kernel.

    Attributes
    ----------
    vu, ve
        Variances of the model.
    ratio
        lambda = ve / vu.
    h2
        Share of genetic variance among the lines, vu c / (vu c + ve) with c =
        mean(diag K) - mean(K): unchanged when the kernel is scaled or centred,
        so comparable between kernels (Legarra 2016, Theor Popul Biol 107:26).
    log_likelihood
        Restricted: the log density of the orthonormal error contrasts A'y, as in rrBLUP.
    """

    vu: float
    ve: float
    ratio: float
    h2: float
    log_likelihood: float


class Contrasts:
    """The error contrasts of a kernel, made independent.

    Parameters
    ----------
    kernel
        (n, n) float64, symmetric positive semidefinite.

    Attributes
    ----------
    values : (n - 1,) float64
        d, ascending.
    genetic_scale : float
        mean(diag K) - mean(K).
    """

    def __init__(self, kernel: np.ndarray) -> None:
        n = len(kernel)
        # A is a Householder reflection that takes the first axis to 1, without its first column.
        self._mirror = np.full(n, 1 / np.sqrt(n))
        self._mirror[0] += 1
        self._factor = 1 / self._mirror[0]
        image = self._factor * (kernel @ self._mirror)
        image -= self._factor / 2 * (self._mirror @ image) * self._mirror
        reflected = kernel - np.outer(image, self._mirror) - np.outer(self._mirror, image)
        values, self._vectors = eigh(reflected[1:, 1:], driver="evd", overwrite_a=True, check_finite=False)
        self.values = np.maximum(values, 0)
        self.genetic_scale = float(self.values.sum() / n)

    def of(self, y: np.ndarray) -> np.ndarray:
        """Independent contrasts (n - 1,) of y (n,)."""
        return self._vectors.T @ self._reflect(y)[1:]

    def back(self, contrasts: np.ndarray) -> np.ndarray:
        """(n,) the vector that sums to zero and has the given contrasts."""
        return self._reflect(np.concatenate([[0.0], self._vectors @ contrasts]))

    def _reflect(self, vector: np.ndarray) -> np.ndarray:
        return vector - self._factor * (self._mirror @ vector) * self._mirror


def reml(values: np.ndarray, contrasts: np.ndarray, genetic_scale: float) -> VarianceComponents:
    """Maximise the restricted likelihood over lambda.

    Parameters
    ----------
    values, contrasts
        (n - 1,) d and z of :class:`Contrasts`.
    genetic_scale
        mean(diag K) - mean(K).

    Returns
    -------
    VarianceComponents
        log(lambda) to about 1e-12, or a bound (see :data:`BOUND`) if the likelihood rises up to it.
    """
    squares, df = contrasts**2, len(values)

    def objective(ratio: float | np.ndarray) -> np.ndarray:
        """-2 logL without constants."""
        spread = values + np.asarray(ratio)[..., None]
        return df * np.log((squares / spread).sum(-1)) + np.log(spread).sum(-1)

    def rises(ratio: float) -> bool:
        """Whether the objective's derivative is positive."""
        spread = values + ratio
        weighted = squares / spread
        return bool((1 / spread).sum() > df * (weighted / spread).sum() / weighted.sum())

    limit = np.log(BOUND)
    logs = np.log(genetic_scale) + np.linspace(-limit, limit, GRID)
    best = int(objective(np.exp(logs)).argmin())
    low, high = logs[max(best - 1, 0)], logs[min(best + 1, GRID - 1)]
    for _ in range(60):
        middle = (low + high) / 2
        if rises(np.exp(middle)):
            high = middle
        else:
            low = middle
    ratio = float(np.exp((low + high) / 2))
    spread = values + ratio
    vu = float(np.mean(squares / spread))
    return VarianceComponents(
        vu=vu,
        ve=ratio * vu,
        ratio=ratio,
        h2=genetic_scale / (genetic_scale + ratio),
        log_likelihood=float(-0.5 * (df * np.log(2 * np.pi * vu) + df + np.log(spread).sum())),
    )


@dataclass(frozen=True)
class KernelFit:
    """A fitted model: a line with kernel values k to the training lines is predicted as mean + k weights.

    ``weights`` (n,) sum to zero, so that centring the kernel does not change a prediction.
    """

    mean: float
    weights: np.ndarray
    components: VarianceComponents

    def predict(self, cross: np.ndarray) -> np.ndarray:
        """Predictions (m,) from the kernel between m lines and the training lines (m, n)."""
        return self.mean + cross @ self.weights


def fit_kernel(kernel: np.ndarray, y: np.ndarray) -> KernelFit:
    """REML and BLUP with one kernel.

    Parameters
    ----------
    kernel
        (n, n) float64, symmetric positive semidefinite.
    y
        (n,) phenotypes.

    Notes
    -----
    A constant y or a kernel that does not vary gives the mean of y and NaN for the variances.
    """
    y = np.asarray(y, float)
    contrasts = Contrasts(kernel)
    if not _varies(y, contrasts, kernel):
        unknown = VarianceComponents(np.nan, np.nan, np.nan, np.nan, np.nan)
        return KernelFit(float(y.mean()), np.zeros(len(y)), unknown)
    z = contrasts.of(y)
    components = reml(contrasts.values, z, contrasts.genetic_scale)
    weights = contrasts.back(z / (contrasts.values + components.ratio))
    return KernelFit(float(np.mean(y - kernel @ weights)), weights, components)


def heritability(rows: np.ndarray, y: np.ndarray) -> dict[str, float | int]:
    """Genomic heritability of one trait by REML, with its standard error.

    The kernel is that of :class:`GBLUPRegressor`, scaled such that ``vu`` is the
    variance among the lines and h2 = vu / (vu + ve).

    Parameters
    ----------
    rows
        (n, p) dosages (integers, -1 missing) or features (floats, NaN missing);
        features are standardised.
    y
        (n,) phenotypes without missing values.

    Returns
    -------
    dict
        ``h2``, ``h2_se``, ``vu``, ``ve``, ``lambda`` = ve / vu, ``log_likelihood``, ``n``.
        All NaN but n where y or the rows are constant.
    """
    encoder = Additive(scale=not np.issubdtype(np.asarray(rows).dtype, np.integer)).fit(rows)
    n, p = np.shape(rows)
    gram, _ = kinship.centred_products(
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
    contrasts = Contrasts(kernel)
    names = ("h2", "h2_se", "vu", "ve", "lambda", "log_likelihood")
    if not _varies(y, contrasts, kernel):
        return {**dict.fromkeys(names, float("nan")), "n": len(y)}
    values, z = contrasts.values / contrasts.genetic_scale, contrasts.of(y)
    found = reml(values, z, 1.0)
    spread = found.vu * values + found.ve
    gradients = np.stack([values, np.ones_like(values)])
    information = np.einsum("ai,bi,i->ab", gradients, gradients, z**2 / spread**3) / 2
    slope = np.array([found.ve, -found.vu]) / (found.vu + found.ve) ** 2
    variance = float(slope @ np.linalg.pinv(information) @ slope)
    figures = (found.h2, variance**0.5, found.vu, found.ve, found.ratio, found.log_likelihood)
    return {**dict(zip(names, figures, strict=True)), "n": len(y)}


class _KernelRegressor(RegressorMixin, BaseEstimator):
    """What kernel methods share: rows or cross products in, a :class:`KernelFit` behind it.

    Subclasses turn centred cross products into a kernel (:meth:`_fit_gram`, :meth:`_cross_kernel`).
    """

    def fit(self, X: np.ndarray, y: np.ndarray) -> _KernelRegressor:
        """Fit on rows X (n, p) without missing values and phenotypes y (n,).

        Rows do not tell frequencies and ploidy, so cross products are divided
        by their mean diagonal; predictions and h2 do not depend on that.
        """
        X, y = check_X_y(X, y, dtype=np.float64, y_numeric=True)
        self.n_features_in_ = X.shape[1]
        self._means = X.mean(axis=0)
        self._rows = X - self._means
        gram = self._rows @ self._rows.T
        self._fit_gram(gram, float(np.trace(gram)) / len(gram) or 1.0, y)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predicted phenotypes (m,) float64 of rows X (m, p)."""
        check_is_fitted(self)
        rows = check_array(X, dtype=np.float64) - self._means
        return self._predict_gram(rows @ self._rows.T, np.einsum("mp,mp->m", rows, rows))

    def fit_fold(self, fold: EncodedFold, y: np.ndarray) -> _KernelRegressor:
        """Fit on the training lines of a fold in form ``gram`` and their phenotypes y (n,)."""
        assert fold.gram is not None
        self._fit_gram(fold.gram, fold.scale, np.asarray(y, float))
        return self

    def predict_fold(self, fold: EncodedFold) -> np.ndarray:
        """Predicted phenotypes (m,) float64 of the test lines of the fold."""
        check_is_fitted(self)
        assert fold.cross is not None
        assert fold.diagonal is not None
        return self._predict_gram(fold.cross, fold.diagonal)

    def _fit_gram(self, gram: np.ndarray, scale: float, y: np.ndarray) -> None:
        raise NotImplementedError

    def _predict_gram(self, cross: np.ndarray, squares: np.ndarray) -> np.ndarray:
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


class GBLUPRegressor(_KernelRegressor):
    """Genomic BLUP with VanRaden's first relationship matrix, variances by REML.

    Equal to ridge regression on the markers (RR-BLUP) with the penalty that REML finds.

    Parameters
    ----------
    random_state
        Taken as by every method; nothing here is random.

    Attributes
    ----------
    fit_ : KernelFit
    diagnostics_ : dict
        h2, lambda, vu, ve, log_likelihood.

    References
    ----------
    VanRaden 2008, J Dairy Sci 91:4414, method 1, with allele frequencies of the training lines.
    """

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def _fit_gram(self, gram: np.ndarray, scale: float, y: np.ndarray) -> None:
        self._scale = scale
        self._keep(fit_kernel(gram / scale, y))

    def _predict_gram(self, cross: np.ndarray, squares: np.ndarray) -> np.ndarray:
        return self.fit_.predict(cross / self._scale)


class RKHSRegressor(_KernelRegressor):
    """BLUP with a Gaussian kernel exp(-h D / mean D), variances by REML.

    D holds squared Euclidean distances between lines; their mean is over pairs
    of training lines. The kernel covers additive effects and interactions of
    every order, the more the larger h.

    Parameters
    ----------
    bandwidth
        ``reml``: the h of :data:`BANDWIDTHS` with the largest restricted
        likelihood on the training lines (between them it is flat); ``average``:
        the mean of the kernels with h = 0.2, 1 and 5; or a number.
    random_state
        Taken as by every method; nothing here is random.

    Attributes
    ----------
    fit_ : KernelFit
    diagnostics_ : dict
        h2, lambda, vu, ve, log_likelihood, bandwidth (NaN for ``average``).

    References
    ----------
    Gianola & van Kaam 2008, Genetics 178:2289; averaging: de los Campos et al. 2010, Genet Res 92:295.
    """

    BANDWIDTHS = (0.2, 0.5, 1.0, 2.0, 5.0)
    AVERAGED = (0.2, 1.0, 5.0)

    def __init__(self, bandwidth: str | float = "reml", random_state: int = 0) -> None:
        self.bandwidth = bandwidth
        self.random_state = random_state

    def _fit_gram(self, gram: np.ndarray, scale: float, y: np.ndarray) -> None:
        choices: list[tuple[float, ...]]
        if self.bandwidth == "reml":
            choices = [(h,) for h in self.BANDWIDTHS]
        elif self.bandwidth == "average":
            choices = [self.AVERAGED]
        elif isinstance(self.bandwidth, str) or not self.bandwidth > 0:
            raise ValueError(f"bandwidth must be reml, average or a positive number, not {self.bandwidth!r}.")
        else:
            choices = [(float(self.bandwidth),)]
        distances = kinship.squared_distances(gram)
        n = len(gram)
        self._squares = np.diagonal(gram).copy()
        self._mean_distance = float(distances.sum()) / (n * (n - 1)) or 1.0
        fits = [fit_kernel(self._kernel(distances, bandwidths), y) for bandwidths in choices]
        # Constant phenotypes have no likelihood; any kernel then predicts their mean.
        best = max(range(len(fits)), key=lambda i: np.nan_to_num(fits[i].components.log_likelihood))
        self._bandwidths = choices[best]
        self._keep(fits[best])
        self.diagnostics_["bandwidth"] = self._bandwidths[0] if len(self._bandwidths) == 1 else np.nan

    def _predict_gram(self, cross: np.ndarray, squares: np.ndarray) -> np.ndarray:
        distances = np.maximum(squares[:, None] + self._squares[None, :] - 2 * cross, 0)
        return self.fit_.predict(self._kernel(distances, self._bandwidths))

    def _kernel(self, distances: np.ndarray, bandwidths: tuple[float, ...]) -> np.ndarray:
        return np.mean([np.exp(distances * (-h / self._mean_distance)) for h in bandwidths], axis=0)


def _varies(y: np.ndarray, contrasts: Contrasts, kernel: np.ndarray) -> bool:
    """Whether both phenotypes and kernel differ between lines by more than rounding."""
    return bool(
        np.ptp(y) > 1e-13 * np.max(np.abs(y))
        and contrasts.genetic_scale > 1e-12 * np.max(np.abs(kernel), initial=0)
    )
