"""Two classes in a Gibbs sampler: their liabilities are drawn beside everything else.

A record is of the second class where its liability is above 0. Given the class it is normal around what is
fitted, cut off at 0 (Albert & Chib 1993, J Am Stat Assoc 88:669).
"""

from __future__ import annotations

from dnngp.base.lazy import np


class Liabilities:
    """Liabilities of records, of a residual variance that is held: their scale is free.

    Parameters
    ----------
    y
        (n,) classes, 0 or 1.
    noise
        Residual variance.
    """

    def __init__(self, y: np.ndarray, noise: float) -> None:
        self._signs, self._unit = np.where(y > 0, 1.0, -1.0), noise**0.5
        self._sum, self._squares, self._draws = np.zeros(len(y)), np.zeros(len(y)), 0
        self._values = np.zeros(len(y))

    def draw(self, residuals: np.ndarray, rng: np.random.Generator) -> None:
        """New liabilities, given what they were less what is fitted (n,); changed to the new residuals."""
        from scipy.special import ndtr, ndtri

        fitted = self._values - residuals
        chance = ndtr(self._signs * fitted / self._unit)
        drawn = -ndtri(np.clip(rng.random(len(chance)) * chance, 1e-300, 1.0 - 1e-16))
        residuals[:] = self._signs * self._unit * drawn
        self._values = fitted + residuals

    def keep(self, residuals: np.ndarray) -> float:
        """Count the fitted liabilities of a kept sweep; their variance."""
        fitted = self._values - residuals
        self._sum += fitted
        self._squares += fitted**2
        self._draws += 1
        return float(fitted.var())

    def scale(self) -> float:
        """What fitted liabilities are divided by, so that their normal probabilities are those of a new draw.

        It covers the residuals and the mean posterior variance of what is fitted.
        """
        means = self._sum / self._draws
        return float(np.sqrt(self._unit**2 + np.mean(self._squares / self._draws - means**2)))
