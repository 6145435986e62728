"""The largest restricted likelihood: one maximiser for any kernels, environments and traits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np
from scipy.linalg import cho_solve, solve_triangular
from scipy.optimize import lsq_linear, minimize

from dnngp.methods.mixed.likelihood import Dense, Point, Table
from dnngp.methods.mixed.structures import Structure

#: A rise of the log likelihood that is not worth a step.
ENOUGH = 1e-10

#: Least damping, in units of the information: it keeps a singular one invertible.
LEAST_DAMPING = 1e-10

#: Most steps of the maximisation; it takes ten to fifty.
MOST_STEPS = 100

#: Most steps of the slower way that is taken where those do not suffice.
MOST_SLOW_STEPS = 1000


class _Point(Protocol):
    @property
    def value(self) -> float: ...


P = TypeVar("P", bound=_Point)


def maximise(form: Table | Dense, structure: Structure, enough: float = ENOUGH) -> tuple[np.ndarray, Point]:
    """Parameters with the largest restricted likelihood, and the likelihood there.

    Newton's method with the average information in place of the second derivatives,
    damped until a step raises the likelihood (Levenberg-Marquardt), within the
    lower bounds of the parameters. Values that do not vary, whose likelihood has no maximum,
    leave the parameters where they start. Where few records leave the covariances nearly
    singular, the likelihood is a narrow bent ridge on which such steps get short; it is
    then climbed from there by quasi-Newton steps with the exact gradient.

    Parameters
    ----------
    form, structure
        The records, and what their covariance may be.
    enough
        A step that promises less than this in log likelihood ends the search.

    Raises
    ------
    ArithmeticError
        No finite likelihood at the start, or no end after all these steps.
    """
    found = structure.start()
    point = form.at(structure.of(found))
    if point is None or not np.isfinite(point.value):
        raise ArithmeticError("the likelihood is not finite at the start")
    if not point.weights.any():
        return found, point

    def quadratic(parameters: np.ndarray, point: Point) -> tuple[np.ndarray, np.ndarray]:
        changes = structure.changes(parameters)
        return point.slope(changes), point.information(changes) + structure.bend(point.slopes)

    found, point, ended = ascend(
        *(found, point, structure.lower()),
        *(lambda parameters: form.at(structure.of(parameters)), quadratic, enough),
    )
    return (found, point) if ended else _along_ridge(form, structure, found)


def ascend(
    found: np.ndarray,
    point: P,
    lower: np.ndarray,
    at: Callable[[np.ndarray], P | None],
    quadratic: Callable[[np.ndarray, P], tuple[np.ndarray, np.ndarray]],
    enough: float = ENOUGH,
) -> tuple[np.ndarray, P, bool]:
    """The way up from ``found`` by the steps that :func:`maximise` describes.

    Parameters
    ----------
    found, lower
        Parameters (p,) to start at, and their lower bounds.
    point
        The likelihood there, with its ``value``.
    at
        The likelihood at parameters, None where there is none.
    quadratic
        Slope (p,) and information (p, p) at parameters and their point.
    enough
        As of :func:`maximise`.

    Returns
    -------
    tuple
        Parameters and point at the end, and whether that is the top.
    """
    damping = 1e-4
    for _ in range(MOST_STEPS):
        slope, information = quadratic(found, point)
        while True:
            step, promised = _step(information, slope, lower - found, damping)
            if promised < enough:
                return found, point, True
            candidate = np.maximum(found + step, lower)
            trial = at(candidate)
            # So near the end, the likelihood's last digits say less than the promise.
            if trial is not None and (trial.value > point.value or promised < ENOUGH):
                break
            damping = max(10 * damping, 1e-4)
        found, point, damping = candidate, trial, max(damping / 10, LEAST_DAMPING)
    return found, point, False


def _step(
    information: np.ndarray, slope: np.ndarray, room: np.ndarray, damping: float
) -> tuple[np.ndarray, float]:
    """The step (p,) that raises the damped quadratic model most, and twice the rise that it promises.

    ``room`` (p,) is how far each parameter is above its bound, as a negative number. A step
    that crosses a bound cannot simply be cut there: the other parameters have to make up for it.
    """
    scale = np.sqrt(np.diagonal(information) + 1e-10 * np.trace(information) + 1e-300)
    scaled, aim = information / np.outer(scale, scale) + damping * np.eye(len(scale)), slope / scale
    factor = np.linalg.cholesky(scaled)
    step = cho_solve((factor, True), aim)
    if np.any(step < room * scale):
        step = lsq_linear(
            factor.T,
            solve_triangular(factor, aim, lower=True),
            bounds=(room * scale, np.inf),
            method="bvls",
            tol=1e-14,
        ).x
    return step / scale, float(2 * aim @ step - step @ scaled @ step)


def _along_ridge(form: Table | Dense, structure: Structure, start: np.ndarray) -> tuple[np.ndarray, Point]:
    """As :func:`maximise`, by BFGS, or L-BFGS-B where parameters have bounds."""

    def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        point = form.at(structure.of(parameters))
        if point is None:
            return np.inf, np.zeros(len(parameters))
        return -point.value, -point.slope(structure.changes(parameters))

    lower = structure.lower()
    bounds = [(low, None) for low in lower] if np.isfinite(lower).any() else None
    options = {"gtol": 1e-5, "maxiter": MOST_SLOW_STEPS}
    found = minimize(objective, start, jac=True, bounds=bounds, options=options)
    point = form.at(structure.of(found.x))
    # Status 1 is out of steps; 2 is no further rise within the digits of the likelihood.
    if found.status == 1 or point is None:
        raise ArithmeticError(f"the likelihood still rises after {MOST_SLOW_STEPS} steps")
    return found.x, point
