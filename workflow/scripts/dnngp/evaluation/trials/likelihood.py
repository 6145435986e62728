"""Restricted likelihood of records of lines in conditions, exactly.

A record is the value of line i in condition j (an environment or a trait). The
model is y_ij = mu_j + u_ij + e_ij with

    cov(u_ij, u_kl) = K_ik A_jl        and        cov(e_ij, e_kl) = [i = k] B_jl,

K a kernel of the lines (n, n); A (t, t) is what conditions share of the genomic
values, B (t, t) what they share of everything else in a line, the error
included. Every model of :mod:`dnngp.evaluation.trials.mixed` is a form of A and B.

Two ways lead to the same numbers, and the cheaper one is taken:

:class:`Table`
    The lines x conditions as a whole. With K = U S U' the covariance falls into n
    blocks s_i A + B of t x t (a Kronecker structure). A missing record is a fixed
    effect of its own, which changes neither likelihood nor predictions (Bartlett
    1937, Suppl J R Stat Soc 4:137): O(m^2 n + m^3) with m missing records.
:class:`Dense`
    The covariance of the N records, factored: O(N^3), one N x N matrix in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import cho_solve, eigh
from scipy.linalg.blas import dsymm
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import minimize

#: A step of the maximisation that promises less than this in log likelihood is the last.
ENOUGH = 1e-10

#: Most steps of the maximisation; it takes ten to fifty.
MOST_STEPS = 100

#: Most steps of the slower way that is taken where those do not suffice.
MOST_SLOW_STEPS = 1000


class Covariances(Protocol):
    """A form of A and B: parameters to matrices."""

    def start(self) -> np.ndarray:
        """(k,) parameters to begin with."""

    def lower(self) -> np.ndarray:
        """(k,) bounds, -inf for none."""

    def of(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A and B, each (t, t)."""

    def changes(self, parameters: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Derivatives of A and B by each parameter."""

    def bend(self, slope_a: np.ndarray, slope_b: np.ndarray) -> np.ndarray:
        """(k, k) what second derivatives of A and B add to the information, nothing negative in it."""


@dataclass
class Point:
    """The likelihood at one A and B.

    Attributes
    ----------
    value
        Restricted log likelihood, of orthonormal error contrasts.
    slope_a, slope_b : (t, t) float64
        Its derivatives by the entries of A and B, each entry on its own.
    weights : (n, t) float64
        P y laid out as lines x conditions, 0 where there is no record: u of any
        line with kernel values k is k @ weights @ A.
    means : (t,) float64
        mu, by generalised least squares.
    """

    value: float
    slope_a: np.ndarray
    slope_b: np.ndarray
    weights: np.ndarray
    means: np.ndarray
    _form: Table | Dense
    _state: tuple[np.ndarray, ...]

    def information(self, changes: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        """Average information (k, k) of parameters that change A and B by the given (t, t) matrices.

        Gilmour et al. 1995, Biometrics 51:1440.
        """
        return self._form.information(self._state, changes)


class Table:
    """Lines x conditions, most of them recorded.

    Parameters
    ----------
    kernel
        (n, n) float64, symmetric positive semidefinite.
    line, condition
        (N,) int, where each record stands; none twice, every condition at least once.
    y
        (N,) values.
    """

    def __init__(self, kernel: np.ndarray, line: np.ndarray, condition: np.ndarray, y: np.ndarray) -> None:
        n, t = len(kernel), int(condition.max()) + 1
        values, self._vectors = eigh(kernel, driver="evd", check_finite=False)
        self._values = np.maximum(values, 0)
        table, recorded = np.zeros((n, t)), np.zeros((n, t), bool)
        table[line, condition], recorded[line, condition] = y, True
        self._y = self._vectors.T @ table
        ones = self._vectors.sum(axis=0)[:, None]
        # What each condition fits for itself: a column for each missing record, and the mean.
        self._designs = [np.hstack([self._vectors[~recorded[:, j]].T, ones]) for j in range(t)]
        self._parts = _slices([design.shape[1] for design in self._designs])
        self._df = len(y) - t
        self._constant = self._df * np.log(2 * np.pi) - np.sum(np.log(recorded.sum(axis=0)))

    def at(self, a: np.ndarray, b: np.ndarray) -> Point | None:
        """The likelihood at A and B; None where the covariance is not positive definite."""
        t, size = len(a), self._parts[-1].stop
        blocks = self._values[:, None, None] * a + b
        try:
            lower = np.linalg.cholesky(blocks)
        except np.linalg.LinAlgError:
            return None
        inverse = np.linalg.inv(blocks)
        crossed = np.empty((size, size), order="F")
        for j in range(t):
            for k in range(j + 1):
                scaled = self._designs[j] * inverse[:, j, k, None]
                crossed[self._parts[j], self._parts[k]] = scaled.T @ self._designs[k]
        factor, failed = dpotrf(crossed, lower=True, overwrite_a=True)
        if failed:
            return None
        determinant = 2 * np.sum(np.log(np.diagonal(factor)))
        whole, _ = dpotri(factor, lower=True, overwrite_c=True)
        whole = np.tril(whole) + np.tril(whole, -1).T
        state = (inverse, whole)
        effects, contrasts = self._projected(state, self._y)
        covered = np.empty_like(inverse)
        for j in range(t):
            for k in range(j + 1):
                part = self._designs[j] @ whole[self._parts[j], self._parts[k]]
                covered[:, j, k] = covered[:, k, j] = np.einsum("rq,rq->r", part, self._designs[k])
        left = inverse - inverse @ covered @ inverse
        weighed = self._values[:, None] * contrasts
        total = (
            2 * np.sum(np.log(np.diagonal(lower, axis1=1, axis2=2)))
            + determinant
            + np.sum(self._y * contrasts)
            + self._constant
        )
        return Point(
            value=float(-total / 2),
            slope_a=(contrasts.T @ weighed - np.einsum("r,rjk->jk", self._values, left)) / 2,
            slope_b=(contrasts.T @ contrasts - left.sum(axis=0)) / 2,
            weights=self._vectors @ contrasts,
            means=np.array([effects[part.stop - 1] for part in self._parts]),
            _form=self,
            _state=(*state, contrasts),
        )

    def _projected(self, state: tuple[np.ndarray, ...], table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fixed effects of a table (n, t) in the eigenvectors' axes, and P times it."""
        inverse, whole = state[:2]
        once = np.einsum("rjk,rk->rj", inverse, table)
        effects = whole @ np.concatenate([design.T @ once[:, j] for j, design in enumerate(self._designs)])
        fitted = [design @ effects[part] for design, part in zip(self._designs, self._parts, strict=True)]
        return effects, np.einsum("rjk,rk->rj", inverse, table - np.column_stack(fitted))

    def information(
        self, state: tuple[np.ndarray, ...], changes: Sequence[tuple[np.ndarray, np.ndarray]]
    ) -> np.ndarray:
        """As :meth:`Point.information`."""
        contrasts = state[2]
        weighed = self._values[:, None] * contrasts
        images = [weighed @ a + contrasts @ b for a, b in changes]
        projected = [self._projected(state, image)[1] for image in images]
        return np.array([[np.vdot(one, other) / 2 for other in projected] for one in images])


class Dense:
    """Any records; parameters as of :class:`Table`."""

    def __init__(self, kernel: np.ndarray, line: np.ndarray, condition: np.ndarray, y: np.ndarray) -> None:
        order = np.lexsort((line, condition))
        self._kernel, self._line, self._condition = kernel, line[order], condition[order]
        self._y = np.asarray(y, float)[order]
        self._t = int(condition.max()) + 1
        counts = np.bincount(condition, minlength=self._t)
        self._parts = _slices(counts.tolist())
        self._lines = [self._line[part] for part in self._parts]
        self._shared = {
            (j, k): _places_of_both(self._lines[j], self._lines[k])
            for j in range(self._t)
            for k in range(j + 1)
        }
        self._design = np.eye(self._t)[self._condition]
        self._constant = (len(y) - self._t) * np.log(2 * np.pi) - np.sum(np.log(counts))

    def _blocks(self, j: int, k: int) -> np.ndarray:
        return self._kernel[np.ix_(self._lines[j], self._lines[k])]

    def at(self, a: np.ndarray, b: np.ndarray) -> Point | None:
        """As :meth:`Table.at`."""
        size, t = len(self._y), self._t
        covariance = np.empty((size, size), order="F")
        for (j, k), (rows, columns) in self._shared.items():
            block = self._blocks(j, k) * a[j, k]
            block[rows, columns] += b[j, k]
            covariance[self._parts[j], self._parts[k]] = block
        factor, failed = dpotrf(covariance, lower=True, overwrite_a=True, clean=False)
        if failed:
            return None
        determinant = 2 * np.sum(np.log(np.diagonal(factor)))
        solved = cho_solve((factor, True), np.column_stack([self._y, self._design]), check_finite=False)
        inverse, _ = dpotri(factor, lower=True, overwrite_c=True)
        crossed = self._design.T @ solved[:, 1:]
        effects = np.linalg.solve(crossed, self._design.T @ solved[:, 0])
        contrasts = solved[:, 0] - solved[:, 1:] @ effects
        # P = inverse - fixed fixed'
        fixed = solved[:, 1:] @ np.linalg.cholesky(np.linalg.inv(crossed))
        weights = np.zeros((len(self._kernel), t))
        weights[self._line, self._condition] = contrasts
        image = self._kernel @ weights
        traces_a, traces_b = np.empty((t, t)), np.empty((t, t))
        for (j, k), (rows, columns) in self._shared.items():
            block, kernel = inverse[self._parts[j], self._parts[k]], self._blocks(j, k)
            one, other = fixed[self._parts[j]], fixed[self._parts[k]]
            if j == k:
                # Only the lower triangle holds the inverse.
                below = np.tril(block, -1)
                trace = 2 * np.vdot(below, kernel) + np.diagonal(block) @ np.diagonal(kernel)
            else:
                trace = np.vdot(block, kernel)
            traces_a[j, k] = traces_a[k, j] = trace - np.vdot(one, kernel @ other)
            same = block[rows, columns].sum() - np.vdot(one[rows], other[columns])
            traces_b[j, k] = traces_b[k, j] = same
        total = determinant + np.linalg.slogdet(crossed)[1] + self._y @ contrasts + self._constant
        return Point(
            value=float(-total / 2),
            slope_a=(weights.T @ image - traces_a) / 2,
            slope_b=(weights.T @ weights - traces_b) / 2,
            weights=weights,
            means=effects,
            _form=self,
            _state=(inverse, fixed, weights, image),
        )

    def information(
        self, state: tuple[np.ndarray, ...], changes: Sequence[tuple[np.ndarray, np.ndarray]]
    ) -> np.ndarray:
        """As :meth:`Point.information`."""
        inverse, fixed, weights, image = state
        tables = [image @ a + weights @ b for a, b in changes]
        images = np.column_stack([table[self._line, self._condition] for table in tables])
        projected = dsymm(1.0, inverse, images, lower=True) - fixed @ (fixed.T @ images)
        return images.T @ projected / 2


def likelihood(kernel: np.ndarray, line: np.ndarray, condition: np.ndarray, y: np.ndarray) -> Table | Dense:
    """The cheaper of the two forms for these records; parameters as of :class:`Table`."""
    n, t, size = len(kernel), int(condition.max()) + 1, len(y)
    missing = n * t - size + t
    if 2 * missing**2 * n + missing**3 < size**3:
        return Table(kernel, line, condition, y)
    return Dense(kernel, line, condition, y)


def _slices(sizes: Sequence[int]) -> list[slice]:
    """Consecutive slices of the given sizes."""
    ends = np.cumsum(sizes).tolist()
    return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]


def _places_of_both(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions, in each of two lists of lines without repetition, of the lines that are in both."""
    _, rows, columns = np.intersect1d(one, other, assume_unique=True, return_indices=True)
    return rows, columns


def maximise(form: Table | Dense, covariances: Covariances) -> tuple[np.ndarray, Point]:
    """Parameters with the largest restricted likelihood, and the likelihood there.

    Newton's method with the average information in place of the second derivatives,
    damped until a step raises the likelihood (Levenberg-Marquardt), within the
    lower bounds of the parameters. Where few records leave A and B nearly singular,
    the likelihood is a narrow bent ridge on which such steps get short; parameters
    without bounds are then taken on from there by BFGS with the exact gradient.

    Raises
    ------
    ArithmeticError
        No finite likelihood at the start, or no end after all these steps.
    """
    found, lower, damping = covariances.start(), covariances.lower(), 1e-4
    point = form.at(*covariances.of(found))
    if point is None or not np.isfinite(point.value):
        raise ArithmeticError("the likelihood is not finite at the start")
    for _ in range(MOST_STEPS):
        changes = covariances.changes(found)
        slope = _slope(point, changes)
        free = (found > lower) | (slope > 0)
        information = point.information(changes) + covariances.bend(point.slope_a, point.slope_b)
        information = information[np.ix_(free, free)]
        scale = np.diagonal(information) + 1e-10 * np.trace(information) + 1e-300
        while True:
            step = np.zeros(len(found))
            step[free] = np.linalg.solve(information + np.diag(damping * scale), slope[free])
            candidate = np.maximum(found + step, lower)
            promised = slope @ (candidate - found)
            if promised < ENOUGH:
                return found, point
            trial = form.at(*covariances.of(candidate))
            if trial is not None and trial.value > point.value:
                break
            damping = max(10 * damping, 1e-4)
        found, point, damping = candidate, trial, damping / 10
    if np.isfinite(lower).any():
        raise ArithmeticError(f"the likelihood still rises after {MOST_STEPS} steps")
    return _along_ridge(form, covariances, found)


def _along_ridge(
    form: Table | Dense, covariances: Covariances, start: np.ndarray
) -> tuple[np.ndarray, Point]:
    """As :func:`maximise`, from parameters that have no bounds, by BFGS."""

    def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        point = form.at(*covariances.of(parameters))
        if point is None:
            return np.inf, np.zeros(len(parameters))
        return -point.value, -_slope(point, covariances.changes(parameters))

    options = {"gtol": 1e-5, "maxiter": MOST_SLOW_STEPS}
    found = minimize(objective, start, jac=True, method="BFGS", options=options)
    point = form.at(*covariances.of(found.x))
    # Status 1 is out of steps; 2 is no further rise within the digits of the likelihood.
    if found.status == 1 or point is None:
        raise ArithmeticError(f"the likelihood still rises after {MOST_SLOW_STEPS} steps")
    return found.x, point


def _slope(point: Point, changes: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Derivatives (k,) of the likelihood by parameters that change A and B by the given matrices."""
    return np.array([np.vdot(point.slope_a, a) + np.vdot(point.slope_b, b) for a, b in changes])
