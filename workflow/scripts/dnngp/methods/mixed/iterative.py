"""REML and BLUP of one kernel from products with it alone: the path for more samples than a matrix may have.

The restricted likelihood of :mod:`dnngp.methods.mixed.spectral` asks of the kernel, seen by the error
contrasts, for a determinant and a quadratic form at each ratio lambda = ve / vu. The quadratic form and the
solution come from the Lanczos basis of y, to rounding; the determinant from those of random vectors, to a
Monte-Carlo error that is told.

References
----------
Ubaru, Chen & Saad 2017, SIAM J Matrix Anal Appl 38:1075 (determinants); Border & Becker 2019, BMC
Bioinformatics 20:411 (REML by Lanczos for genomic relationships).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from dnngp.base.serialisation import Arrays
from dnngp.genotypes.streamed import Streamed
from dnngp.methods.mixed.error_contrasts import COLLINEAR, Reflections, with_mean
from dnngp.methods.mixed.lanczos import Lanczos
from dnngp.methods.mixed.spectral import GRID, UNKNOWN, VarianceComponents
from dnngp.methods.mixed.structures import BOUND

Function = Callable[[np.ndarray], np.ndarray]

#: Random vectors of the determinant; with y, as many columns as products are fast with.
PROBES = 15

#: Length of what a solution leaves of contrasts of unit length; the same for a reliability, whose Monte-Carlo
#: error is far larger.
TOLERANCE, COARSE = 1e-6, 1e-3

#: Products between looks at what a solution leaves, and at most.
LOOK, MOST = 5, 500


@dataclass(frozen=True)
class IterativeFit:
    """A fitted model: a sample with centred markers z and fixed effects f is predicted as mean + f b + z u.

    Attributes
    ----------
    mean
        mu.
    markers : (p,) float64
        u.
    effects : (q,) float64
        b, by generalised least squares.
    components : VarianceComponents
    h2_error
        Monte-Carlo standard error of h2.
    steps
        Products with the kernel.
    residual
        Length of what the solution leaves of the contrasts of y, over their length.
    errors : (p, draws) float32
        Effects less their predictions in simulated populations of vu = 1.
    """

    mean: float
    markers: np.ndarray
    effects: np.ndarray
    components: VarianceComponents
    h2_error: float
    steps: int
    residual: float
    errors: np.ndarray

    def predict(self, markers: Streamed, fixed: np.ndarray | None = None) -> np.ndarray:
        """Phenotypes (m,) of samples and their fixed effects (m, q), if the fit had any."""
        predicted = self.mean + markers.times(self.markers[:, None])[:, 0]
        return predicted if fixed is None else predicted + fixed @ self.effects

    def reliability(self, markers: Streamed) -> np.ndarray | None:
        """Reliability (m,) by Monte Carlo; None without draws.

        What :meth:`dnngp.methods.mixed.kernel_fit.KernelFit.reliability` is exactly: 1 - mean squared error
        over simulated populations / variance (García-Cortés et al. 1995, Genet Sel Evol 27:555). Its standard
        error is (1 - reliability) times the square root of 2 / draws.
        """
        if not self.errors.shape[1]:
            return None
        squared = np.mean(markers.times(self.errors) ** 2, axis=1)
        total = markers.squares() / markers.scale
        return np.clip(1 - np.divide(squared, total, out=np.ones_like(total), where=total > 0), 0, 1)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As arrays, without a phenotype."""
        arrays = {name: np.asarray(value) for name, value in vars(self).items()}
        return arrays | {"components": self.components.to_array()}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> IterativeFit:
        """The fit that :meth:`to_arrays` took apart."""
        return cls(
            float(arrays["mean"]),
            arrays["markers"],
            arrays["effects"],
            VarianceComponents.from_array(arrays["components"]),
            float(arrays["h2_error"]),
            int(arrays["steps"]),
            float(arrays["residual"]),
            arrays["errors"],
        )


class Projected:
    """The kernel as error contrasts see it: M R K R M, R the roots of weights and M the projection.

    Parameters
    ----------
    markers
        Of the n training samples.
    fixed
        (n, q) beside the mean; None for none.
    weight
        (n,) above 0; None for 1.
    """

    def __init__(self, markers: Streamed, fixed: np.ndarray | None, weight: np.ndarray | None) -> None:
        self.markers, n = markers, len(markers)
        self.root = np.ones(n) if weight is None else np.sqrt(weight)
        self.design = self.root[:, None] * with_mean(n, fixed)
        self._basis = Reflections.of(self.design).basis()
        self.size = n - self._basis.shape[1]
        squares = markers.squares() / markers.scale
        seen = np.column_stack([np.full(n, 1 / n), self.root[:, None] * self._basis])
        sums = np.sum(markers.transposed_times(seen) ** 2, axis=0) / markers.scale
        self.spread = float(squares.mean() - sums[0])
        self.genetic_scale = float(np.mean(self.root**2)) * self.spread
        self.trace = float(self.root**2 @ squares - sums[1:].sum())

    def project(self, values: np.ndarray) -> np.ndarray:
        """What fixed effects leave of values (n, k)."""
        return values - self._basis @ (self._basis.T @ values)

    def probes(self, random: np.random.Generator, count: int) -> np.ndarray:
        """Random contrasts (n, count) of unit length."""
        drawn = self.project(random.standard_normal((len(self.root), count)))
        return drawn / np.linalg.norm(drawn, axis=0)

    def effects(self, contrasts: np.ndarray) -> np.ndarray:
        """Effects of the markers (p, k) behind solutions (n, k)."""
        return self.markers.transposed_times(self.root[:, None] * contrasts) / self.markers.scale

    def fixed_effects(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Mean and effects (q,) of values (n,), both times the roots of the weights."""
        mean, *effects = np.linalg.lstsq(self.design, values, rcond=COLLINEAR)[0]
        return float(mean), np.array(effects)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """M R K R v (n, k) of values (n, k) that fixed effects have left."""
        root = self.root[:, None]
        return self.project(root * self.markers.products_times(root * values) / self.markers.scale)


def fit_iteratively(
    markers: Streamed,
    y: np.ndarray,
    fixed: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    *,
    seed: int = 0,
    draws: int = 0,
) -> IterativeFit:
    """REML and BLUP of the kernel of streamed markers.

    Parameters
    ----------
    markers
        Of the n training samples.
    y
        (n,) phenotypes.
    fixed, weight
        As of :class:`Projected`.
    seed
        Of all that is drawn.
    draws
        Simulated populations for reliabilities.

    Notes
    -----
    A y that does not vary beside the fixed effects gives these alone and NaN for the variances.
    """
    kernel, random = Projected(markers, fixed, weight), np.random.default_rng(seed)
    reached = search(kernel, y, random)
    if reached is None:
        return _without_variance(kernel, y)
    lanczos, likelihood, ratio, residual = reached
    contrasts = likelihood.length * lanczos.solve(0, ratio)
    found = kernel.effects(contrasts[:, None])
    fitted = kernel.root * markers.times(found)[:, 0]
    mean, effects = kernel.fixed_effects(kernel.root * y - fitted - ratio * contrasts)
    return IterativeFit(
        mean,
        found[:, 0],
        effects,
        likelihood.at(ratio),
        likelihood.error(),
        len(lanczos),
        residual,
        _errors(kernel, ratio, draws, random),
    )


class Reached(NamedTuple):
    """Bases of y and of random vectors, the likelihood that they tell, its best lambda and what y leaves."""

    lanczos: Lanczos
    likelihood: Likelihood
    ratio: float
    residual: float


def search(kernel: Projected, y: np.ndarray, random: np.random.Generator) -> Reached | None:
    """Products with the kernel until they have solved for phenotypes y (n,); None where these do not vary."""
    target = kernel.project((kernel.root * y)[:, None])
    length = float(np.linalg.norm(target))
    if length <= 1e-12 * np.linalg.norm(y) or kernel.genetic_scale <= 0:
        return None
    lanczos = Lanczos(kernel, np.column_stack([target / length, kernel.probes(random, PROBES)]))
    residual = 1.0
    while residual > TOLERANCE and len(lanczos) < min(MOST, kernel.size):
        lanczos.grow(LOOK)
        likelihood = Likelihood(lanczos, kernel, length)
        ratio = likelihood.best()
        residual = lanczos.residual(0, ratio)
    return Reached(lanczos, likelihood, ratio, residual)


def _without_variance(kernel: Projected, y: np.ndarray) -> IterativeFit:
    p = len(kernel.markers.means)
    mean, effects = kernel.fixed_effects(kernel.root * y)
    return IterativeFit(mean, np.zeros(p), effects, UNKNOWN, np.nan, 0, 0.0, np.zeros((p, 0), np.float32))


def _errors(kernel: Projected, ratio: float, draws: int, random: np.random.Generator) -> np.ndarray:
    """Effects less their predictions (p, draws) float32 in populations drawn with vu = 1, some at a time."""
    p, n = len(kernel.markers.means), len(kernel.root)
    errors = np.zeros((p, draws), np.float32)
    for begin in range(0, draws, PROBES + 1):
        part = errors[:, begin : begin + PROBES + 1]
        part[:] = random.standard_normal(part.shape) / np.sqrt(kernel.markers.scale)
        noise = np.sqrt(ratio) * random.standard_normal((n, part.shape[1]))
        records = kernel.root[:, None] * kernel.markers.times(part) + noise
        part -= kernel.effects(solved(kernel, records, ratio))
    return errors


def solved(kernel: Projected, targets: np.ndarray, ratio: float) -> np.ndarray:
    """(A + ratio I)^-1 M t (n, k) of targets t (n, k), to :data:`COARSE`."""
    targets = kernel.project(targets)
    lengths = np.linalg.norm(targets, axis=0)
    lanczos, starts = Lanczos(kernel, targets / lengths), range(targets.shape[1])
    lanczos.grow(LOOK)
    while max(lanczos.residual(start, ratio) for start in starts) > COARSE and len(lanczos) < MOST:
        lanczos.grow(1)
    return lengths * np.column_stack([lanczos.solve(start, ratio) for start in starts])


@dataclass(frozen=True)
class Probe:
    """What one random vector tells of the spectrum beside the eigenvalues that are known.

    Attributes
    ----------
    values, weights : (m,)
        Ritz values, and their weights, which sum to 1.
    shares : (t,)
        Squared cosines with the known eigenvectors.
    """

    values: np.ndarray
    weights: np.ndarray
    shares: np.ndarray

    def mean(self, of: Function, known: np.ndarray) -> float:
        """Mean of a function over the spectrum without the known eigenvalues (t,)."""
        return float((self.weights @ of(self.values) - self.shares @ of(known)) / (1 - self.shares.sum()))


class Likelihood:
    """The restricted likelihood as a function of lambda, from the bases of y (the first) and of random
    vectors.

    Two things make the determinant's error small. Eigenvectors that the basis of y has found are taken out,
    and counted exactly. Of what is left, the mean eigenvalue is known exactly as well: the logarithm is
    corrected by what the random vectors have wrong of it (a control variate).
    """

    def __init__(self, lanczos: Lanczos, kernel: Projected, length: float) -> None:
        self._kernel, self.length = kernel, length
        self._values, self._weights = lanczos.spectrum(0)
        self._known, vectors = lanczos.converged(0)
        self._probes = [
            Probe(*lanczos.spectrum(start), (vectors.T @ lanczos.start(start)) ** 2)
            for start in range(1, lanczos.starts)
        ]
        self._left = kernel.size - len(self._known)
        self._mean_left = (kernel.trace - float(self._known.sum())) / self._left

    def best(self, without: int | None = None) -> float:
        """Lambda of the largest likelihood; ``without`` one of the random vectors."""
        probes = [one for number, one in enumerate(self._probes) if number != without]
        limit = np.log(BOUND)
        logs = np.log(self._kernel.genetic_scale) + np.linspace(-limit, limit, GRID)
        best = int(np.argmin([self._objective(log, probes) for log in logs]))
        bounds = logs[max(best - 1, 0)], logs[min(best + 1, GRID - 1)]
        found = minimize_scalar(
            self._objective, bounds=bounds, args=(probes,), method="bounded", options={"xatol": 1e-8}
        )
        return float(np.exp(found.x))

    def error(self, scale: float | None = None) -> float:
        """Standard error of h2 by the jackknife over random vectors.

        h2 is scale / (scale + lambda); None takes the mean genetic variance of contrasts, vu being 1.
        """
        count = len(self._probes)
        scale = self._kernel.genetic_scale if scale is None else scale
        each = np.array([scale / (scale + self.best(number)) for number in range(count)])
        return float(np.sqrt((count - 1) * np.var(each)))

    def information(self, vu: float, ve: float) -> np.ndarray:
        """Average information (2, 2) of vu and ve (Gilmour et al. 1995, Biometrics 51:1440)."""
        gradients = np.stack([self._values, np.ones_like(self._values)])
        weights = self.length**2 * self._weights / (vu * self._values + ve) ** 3
        return np.einsum("ai,bi,i->ab", gradients, gradients, weights) / 2

    def at(self, ratio: float) -> VarianceComponents:
        """The variances whose ratio is given."""
        size, scale = self._kernel.size, self._kernel.genetic_scale
        vu = self._square(ratio) / size
        logarithm = self._logarithm(np.log(ratio), self._probes)
        log_density = -0.5 * (size * (np.log(2 * np.pi * vu) + 1) + logarithm)
        return VarianceComponents(vu, ratio * vu, ratio, scale / (scale + ratio), float(log_density))

    def _objective(self, log: float, probes: list[Probe]) -> float:
        """-2 logL without constants."""
        return self._kernel.size * np.log(self._square(np.exp(log))) + self._logarithm(log, probes)

    def _square(self, ratio: float) -> float:
        """y' (A + ratio I)^-1 y of the contrasts."""
        return float(self.length**2 * np.sum(self._weights / (self._values + ratio)))

    def _logarithm(self, log: float, probes: list[Probe]) -> float:
        """log det (A + ratio I) among the contrasts."""

        def logarithm(values: np.ndarray) -> np.ndarray:
            return np.log(values + np.exp(log))

        found = np.mean([one.mean(logarithm, self._known) for one in probes])
        off = np.mean([one.mean(lambda values: values, self._known) for one in probes]) - self._mean_left
        slope = self._slope(logarithm, probes)
        return float(logarithm(self._known).sum() + self._left * (found - slope * off))

    def _slope(self, of: Function, probes: list[Probe]) -> float:
        """Least squares slope of a function of the eigenvalues that are left on these."""
        values = np.concatenate([one.values for one in probes])
        weights = np.concatenate([one.weights for one in probes])
        below = values < (self._known.min() * (1 - 1e-6) if len(self._known) else np.inf)
        values, weights = values[below], weights[below]
        from_mean = values - np.average(values, weights=weights)
        return float((weights * from_mean) @ of(values) / ((weights * from_mean) @ from_mean))
