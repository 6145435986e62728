"""BLUP with a kernel, or with a sum of kernels, and any fixed effects, variances by exact REML.

The model is y = 1 mu + F b + u + e with u ~ N(0, K vu) and e ~ N(0, W^-1 ve), or e ~ N(0, W^-1 + I vr)
where error variances are known, vr being what is left beside them. With several
kernels the maximiser of any terms (:mod:`dnngp.methods.mixed.maximum`) finds the share of
each; their sum in these shares is then one kernel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dnngp.base.serialisation import part_of, prefixed
from dnngp.encodings.samples.record_weights import RecordWeights, weighted_mean
from dnngp.methods.mixed.error_contrasts import COLLINEAR, Contrasts, spread_of, with_mean
from dnngp.methods.mixed.likelihood import Dense
from dnngp.methods.mixed.maximum import maximise
from dnngp.methods.mixed.spectral import UNKNOWN, VarianceComponents, at_ratio, best_ratio
from dnngp.methods.mixed.structures import BOUND, Terms

#: Least rise of the log likelihood for which shares of kernels are refined.
EXACT = 1e-14


@dataclass(frozen=True)
class KernelFit:
    """A fitted model: a sample with kernel values k and fixed effects f is predicted as mean + f b + k w.

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
            "components": self.components.to_array(),
            "effects": self.effects,
            "kernel_means": self.kernel_means,
            **prefixed("contrasts", self.contrasts.to_arrays()),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> KernelFit:
        """The fit that :meth:`to_arrays` took apart."""
        return cls(
            float(arrays["mean"]),
            arrays["weights"],
            VarianceComponents.from_array(arrays["components"]),
            arrays["effects"],
            Contrasts.from_arrays(part_of("contrasts", arrays)),
            arrays["kernel_means"],
        )

    def predict(self, cross: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
        """Predictions (m,).

        Parameters
        ----------
        cross
            (m, n) kernel between m samples and the training samples.
        fixed
            (m, q) their fixed effects, if the fit had any.
        """
        predicted = self.mean + cross @ self.weights
        return predicted if fixed is None else predicted + fixed @ self.effects

    def left_out_errors(self) -> np.ndarray:
        """(n,) phenotype of each training sample less its prediction from all others.

        (P y)_i / P_ii with P = A (D + lambda I)^-1 A' of the contrasts: fixed
        effects are estimated without the sample, variances are held (Gianola & Schön
        2016, G3 6:3107). All 0 where the variances are unknown.
        """
        if np.isnan(self.components.ratio):
            return np.zeros(len(self.weights))
        variances = self.contrasts.values + self.components.ratio
        diagonal = np.sum(self.contrasts.basis**2 / variances[:, None], axis=0)
        # A sample that fixed effects alone fit (P_ii = 0) cannot be predicted without itself.
        return np.divide(self.weights, diagonal, out=np.zeros_like(diagonal), where=diagonal > 1e-12)

    def reliability(self, cross: np.ndarray, diagonal: np.ndarray) -> np.ndarray:
        """Squared correlation (m,) of true and predicted genetic value that the model expects.

        1 - PEV / var(u), where u is a sample's deviation from the mean of the
        training samples, so that centring the kernel makes no difference; the
        prediction error variance PEV covers the estimation of fixed effects
        (Henderson 1975, Biometrics 31:423). PEV itself is ``(1 - reliability)
        vu`` times the centred kernel's diagonal.

        Parameters
        ----------
        cross
            (m, n) kernel between m samples and the training samples.
        diagonal
            (m,) kernel of each of them with itself.
        """
        if np.isnan(self.components.ratio):
            return np.full(len(cross), np.nan)
        contrasts = self.contrasts.of((cross - self.kernel_means).T)
        variances = self.contrasts.values + self.components.ratio
        explained = np.sum(contrasts**2 / variances[:, None], axis=0)
        total = diagonal - 2 * cross.mean(axis=1) + self.kernel_means.mean()
        # A sample at the mean of the training samples has no variance, and nothing to be reliable about.
        return np.clip(np.divide(explained, total, out=np.zeros(len(cross)), where=total > 0), 0, 1)


def fit_kernel(
    kernel: np.ndarray,
    y: np.ndarray,
    fixed: np.ndarray | None = None,
    weight: RecordWeights | None = None,
    ratio: float | None = None,
) -> KernelFit:
    """REML and BLUP with one kernel.

    Parameters
    ----------
    kernel
        (n, n) float64, symmetric positive semidefinite.
    y
        (n,) phenotypes.
    fixed
        (n, q) fixed effects beside the mean, without missing values.
    weight
        Of the n records; None where errors are alike.
    ratio
        ve / vu where it is known, which takes errors that are not; None for that of REML.

    Notes
    -----
    A constant y or a kernel that does not vary gives the fixed effects alone and NaN for the variances.
    """
    y = np.asarray(y, float)
    precision, contrasts, components = variances_of(kernel, y, fixed, weight, ratio)
    weights, residuals = np.zeros(len(y)), y
    if components is not UNKNOWN:
        weights = contrasts.back(contrasts.of(y) / (contrasts.values + components.ratio))
        residuals = y - kernel @ weights
    # (K + lambda W^-1) w = y - 1 mu - F b
    errors = np.nan_to_num(components.ratio) * weights / (1.0 if precision is None else precision)
    if fixed is None:
        mean, effects = float(weighted_mean(residuals - errors, precision)), np.empty(0)
    else:
        design = with_mean(len(y), fixed)
        mean, *slopes = np.linalg.lstsq(design, residuals - errors, rcond=COLLINEAR)[0]
        mean, effects = float(mean), np.array(slopes)
    return KernelFit(mean, weights, components, effects, contrasts, kernel.mean(axis=0))


def variances_of(
    kernel: np.ndarray,
    y: np.ndarray,
    fixed: np.ndarray | None = None,
    weight: RecordWeights | None = None,
    ratio: float | None = None,
) -> tuple[np.ndarray | None, Contrasts, VarianceComponents]:
    """Precisions (n,) of the errors, None where they are alike; contrasts of y; variances.

    Arguments and what happens where nothing varies are as of :func:`fit_kernel`.
    """
    vu = None
    if weight is not None and weight.known:
        weight, ratio, vu = beside_known_errors(kernel, y, fixed, weight)
    precision = None if weight is None else weight.values
    contrasts = Contrasts(kernel, fixed, precision)
    z = contrasts.of(y)
    if not varies(y, z, contrasts, kernel):
        return precision, contrasts, UNKNOWN
    found = best_ratio(contrasts, z) if ratio is None else at_ratio(contrasts, z, ratio, vu)
    return precision, contrasts, found


def varies(y: np.ndarray, z: np.ndarray, contrasts: Contrasts, kernel: np.ndarray) -> bool:
    """Whether phenotypes and kernel differ between samples, beside fixed effects, by more than rounding."""
    return bool(
        np.ptp(y) > 1e-13 * np.max(np.abs(y))
        and np.linalg.norm(z) > 1e-12 * np.linalg.norm(y)
        and contrasts.genetic_scale > 1e-12 * np.max(np.abs(kernel), initial=0)
    )


def beside_known_errors(
    kernel: np.ndarray, y: np.ndarray, fixed: np.ndarray | None, weight: RecordWeights
) -> tuple[RecordWeights, float | None, float | None]:
    """What is estimated beside known error variances, and with them makes up those of the records.

    Returns
    -------
    weight, ratio, vu
        Precisions of mean 1; ve / vu, ve being the error variance of a record of such precision; vu. Without
        the latter two where nothing varies.
    """
    scale = spread_of(kernel)
    found = _variances([kernel / (scale or 1.0)], y, fixed, weight) if scale > 0 else None
    if found is None:
        return RecordWeights(weight.relative), None, None
    (vu, rest), unit = found
    precision = 1 / (rest * unit + 1 / weight.values)
    ve = 1 / float(precision.mean())
    vu = max(float(vu * unit / scale), ve / scale / BOUND)
    return RecordWeights(precision * ve), ve / vu, vu


def variance_shares(
    kernels: Sequence[np.ndarray],
    y: np.ndarray,
    fixed: np.ndarray | None = None,
    weight: RecordWeights | None = None,
) -> np.ndarray:
    """Share of each kernel in the genetic variance, by REML over all variances at once.

    Parameters
    ----------
    kernels
        Each (n, n) float64, symmetric positive semidefinite.
    y, fixed, weight
        As in :func:`fit_kernel`.

    Returns
    -------
    (k,) float64
        Shares s, none below 0, sum 1, of the kernels scaled to a mean variance of 1 among
        the samples; :func:`fit_kernel` of sum(s_i K_i) then finds the best ratio. An
        absent effect is estimated as absent; the first kernel takes all where nothing varies.
    """
    shares, scales = np.zeros(len(kernels)), [spread_of(kernel) for kernel in kernels]
    sizes = [1e-12 * np.max(np.abs(kernel), initial=0) for kernel in kernels]
    usable = np.flatnonzero(np.greater(scales, sizes)).tolist()
    scaled = [kernels[i] / scales[i] for i in usable]
    found = _variances(scaled, y, fixed, weight) if len(usable) > 1 else None
    if found is not None and found[0][:-1].sum() > 0:
        shares[usable] = found[0][:-1] / found[0][:-1].sum()
    else:
        shares[usable[0] if usable else 0] = 1
    return shares


def _variances(
    kernels: Sequence[np.ndarray], y: np.ndarray, fixed: np.ndarray | None, weight: RecordWeights | None
) -> tuple[np.ndarray, float] | None:
    """Variances (k + 1,) of kernels of a mean variance of 1, and of the error; what they are in units of.

    None where y does not vary beside the fixed effects.
    """
    y = np.asarray(y, float)
    design = with_mean(len(y), fixed)
    residuals = y - design @ np.linalg.lstsq(design, y, rcond=COLLINEAR)[0]
    if np.linalg.norm(residuals) <= 1e-12 * np.linalg.norm(y):
        return None
    deviation, alone = float(residuals.std()), np.arange(len(y))
    weight = None if weight is None else weight.in_units(deviation)
    records = Dense(kernels, alone, np.zeros(len(y), int), residuals / deviation, fixed, weight)
    variances, _ = maximise(records, Terms.of_kernels(len(kernels)), EXACT)
    return variances, deviation**2
