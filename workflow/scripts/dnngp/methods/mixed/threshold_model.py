"""Threshold models: classes are cut from a liability that is normal around a BLUP with one kernel.

A record is of class j or lower with probability Phi(t_j - l), where l = F b + u, u ~ N(0, K vu), and the
residual variance is 1. Thresholds t, b and vu have the largest marginal likelihood, in which u is integrated
out by Laplace's approximation (Tempelman 1998, J Dairy Sci 81:1428; Tierney & Kadane 1986, J Am Stat Assoc
81:82; with its gradient as in Rasmussen & Williams 2006, Gaussian Processes for Machine Learning, 5.5.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, solve_triangular
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr, ndtri

from dnngp.methods.mixed.error_contrasts import spread_of
from dnngp.methods.mixed.spectral import VarianceComponents

#: The genetic variance lies within these bounds, that of the residuals being 1: a heritability of 0.9 at
#: most. Where each sample tells of little but itself, Laplace's approximation knows no other end.
LEAST, MOST = 1e-6, 9.0
#: Bounds of the lowest threshold, and of the logarithm of the distance to the next.
CUT, STEP = (-30.0, 30.0), (-12.0, 4.0)
#: Logarithm of the largest share of an interval that its lower end may cut off; the least information.
NARROWEST, LEAST_INFORMATION = -1e-10, 1e-12
#: Newton's steps to the mode of u end where none changes more than this.
MODE = 1e-9
MOST_STEPS = 100
#: Step of the parameters by which slopes are differentiated.
DIFFERENCE = 1e-4


@dataclass(frozen=True)
class ThresholdFit:
    """A fitted model: a sample with kernel values k and fixed effects f has the liability mean + f b + k w.

    Attributes
    ----------
    mean
        Mean liability above the lowest threshold.
    weights : (n,) float64
        w.
    components : VarianceComponents
        On the scale of the liability, ve being 1; NaN where the kernel does not vary.
    effects : (q,) float64
        b.
    thresholds : (k - 1,) float64
        Upper ends of all classes but the highest, the lowest being 0; infinite ones where classes are
        missing among the training samples.
    root : (n, n) float64
        R with (K vu + W^-1)^-1 = R'R, where W is what each record tells of its liability.
    """

    mean: float
    weights: np.ndarray
    components: VarianceComponents
    effects: np.ndarray
    thresholds: np.ndarray
    root: np.ndarray

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As arrays, without a phenotype."""
        return {
            "mean": np.array(self.mean),
            "components": self.components.to_array(),
            **{name: getattr(self, name) for name in ("weights", "effects", "thresholds", "root")},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> ThresholdFit:
        """The fit that :meth:`to_arrays` took apart."""
        return cls(
            float(arrays["mean"]),
            arrays["weights"],
            VarianceComponents.from_array(arrays["components"]),
            *(arrays[name] for name in ("effects", "thresholds", "root")),
        )

    def predict(self, cross: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
        """Liabilities (m,) of samples with kernel values (m, n) and fixed effects (m, q)."""
        predicted = self.mean + cross @ self.weights
        return predicted if fixed is None else predicted + fixed @ self.effects

    def error_variance(self, cross: np.ndarray, diagonal: np.ndarray) -> np.ndarray:
        """Prediction error variance (m,) of u, given kernel values (m, n) and those with themselves (m,)."""
        return np.maximum(self.components.vu * diagonal - self._explained(cross), 0)

    def reliability(self, cross: np.ndarray, diagonal: np.ndarray) -> np.ndarray:
        """Squared correlation (m,) of true and predicted genetic value that the model expects."""
        total = self.components.vu * diagonal
        shares = np.divide(self._explained(cross), total, out=np.zeros(len(cross)), where=total > 0)
        return np.clip(shares, 0, 1)

    def probability(self, liability: np.ndarray, variance: np.ndarray) -> np.ndarray:
        """Probabilities (m, k) of the classes at liabilities (m,) known with an error variance (m,)."""
        return class_probabilities(self.thresholds, liability, variance)

    def _explained(self, cross: np.ndarray) -> np.ndarray:
        return np.sum((self.components.vu * cross @ self.root.T) ** 2, axis=1)


def class_probabilities(
    thresholds: np.ndarray, liability: np.ndarray, variance: np.ndarray | float
) -> np.ndarray:
    """Probabilities (m, k) of classes with upper ends (k - 1,) at liabilities (m,) of error variance (m,)."""
    spread = np.sqrt(1 + np.broadcast_to(variance, liability.shape))
    below = ndtr((thresholds - liability[:, None]) / spread[:, None])
    return np.diff(below, axis=1, prepend=0.0, append=1.0)


def fit_threshold(
    kernel: np.ndarray,
    y: np.ndarray,
    classes: int,
    fixed: np.ndarray | None = None,
    counts: np.ndarray | float = 1.0,
) -> ThresholdFit:
    """Fit a threshold model.

    Parameters
    ----------
    kernel
        (n, n) float64, symmetric positive semidefinite.
    y
        (n,) number of the class of each record, two different ones at least.
    classes
        How many classes there are, more perhaps than y has.
    fixed
        (n, q) fixed effects beside the mean, without missing values.
    counts
        (n,) weight of each record: one of weight 2 counts as two of its class do.

    Raises
    ------
    ArithmeticError
        The likelihood has no maximum that can be found.
    """
    present, number = np.unique(np.asarray(y, int), return_inverse=True)
    design = np.empty((len(y), 0)) if fixed is None else fixed - fixed.mean(axis=0)
    scale = spread_of(kernel)
    problem = _Problem(kernel / (scale or 1.0), number, design, counts)
    best = problem.best()
    variance = best.variance / (scale or 1.0)
    thresholds = _spread_out(best.thresholds, present, classes)
    first = best.thresholds[0]
    shift = 0.0 if fixed is None else float(fixed.mean(axis=0) @ best.effects)
    h2 = best.variance / (best.variance + 1)
    return ThresholdFit(
        mean=-float(first) - shift,
        weights=variance * best.slopes,
        components=VarianceComponents(variance, 1.0, 1 / variance, h2, best.value),
        effects=best.effects,
        thresholds=thresholds - first,
        root=best.root,
    )


def liability_heritability(
    kernel: np.ndarray, y: np.ndarray, classes: int, counts: np.ndarray | float = 1.0
) -> dict[str, float | int]:
    """Heritability of the liability of a trait with classes, with its standard error.

    Parameters
    ----------
    kernel, y, classes, counts
        As of :func:`fit_threshold`.

    Returns
    -------
    dict
        ``h2``, ``h2_se``, ``vu``, ``ve`` (1), ``lambda`` = ve / vu, ``log_likelihood``, ``n``. The error
        comes from the curvature of the marginal likelihood by the delta method; NaN where there is none, as
        at a bound.
    """
    scale = spread_of(kernel) or 1.0
    number = np.unique(np.asarray(y, int), return_inverse=True)[1]
    problem = _Problem(kernel / scale, number, np.empty((len(y), 0)), counts)
    best = problem.best()
    h2 = best.variance / (best.variance + 1)
    covariance = np.linalg.pinv(problem.curvature(best))[0, 0]
    return {
        "h2": h2,
        "h2_se": h2 * (1 - h2) * covariance**0.5 if covariance > 0 else np.nan,
        **{"vu": best.variance, "ve": 1.0, "lambda": 1 / best.variance},
        **{"log_likelihood": best.value, "n": len(y)},
    }


def _spread_out(thresholds: np.ndarray, present: np.ndarray, classes: int) -> np.ndarray:
    """Thresholds (classes - 1,) of all classes from those between the ones that are present.

    A class that is missing is empty: it ends where the one below it does.
    """
    ends = np.concatenate([thresholds, [np.inf]])
    below = np.searchsorted(present, np.arange(classes - 1), side="right") - 1
    return np.where(below < 0, -np.inf, ends[below])


@dataclass(frozen=True)
class _Point:
    """The likelihood at some parameters, and what follows from the mode of u there."""

    parameters: np.ndarray
    value: float
    gradient: np.ndarray
    variance: float
    thresholds: np.ndarray
    effects: np.ndarray
    slopes: np.ndarray
    root: np.ndarray


class _Problem:
    """The marginal likelihood of records.

    Its parameters are the logarithm of the variance, the lowest threshold, logarithms of the distances
    between the others, and fixed effects.
    """

    def __init__(
        self,
        kernel: np.ndarray,
        number: np.ndarray,
        design: np.ndarray,
        counts: np.ndarray | float = 1.0,
    ) -> None:
        self._kernel, self._number, self._design = kernel, number, design
        self._counts = np.broadcast_to(counts, len(number))
        self._count = int(number.max())
        self._mode = np.zeros(len(number))

    def best(self) -> _Point:
        """The point with the largest likelihood."""
        shares = np.cumsum(np.bincount(self._number, self._counts))[:-1] / self._counts.sum()
        cuts = 2**0.5 * ndtri(shares)
        start = [0.0, cuts[0], *np.log(np.diff(cuts)), *np.zeros(self._design.shape[1])]
        inner = [CUT, *[STEP] * (self._count - 1), *[(None, None)] * self._design.shape[1]]
        bounds = [(np.log(LEAST), np.log(MOST)), *inner]
        options = {"gtol": 1e-5, "ftol": 1e-11}
        found = minimize(self._objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        if not np.isfinite(found.fun):
            raise ArithmeticError("the likelihood of the threshold model is not finite")
        return self.at(found.x)

    def curvature(self, point: _Point) -> np.ndarray:
        """Minus the second derivatives of the likelihood by the parameters, at a point (p, p)."""
        steps = DIFFERENCE * np.eye(len(point.parameters))
        slopes = [
            (self.at(point.parameters + step).gradient - self.at(point.parameters - step).gradient)
            / (2 * DIFFERENCE)
            for step in steps
        ]
        return -(np.array(slopes) + np.transpose(slopes)) / 2

    def _objective(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        point = self.at(parameters)
        return -point.value, -point.gradient

    def at(self, parameters: np.ndarray) -> _Point:
        """Likelihood and its gradient at parameters."""
        variance, steps = float(np.exp(parameters[0])), np.exp(parameters[2 : 1 + self._count])
        thresholds = np.cumsum([parameters[1], *steps])
        effects = parameters[1 + self._count :]
        kernel = variance * self._kernel
        records = self._at_mode(kernel, thresholds, self._design @ effects)
        factor, half = _halved(kernel, records.information)
        seen = half @ kernel
        fit = records.slope @ self._mode
        value = records.value - fit / 2 - np.sum(np.log(np.diagonal(factor)))
        # By how much the determinant changes with each liability, by itself and by the mode that follows.
        spread = np.diagonal(kernel) - np.sum(seen**2, axis=0)
        change = -spread * records.turn / 2
        pull = kernel @ change
        if self._count > 1:
            pull -= seen.T @ (seen @ change)
        else:
            observed = _halved(kernel, records.weight)[1] @ kernel
            pull -= observed.T @ (observed @ change)
        by_variance = (fit - np.sum(half * seen)) / 2 + pull @ records.slope
        by_shift = records.slope + change - pull * records.weight
        by_cut = records.by_cut(spread / 2, pull) if self._count > 1 else -by_shift.sum(keepdims=True)
        by_step = np.cumsum(by_cut[::-1])[::-1]
        gradient = [by_variance, by_step[0], *by_step[1:] * steps, *self._design.T @ by_shift]
        return _Point(
            parameters, value, np.array(gradient), variance, thresholds, effects, records.slope, half
        )

    def _at_mode(self, kernel: np.ndarray, thresholds: np.ndarray, shift: np.ndarray) -> _Records:
        """Records at the mode of u, to which Newton's steps lead from the last one."""
        u = self._mode
        records = _Records.at(thresholds, self._number, shift + u, self._counts)
        at, height = None, -np.inf
        for _ in range(MOST_STEPS):
            factor, root = _factor(kernel, records.weight)
            target = records.weight * u + records.slope
            aim = target - root * cho_solve((factor, True), root * (kernel @ target))
            step = 1.0
            while True:
                new = aim if at is None else at + step * (aim - at)
                moved = kernel @ new
                trial = _Records.at(thresholds, self._number, shift + moved, self._counts)
                risen = trial.value - new @ moved / 2
                if risen >= height - MODE or step < MODE:
                    break
                step /= 2
            distance = np.max(np.abs(moved - u))
            u, at, records, height = moved, new, trial, risen
            if distance < MODE:
                break
        self._mode = u
        return records


def _factor(kernel: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cholesky factor of I + W^1/2 K W^1/2 (n, n), and W^1/2 (n,)."""
    root = np.sqrt(np.maximum(weight, LEAST_INFORMATION))
    return np.linalg.cholesky(np.eye(len(root)) + root[:, None] * kernel * root), root


def _halved(kernel: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The factor of :func:`_factor`, and R (n, n) with (K + W^-1)^-1 = R'R."""
    factor, root = _factor(kernel, weight)
    return factor, solve_triangular(factor, np.diag(root), lower=True)


@dataclass(frozen=True)
class _Records:
    """Log likelihood of n records at their liabilities.

    Attributes
    ----------
    value
        Its sum.
    slope, weight
        (n,) first derivatives by the liability, and second with the sign turned.
    information, turn
        (n,) what the determinant takes for the weights, and its derivative: of two classes the expected
        information, as in Fisher's scoring (and lme4), of more the weights (as in ordinal).
    """

    value: float
    slope: np.ndarray
    weight: np.ndarray
    information: np.ndarray
    turn: np.ndarray
    _number: np.ndarray
    _ends: tuple[_End, _End]
    _counts: np.ndarray

    @classmethod
    def at(
        cls, thresholds: np.ndarray, number: np.ndarray, liability: np.ndarray, counts: np.ndarray
    ) -> _Records:
        """Of records of classes ``number`` (n,) at liabilities (n,), which count as ``counts`` (n,)."""
        every = np.concatenate([[-np.inf], thresholds, [np.inf]])
        lower, upper = every[number] - liability, every[number + 1] - liability
        # The same probability, where it is cut from the lower tail.
        turned = lower + upper > 0
        high = log_ndtr(np.where(turned, -lower, upper))
        low = log_ndtr(np.where(turned, -upper, lower))
        logs = high + np.log1p(-np.exp(np.minimum(low - high, NARROWEST)))
        below, above = _End.of(lower, logs), _End.of(upper, logs)
        first, second, third = (
            one - other for one, other in zip(below.derivatives(), above.derivatives(), strict=True)
        )
        weight, turn = first**2 - second, 3 * second * first - 2 * first**3 - third
        information = weight
        if len(thresholds) == 1:
            information, turn = _expected(liability - thresholds[0])
        return cls(
            float((counts * logs).sum()),
            *(counts * first, counts * weight, counts * information, counts * turn),
            *(number, (below, above), counts),
        )

    def by_cut(self, spread: np.ndarray, pull: np.ndarray) -> np.ndarray:
        """Derivatives (k - 1,) of the marginal likelihood by the thresholds.

        ``spread`` and ``pull`` (n,) are what it changes by with the second derivative of a record, and with
        the first one.
        """
        total = np.zeros(int(self._number.max()) + 2)
        first_of_one, weight_of_one = self.slope / self._counts, self.weight / self._counts
        second = first_of_one**2 - weight_of_one
        for end, sign, place in zip(self._ends, (-1, 1), (0, 1), strict=True):
            density, first, squared = (sign * one for one in end.derivatives())
            slope = first - first_of_one * density
            bend = squared - second * density - 2 * first_of_one * slope
            moved = self._counts * (density + pull * slope + spread * bend)
            np.add.at(total, self._number + place, moved)
        return total[1:-1]


def _expected(liability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Expected information (n,) of yes or no on liabilities (n,) above the threshold, and its derivative."""
    log_density = -(liability**2) / 2 - np.log(2 * np.pi) / 2
    yes, no = log_ndtr(liability), log_ndtr(-liability)
    information = np.exp(2 * log_density - yes - no)
    return information, information * (np.exp(log_density - no) - np.exp(log_density - yes) - 2 * liability)


@dataclass(frozen=True)
class _End:
    """One end of the intervals of n records, ``place`` (n,) from their liabilities, 0 where infinite.

    ``density`` (n,) is the normal density there over the probability of the record.
    """

    place: np.ndarray
    density: np.ndarray

    @classmethod
    def of(cls, place: np.ndarray, logs: np.ndarray) -> _End:
        """Of ends at places (n,), of records with these logarithms of probabilities (n,)."""
        density = np.exp(-(place**2) / 2 - np.log(2 * np.pi) / 2 - logs)
        return cls(np.where(np.isfinite(place), place, 0.0), density)

    def derivatives(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of the probability below the end, over that of the record: the first three, each (n,)."""
        return self.density, self.place * self.density, (self.place**2 - 1) * self.density
