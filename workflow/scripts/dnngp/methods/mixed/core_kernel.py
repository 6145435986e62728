"""A kernel of many samples seen through a core of them, with exact REML for what the core sees.

With K_nm between n samples and the m of the core, and K_mm = L L' within it, Phi = K_nm L'^-1 are features
whose products Phi Phi' are the kernel, exactly so for pairs with a sample of the core (Nystrom). A random
effect of each feature takes m^2 n time and m n memory in place of n^3 and n^2.

References
----------
Williams & Seeger 2001, NeurIPS 13:682; with genomic kernels Cuevas et al. 2020, Front Genet 11:567757.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, eigh, solve_triangular

from dnngp.base.seeds import hashed_choice
from dnngp.base.serialisation import Arrays
from dnngp.encodings.samples.arrays_and_kernels import Kernel
from dnngp.genotypes.streamed import Streamed
from dnngp.methods.mixed.error_contrasts import COLLINEAR, Reflections, with_mean
from dnngp.methods.mixed.kernels import KernelFunction
from dnngp.methods.mixed.spectral import UNKNOWN, VarianceComponents, best_ratio

#: What is added to the diagonal of the core, as a share of its mean: samples of the core may be alike, and
#: streamed products are of single precision.
JITTER = 1e-6


def core_of(ids: Sequence[str], size: int) -> np.ndarray:
    """Positions (size,) of the core, drawn by hashing ids: the same whatever the order of the samples."""
    return np.array(hashed_choice(ids, size, "core"))


@dataclass(frozen=True)
class CoreFit:
    """A fitted model: a sample with features phi and fixed effects f is predicted as mean + f b + phi u.

    Attributes
    ----------
    mean
        mu.
    features : (m,) float64
        u.
    effects : (q,) float64
        b, by generalised least squares.
    components : VarianceComponents
    root : (m, m) float64
        L, lower triangular.
    vectors : (m, m) float64
        Eigenvectors of the products of the features.
    values : (m,) float64
        Their eigenvalues.
    centre : (m,) float64
        Mean features of the training samples.
    """

    mean: float
    features: np.ndarray
    effects: np.ndarray
    components: VarianceComponents
    root: np.ndarray
    vectors: np.ndarray
    values: np.ndarray
    centre: np.ndarray

    def of(self, kernel: np.ndarray) -> np.ndarray:
        """Features (k, m) of samples, from their kernel (k, m) with the core."""
        return solve_triangular(self.root, kernel.T, lower=True, check_finite=False).T

    def predict(self, kernel: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
        """Phenotypes (k,) of samples, by their kernel with the core and fixed effects."""
        predicted = self.mean + self.of(kernel) @ self.features
        return predicted if fixed is None else predicted + fixed @ self.effects

    def reliability(self, kernel: np.ndarray, diagonal: np.ndarray) -> np.ndarray:
        """As of :meth:`dnngp.methods.mixed.kernel_fit.KernelFit.reliability` (k,).

        What the core does not see of a sample counts as unknown.
        """
        features = self.of(kernel)
        unseen = np.maximum(diagonal - np.einsum("km,km->k", features, features), 0)
        centred = features - self.centre
        explained = (centred @ self.vectors) ** 2 @ (self.values / (self.values + self.components.ratio))
        total = np.einsum("km,km->k", centred, centred) + unseen
        return np.clip(np.divide(explained, total, out=np.zeros_like(total), where=total > 0), 0, 1)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As arrays, without a phenotype."""
        arrays = {name: np.asarray(value) for name, value in vars(self).items()}
        return arrays | {"components": self.components.to_array()}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> CoreFit:
        """The fit that :meth:`to_arrays` took apart."""
        components = VarianceComponents.from_array(arrays["components"])
        mean, effects = float(arrays["mean"]), arrays["effects"]
        others = (arrays[name] for name in ("root", "vectors", "values", "centre"))
        return cls(mean, arrays["features"], effects, components, *others)


@dataclass(frozen=True)
class Spectrum:
    """What :func:`dnngp.methods.mixed.spectral.best_ratio` asks of contrasts."""

    values: np.ndarray
    genetic_scale: float
    log_scale: float = 0.0


def fit_core(
    kernel: np.ndarray,
    core: np.ndarray,
    y: np.ndarray,
    fixed: np.ndarray | None = None,
    weight: np.ndarray | None = None,
) -> CoreFit:
    """REML and BLUP of a kernel seen through a core.

    Parameters
    ----------
    kernel
        (n, m) between the samples and the core.
    core
        (m, m) within it.
    y
        (n,) phenotypes.
    fixed
        (n, q) beside the mean; None for none.
    weight
        (n,) above 0, error variances being ve / weight; None for 1.
    """
    jitter = JITTER * np.mean(np.diagonal(core))
    lower = cholesky(core + jitter * np.eye(len(core)), lower=True, check_finite=False)
    features = solve_triangular(lower, kernel.T, lower=True, check_finite=False).T
    centre, n = features.mean(axis=0), len(y)
    root = np.ones(n) if weight is None else np.sqrt(weight)
    scale = float(np.mean(root**2) * (np.mean(np.sum(features**2, axis=1)) - centre @ centre))
    design = root[:, None] * with_mean(n, fixed)
    basis = Reflections.of(design).basis()
    rows, target = root[:, None] * features, root * y
    left, seen = target - basis @ (basis.T @ target), rows - basis @ (basis.T @ rows)
    values, vectors = eigh(seen.T @ seen, driver="evd", overwrite_a=True, check_finite=False)
    values = np.maximum(values, 0)
    along = vectors.T @ (seen.T @ left)
    components = _reml(values, along, float(left @ left), n - basis.shape[1], scale)
    effects = np.zeros(len(values))
    if components is not UNKNOWN:
        effects = vectors @ (along / (values + components.ratio))
    mean, *slopes = np.linalg.lstsq(design, target - rows @ effects, rcond=COLLINEAR)[0]
    return CoreFit(float(mean), effects, np.array(slopes), components, lower, vectors, values, centre)


def _reml(
    values: np.ndarray, along: np.ndarray, square: float, contrasts: int, scale: float
) -> VarianceComponents:
    """Variances, from eigenvalues (m,), what y has along their vectors, and its squared length."""
    kept = values > 1e-12 * max(values[-1], 0)
    if square <= 0 or not kept.any():
        return UNKNOWN
    z = along[kept] / np.sqrt(values[kept])
    empty = contrasts - len(z)
    if empty > 0:
        # The likelihood asks of contrasts of one variance for their sum of squares alone.
        rest = np.full(empty, np.sqrt(max(square - z @ z, 0) / empty))
        z = np.concatenate([rest, z])
    return best_ratio(Spectrum(np.concatenate([np.zeros(max(empty, 0)), values[kept]]), scale), z)


def choose_core(
    part: KernelFunction,
    kernel: Kernel,
    markers: np.ndarray,
    core: np.ndarray,
    y: np.ndarray,
    fixed: np.ndarray | None,
    weight: np.ndarray | None,
) -> CoreFit:
    """Fit a kernel function, its options by REML.

    Parameters
    ----------
    part
        Unfitted.
    kernel
        Cross products (n, m) of the training samples with the core.
    markers
        (p, m) of the core, centred.
    core
        (m,) positions of the core among the training samples.
    y, fixed, weight
        As of :func:`fit_core`.
    """
    double = markers.astype(float)
    within = Kernel(double.T @ double, kernel.diagonal[core], kernel.scale)

    def fit(matrix: np.ndarray) -> CoreFit:
        return fit_core(part.of(kernel.values, kernel.diagonal), matrix, y, fixed, weight)

    found: CoreFit = part.choose(within, fit)
    return found


def products_with(core: np.ndarray, streamed: Streamed) -> Kernel:
    """Cross products (k, m) of samples with a core (p, m) of centred markers."""
    return Kernel(streamed.times(core), streamed.squares(), streamed.scale)
