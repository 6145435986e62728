"""Restricted maximum likelihood and BLUP with any kernel and any fixed effects, exactly.

The model is y = 1 mu + F b + u + e with u ~ N(0, K vu) and e ~ N(0, I ve). The
error contrasts A'y, where the columns of A are orthonormal and orthogonal to 1
and F, are free of mu and b; one eigendecomposition of A'KA makes them
independent, with variances vu d_i + ve. The restricted likelihood is then a
function of the ratio lambda = ve / vu alone, at O(n) a point (Patterson &
Thompson 1971, Biometrika 58:545; Kang et al. 2008, Genetics 178:1709), and its
maximum is found as the root of its derivative.

With several kernels no decomposition serves all of them; :func:`variance_shares`
climbs the likelihood of the same contrasts with its exact gradient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from scipy.linalg import cho_solve, eigh
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import minimize

from dnngp.base.errors import UserError

#: Bounds of ve / vu where genetic values have a mean variance of vu, so that
#: heritability lies between 1e-5 and 1 - 1e-5.
BOUND = 1e5

#: Grid points of log lambda between the bounds; a maximum lies between neighbours of the best.
GRID = 96

#: A column of fixed effects that the ones before it explain but for this share of its length adds nothing.
COLLINEAR = 1e-9


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


UNKNOWN = VarianceComponents(np.nan, np.nan, np.nan, np.nan, np.nan)


class Projection:
    """Vectors and kernels as error contrasts: what the mean and fixed effects leave.

    Householder reflections take 1 and the columns of F, one after the other, to
    the first axes; the other axes are the contrasts. O(n) a vector and
    reflection, O(n^2) a kernel.

    Parameters
    ----------
    n
        Number of lines.
    fixed
        F (n, q) without the column of ones; None for the mean alone. Columns
        that others explain are passed over.

    Attributes
    ----------
    rank : int
        Axes that belong to fixed effects, 1 to q + 1.

    Raises
    ------
    UserError
        Fixed effects that leave fewer than one contrast.
    """

    def __init__(self, n: int, fixed: np.ndarray | None = None) -> None:
        self.n = n
        self._mirrors: list[tuple[np.ndarray, float]] = []
        columns = np.empty((0, n)) if fixed is None else np.transpose(fixed)
        for column in (np.ones(n), *columns):
            rest = self._forward(np.asarray(column, float))[self.rank :]
            length = float(np.linalg.norm(rest))
            if length > COLLINEAR * np.linalg.norm(column):
                if self.rank == n - 1 and n > 1:
                    raise UserError(
                        f"{n} training lines leave nothing to estimate a variance from beside their mean and "
                        f"{len(columns)} columns of fixed effects.",
                        remedy="Use fewer covariates or `pcs`.",
                    )
                mirror = rest / length
                mirror[0] += 1.0 if mirror[0] >= 0 else -1.0
                self._mirrors.append((mirror, 1 / abs(mirror[0])))

    @property
    def rank(self) -> int:
        return len(self._mirrors)

    def of(self, values: np.ndarray) -> np.ndarray:
        """Contrasts (n - rank,) or (n - rank, m) of values (n,) or (n, m)."""
        return self._forward(values)[self.rank :]

    def back(self, contrasts: np.ndarray) -> np.ndarray:
        """(n,) the vector orthogonal to all fixed effects that has the given contrasts."""
        result = np.concatenate([np.zeros(self.rank), contrasts])
        for start, (mirror, factor) in reversed(list(enumerate(self._mirrors))):
            result[start:] -= factor * (mirror @ result[start:]) * mirror
        return result

    def kernel(self, kernel: np.ndarray) -> np.ndarray:
        """A'KA (n - rank, n - rank) of a kernel K (n, n)."""
        for mirror, factor in self._mirrors:
            image = factor * (kernel @ mirror)
            image -= factor / 2 * (mirror @ image) * mirror
            kernel = (kernel - np.outer(image, mirror) - np.outer(mirror, image))[1:, 1:]
        return kernel

    def to_arrays(self) -> dict[str, np.ndarray]:
        """The reflections as arrays."""
        return {"n": np.array(self.n)} | {f"mirror{i}": mirror for i, (mirror, _) in enumerate(self._mirrors)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Projection:
        """The projection that :meth:`to_arrays` took apart."""
        projection = cls.__new__(cls)
        projection.n = int(arrays["n"])
        mirrors = [arrays[f"mirror{i}"] for i in range(sum(name.startswith("mirror") for name in arrays))]
        projection._mirrors = [(mirror, 1 / abs(mirror[0])) for mirror in mirrors]
        return projection

    def _forward(self, values: np.ndarray) -> np.ndarray:
        result = np.array(values, float)
        for start, (mirror, factor) in enumerate(self._mirrors):
            part = result[start:]
            part -= factor * (np.multiply.outer(mirror, mirror @ part))
        return result


class Contrasts:
    """The error contrasts of a kernel, made independent.

    Parameters
    ----------
    kernel
        (n, n) float64, symmetric positive semidefinite.
    fixed
        As in :class:`Projection`.

    Attributes
    ----------
    values : (n - rank,) float64
        d, ascending.
    genetic_scale : float
        mean(diag K) - mean(K).
    """

    def __init__(self, kernel: np.ndarray, fixed: np.ndarray | None = None) -> None:
        self._projection = Projection(len(kernel), fixed)
        values, self._vectors = eigh(
            self._projection.kernel(kernel), driver="evd", overwrite_a=True, check_finite=False
        )
        self.values = np.maximum(values, 0)
        self.genetic_scale = spread_of(kernel)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As arrays; the kernel itself is not among them."""
        own = {"values": self.values, "vectors": self._vectors, "genetic_scale": np.array(self.genetic_scale)}
        return own | self._projection.to_arrays()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Contrasts:
        """The contrasts that :meth:`to_arrays` took apart."""
        contrasts = cls.__new__(cls)
        contrasts._projection = Projection.from_arrays(arrays)
        contrasts.values, contrasts._vectors = arrays["values"], arrays["vectors"]
        contrasts.genetic_scale = float(arrays["genetic_scale"])
        return contrasts

    def of(self, values: np.ndarray) -> np.ndarray:
        """Independent contrasts (n - rank,) or (n - rank, m) of values (n,) or (n, m)."""
        return self._vectors.T @ self._projection.of(values)

    def back(self, contrasts: np.ndarray) -> np.ndarray:
        """(n,) the vector orthogonal to all fixed effects that has the given contrasts."""
        return self._projection.back(self._vectors @ contrasts)


def spread_of(kernel: np.ndarray) -> float:
    """mean(diag K) - mean(K): the variance among the lines that a unit of vu means."""
    return float(np.trace(kernel) / len(kernel) - kernel.mean())


def reml(values: np.ndarray, contrasts: np.ndarray, genetic_scale: float) -> VarianceComponents:
    """Maximise the restricted likelihood over lambda.

    Parameters
    ----------
    values, contrasts
        (n - rank,) d and z of :class:`Contrasts`.
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
    """A fitted model: a line with kernel values k and fixed effects f is predicted as mean + f b + k w.

    Attributes
    ----------
    mean
        mu.
    weights : (n,) float64
        w; orthogonal to all fixed effects, so that centring the kernel changes no prediction.
    components : VarianceComponents
        NaN where phenotypes or kernel do not vary beside the fixed effects.
    effects : (q,) float64
        b, by generalised least squares; of smallest length where columns are collinear.
    contrasts : Contrasts
    kernel_means : (n,) float64
        Row means of the training kernel.
    """

    mean: float
    weights: np.ndarray
    components: VarianceComponents
    effects: np.ndarray
    contrasts: Contrasts
    kernel_means: np.ndarray

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As arrays, without a phenotype."""
        return {
            "mean": np.array(self.mean),
            "weights": self.weights,
            "components": np.array(astuple(self.components)),
            "effects": self.effects,
            "kernel_means": self.kernel_means,
            **self.contrasts.to_arrays(),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> KernelFit:
        """The fit that :meth:`to_arrays` took apart."""
        return cls(
            float(arrays["mean"]),
            arrays["weights"],
            VarianceComponents(*arrays["components"].tolist()),
            arrays["effects"],
            Contrasts.from_arrays(arrays),
            arrays["kernel_means"],
        )

    def predict(self, cross: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
        """Predictions (m,).

        Parameters
        ----------
        cross
            (m, n) kernel between m lines and the training lines.
        fixed
            (m, q) their fixed effects, if the fit had any.
        """
        predicted = self.mean + cross @ self.weights
        return predicted if fixed is None else predicted + fixed @ self.effects

    def left_out_errors(self) -> np.ndarray:
        """(n,) phenotype of each training line less its prediction from all others.

        (P y)_i / P_ii with P = A (D + lambda I)^-1 A' of the contrasts: fixed
        effects are estimated without the line, variances are held (Gianola & Schön
        2016, G3 6:3107). All 0 where the variances are unknown.
        """
        if np.isnan(self.components.ratio):
            return np.zeros(len(self.weights))
        units = self.contrasts.of(np.eye(len(self.weights)))
        diagonal = np.sum(units**2 / (self.contrasts.values + self.components.ratio)[:, None], axis=0)
        # A line that fixed effects alone fit (P_ii = 0) cannot be predicted without itself.
        return np.divide(self.weights, diagonal, out=np.zeros_like(diagonal), where=diagonal > 1e-12)

    def reliability(self, cross: np.ndarray, diagonal: np.ndarray) -> np.ndarray:
        """Squared correlation (m,) of true and predicted genetic value that the model expects.

        1 - PEV / var(u), where u is a line's deviation from the mean of the
        training lines, so that centring the kernel makes no difference; the
        prediction error variance PEV covers the estimation of fixed effects
        (Henderson 1975, Biometrics 31:423). PEV itself is ``(1 - reliability)
        vu`` times the centred kernel's diagonal.

        Parameters
        ----------
        cross
            (m, n) kernel between m lines and the training lines.
        diagonal
            (m,) kernel of each of them with itself.
        """
        if np.isnan(self.components.ratio):
            return np.full(len(cross), np.nan)
        contrasts = self.contrasts.of((cross - self.kernel_means).T)
        spread = self.contrasts.values + self.components.ratio
        explained = np.sum(contrasts**2 / spread[:, None], axis=0)
        total = diagonal - 2 * cross.mean(axis=1) + self.kernel_means.mean()
        # A line at the mean of the training lines has no variance, and nothing to be reliable about.
        return np.clip(np.divide(explained, total, out=np.zeros(len(cross)), where=total > 0), 0, 1)


def fit_kernel(kernel: np.ndarray, y: np.ndarray, fixed: np.ndarray | None = None) -> KernelFit:
    """REML and BLUP with one kernel.

    Parameters
    ----------
    kernel
        (n, n) float64, symmetric positive semidefinite.
    y
        (n,) phenotypes.
    fixed
        (n, q) fixed effects beside the mean, without missing values.

    Notes
    -----
    A constant y or a kernel that does not vary gives the fixed effects alone and NaN for the variances.
    """
    y = np.asarray(y, float)
    contrasts = Contrasts(kernel, fixed)
    z = contrasts.of(y)
    components, weights, residuals = UNKNOWN, np.zeros(len(y)), y
    if varies(y, z, contrasts, kernel):
        components = reml(contrasts.values, z, contrasts.genetic_scale)
        weights = contrasts.back(z / (contrasts.values + components.ratio))
        residuals = y - kernel @ weights
    mean, effects = float(np.mean(residuals)), np.empty(0)
    if fixed is not None:
        # (K + lambda I) w = y - 1 mu - F b: exact least squares.
        shrunk = np.nan_to_num(components.ratio) * weights
        design = np.column_stack([np.ones(len(y)), fixed])
        mean, *slopes = np.linalg.lstsq(design, residuals - shrunk, rcond=COLLINEAR)[0]
        mean, effects = float(mean), np.array(slopes)
    return KernelFit(mean, weights, components, effects, contrasts, kernel.mean(axis=0))


def varies(y: np.ndarray, z: np.ndarray, contrasts: Contrasts, kernel: np.ndarray) -> bool:
    """Whether phenotypes and kernel differ between lines, beside fixed effects, by more than rounding."""
    return bool(
        np.ptp(y) > 1e-13 * np.max(np.abs(y))
        and np.linalg.norm(z) > 1e-12 * np.linalg.norm(y)
        and contrasts.genetic_scale > 1e-12 * np.max(np.abs(kernel), initial=0)
    )


def variance_shares(
    kernels: Sequence[np.ndarray], y: np.ndarray, fixed: np.ndarray | None = None
) -> np.ndarray:
    """Share of each kernel in the genetic variance, by REML over all variances at once.

    Parameters
    ----------
    kernels
        Each (n, n) float64, symmetric positive semidefinite.
    y, fixed
        As in :func:`fit_kernel`.

    Returns
    -------
    (k,) float64
        Shares s, none below 0, sum 1, of the kernels scaled to a mean variance
        of 1 among the lines; the best single ratio lambda of the kernel
        sum(s_i K_i) is then :func:`reml`'s. The first kernel takes all where
        nothing varies.

    Notes
    -----
    -logL = (log |V| + z'V^-1 z) / 2 with V = sum(v_i A'K_iA) + ve I in the
    contrasts z, and its derivatives (tr(V^-1 C) - z'V^-1 C V^-1 z) / 2 (Harville
    1977, JASA 72:320), minimised by L-BFGS-B with variances bounded at 0, so that
    an absent effect is estimated as absent. O(n^3) a step.
    """
    y = np.asarray(y, float)
    projection = Projection(len(y), fixed)
    z = projection.of(y)
    scales = [spread_of(kernel) for kernel in kernels]
    usable = [
        i
        for i, (kernel, scale) in enumerate(zip(kernels, scales, strict=True))
        if scale > 1e-12 * np.max(np.abs(kernel), initial=0)
    ]
    shares = np.zeros(len(kernels))
    if not usable or np.linalg.norm(z) <= 1e-12 * np.linalg.norm(y) or len(usable) == 1:
        shares[usable[0] if usable else 0] = 1
        return shares
    z = z / np.sqrt(np.mean(z**2))
    parts = np.stack([*(projection.kernel(kernels[i]) / scales[i] for i in usable), np.eye(len(z))])

    def objective(variances: np.ndarray) -> tuple[float, np.ndarray]:
        total = np.tensordot(variances, parts, axes=1)
        factor, failed = dpotrf(total, lower=True, overwrite_a=True)
        if failed:
            return np.inf, np.zeros(len(parts))
        solved = cho_solve((factor, True), z)
        value = np.sum(np.log(np.diagonal(factor))) + z @ solved / 2
        inverse, _ = dpotri(factor, lower=True)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        slopes = [(np.vdot(inverse, part) - solved @ part @ solved) / 2 for part in parts]
        return float(value), np.array(slopes)

    count = len(usable)
    found = minimize(
        objective,
        np.append(np.full(count, 0.5 / count), 0.5),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * count + [(1 / BOUND, None)],
        options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 500},
    )
    variances = found.x[:count]
    if variances.sum() <= 0:
        shares[usable[0]] = 1
    else:
        shares[usable] = variances / variances.sum()
    return shares
