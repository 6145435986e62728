"""Restricted likelihood of the plots of one field trial, by mixed-model equations without their entries.

The model of n plots is y = E a + F b + sum_k Z_k u_k + e with a the effects of the entries (g), fixed or
var(a) = s t_0 I, b further fixed effects (p), var(u_k) = s t_k I, and var(e) = s I: t are ratios of variances
to that of the error, s. Where errors are correlated, all arrays are those multiplied by the inverse root of
their correlation.

The entries' block of the equations is diagonal (E'E, made so by a rotation where errors are correlated): it
is eliminated first, so that an evaluation costs O((g + q)(p + q)^2), q being the number of random effects
beside the entries. All sums over plots are taken once. At t_k = 0 nothing is divided by 0, as in lme4 (Bates
et al. 2015, J Stat Softw 67:1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse
from scipy.linalg import cho_solve, solve_triangular
from scipy.linalg.lapack import dpotrf

from dnngp.methods.mixed.maximum import ascend

#: Where the ratios of variances start.
START = 0.5

#: An error variance below this share of the variance of the values is none.
NO_ERROR = 1e-9
LEFT_NOTHING = "the model leaves no error"


class Sums:
    """Sums over the plots of a trial, all that its likelihood needs.

    Parameters
    ----------
    y
        (n,) values.
    entries
        (n, g) float64, sparse or dense: the design of the entries, every entry in some plot.
    fixed
        (n, p) further fixed effects, linearly independent; beside fixed entries also of those.
    random
        (n, q_k) designs of the random terms.
    log_root
        log |R| of the errors' correlation where the arrays were multiplied by its inverse root.
    absent
        The last so many columns of ``fixed`` stand for plots that are not there.
    """

    def __init__(
        self,
        y: np.ndarray,
        entries: Any,
        fixed: np.ndarray,
        random: Sequence[np.ndarray],
        log_root: float = 0.0,
        absent: int = 0,
    ) -> None:
        self.plots, self.log_root, self.absent = len(y), log_root, absent
        self.least_error = NO_ERROR * float(np.var(y))
        self.fixed, self._entries = fixed.shape[1], entries
        ends = np.cumsum([self.fixed, *(part.shape[1] for part in random)])
        self.parts = [slice(start, end) for start, end in pairwise(ends)]
        self.columns = np.column_stack([fixed, *random, y])
        self.crossed = self.columns.T @ self.columns
        squares = entries.T @ entries
        if scipy.sparse.issparse(squares):
            self.replication, self._axes = squares.diagonal(), None
        else:
            self.replication, self._axes = np.linalg.eigh(squares)
        self.by_entry = self.turned(entries.T @ self.columns)

    def turned(self, rows: np.ndarray) -> np.ndarray:
        """Rows (g, ...) of entries in the axes in which their block is diagonal."""
        return rows if self._axes is None else self._axes.T @ rows

    def back(self, rows: np.ndarray) -> np.ndarray:
        """Rows (g, ...) in those axes as rows of entries."""
        return rows if self._axes is None else self._axes @ rows

    def of_plots(self, rows: np.ndarray) -> np.ndarray:
        """Rows (g, ...) in those axes as rows of plots (n, ...)."""
        return np.asarray(self._entries @ self.back(rows))

    def leverage(self, shares: np.ndarray) -> np.ndarray:
        """(n,) squares of the entries' design times shares (g,) in those axes."""
        if self._axes is None:
            return np.asarray(self._entries.multiply(self._entries) @ shares)
        return np.asarray((self._entries @ self._axes) ** 2 @ shares)

    def squares(self) -> np.ndarray:
        """(g,) sums of squares of the entries' columns."""
        return self.replication if self._axes is None else self._axes**2 @ self.replication

    def at(self, ratios: np.ndarray, entries_fixed: bool) -> Point | None:
        """The likelihood at the ratios of variances; None where it is not finite."""
        point = Point(self, ratios, entries_fixed)
        return point if np.isfinite(point.value) else None

    def fit(self, entries_fixed: bool) -> Point:
        """The largest likelihood.

        Raises
        ------
        ArithmeticError
            No error is left, or the search has no end.
        """
        start = np.full(len(self.parts) + (not entries_fixed), START)
        point = Point(self, start, entries_fixed)
        if not np.isfinite(point.value):
            raise ArithmeticError(LEFT_NOTHING)
        if not len(start):
            return point
        _, point, ended = ascend(
            *(start, point, np.zeros(len(start))),
            *(lambda ratios: self.at(ratios, entries_fixed), lambda ratios, point: point.quadratic()),
        )
        if not ended:
            raise ArithmeticError("the likelihood still rises after the last step")
        if point.error_variance < 100 * self.least_error:
            raise ArithmeticError(LEFT_NOTHING)
        return point


@dataclass
class Point:
    """The likelihood at some ratios of variances, and the effects and errors there.

    ``ratios`` begin with that of the entries where those are random.
    """

    sums: Sums
    ratios: np.ndarray
    entries_fixed: bool

    @cached_property
    def _of_terms(self) -> np.ndarray:
        return self.ratios if self.entries_fixed else self.ratios[1:]

    @cached_property
    def _shrunk(self) -> np.ndarray:
        """(g,) inverse of the entries' block."""
        if self.entries_fixed:
            return 1 / self.sums.replication
        return self.ratios[0] / (1 + self.ratios[0] * self.sums.replication)

    @cached_property
    def _scale(self) -> np.ndarray:
        """(p + q,) root of the ratio of each column."""
        counts = [part.stop - part.start for part in self.sums.parts]
        return np.concatenate([np.ones(self.sums.fixed), np.repeat(np.sqrt(self._of_terms), counts)])

    @cached_property
    def _within(self) -> np.ndarray:
        """(p + q + 1, p + q + 1) sums over plots, what entries explain taken off."""
        by_entry = self.sums.by_entry
        return self.sums.crossed - by_entry.T @ (self._shrunk[:, None] * by_entry)

    @cached_property
    def _equations(self) -> np.ndarray:
        scaled = self._scale[:, None] * self._within[:-1, :-1] * self._scale
        scaled[np.diag_indices_from(scaled)] += np.arange(len(scaled)) >= self.sums.fixed
        return scaled

    @cached_property
    def _factor(self) -> np.ndarray | None:
        if not len(self._equations):
            return self._equations
        factor, failed = dpotrf(self._equations, lower=True, clean=True)
        return None if failed else factor

    def _halved(self, rows: np.ndarray) -> np.ndarray:
        """Rows (m, p + q) on the effects times the inverse of the equations' factor, (p + q, m)."""
        if not len(self._equations):
            return np.zeros((0, len(rows)))
        return solve_triangular(self._factor, (rows * self._scale).T, lower=True)

    @cached_property
    def _solution(self) -> np.ndarray:
        """(p + q,) effects, those of random terms divided by the roots of their ratios."""
        if not len(self._equations):
            return np.zeros(0)
        return np.asarray(cho_solve((self._factor, True), self._scale * self._within[:-1, -1]))

    @cached_property
    def effects(self) -> np.ndarray:
        """(p + q,) estimates of fixed and predictions of random effects beside the entries."""
        return self._scale * self._solution

    @cached_property
    def df(self) -> int:
        """Degrees of freedom of the errors."""
        entries = len(self.sums.replication) if self.entries_fixed else 0
        return self.sums.plots - self.sums.fixed - entries

    @cached_property
    def error_variance(self) -> float:
        """s, by restricted maximum likelihood at these ratios."""
        return float(self._within[-1, -1] - self._within[:-1, -1] @ self.effects) / self.df

    @property
    def variances(self) -> np.ndarray:
        """Of the random terms, those of random entries first."""
        return self.ratios * self.error_variance

    @cached_property
    def _entry_determinant(self) -> float:
        of_each = self.sums.replication if self.entries_fixed else 1 + self.ratios[0] * self.sums.replication
        return float(np.log(of_each).sum())

    @cached_property
    def value(self) -> float:
        """Restricted log likelihood, of the fixed effects as they are coded (as lme4 has it)."""
        if self._factor is None or not self.error_variance > self.sums.least_error:
            return -np.inf
        determinant = 2 * np.log(np.diagonal(self._factor)).sum() + self._entry_determinant
        residual = self.df * (1 + np.log(2 * np.pi * self.error_variance))
        return float(-(residual + determinant + self.sums.log_root) / 2)

    @cached_property
    def full_value(self) -> float:
        """Log likelihood of the values at these estimates, entries being random.

        It compares models of different fixed effects, as the restricted one does not (Verbyla 2019, Aust N Z
        J Stat 61:39).
        """
        kept = np.arange(len(self._equations)) >= self.sums.fixed - self.sums.absent
        determinant = np.linalg.slogdet(self._equations[np.ix_(kept, kept)])[1] + self._entry_determinant
        plots = self.sums.plots - self.sums.absent
        residual = plots * np.log(2 * np.pi * self.error_variance) + self.df
        return float(-(residual + determinant + self.sums.log_root) / 2)

    @cached_property
    def _entry_rows(self) -> np.ndarray:
        """(g, p + q + 1) sums over the plots of random entries, what they explain themselves taken off."""
        return self.sums.by_entry / (1 + self.ratios[0] * self.sums.replication)[:, None]

    def quadratic(self) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives by the ratios, and the average information of them, s being profiled out.

        Gilmour et al. 1995, Biometrics 51:1440.
        """
        within, parts = self._within[:-1, :-1], self.sums.parts
        projected = [self._within[part, -1] - within[part] @ self.effects for part in parts]
        traces = [np.trace(within[part, part]) - np.sum(self._halved(within[part]) ** 2) for part in parts]
        against = [within[:, part] @ y for part, y in zip(parts, projected, strict=True)]
        if not self.entries_fixed:
            rows = self._entry_rows[:, :-1]
            y = self._entry_rows[:, -1] - rows @ self.effects
            against = [rows.T @ y, *against]
        crossed = [[y @ other[part] for other in against] for part, y in zip(parts, projected, strict=True)]
        if not self.entries_fixed:
            own = self.sums.replication / (1 + self.ratios[0] * self.sums.replication)
            crossed = [[y @ (own * y), *(row[0] for row in crossed)], *crossed]
            traces, projected = [own.sum() - np.sum(self._halved(rows) ** 2), *traces], [y, *projected]
        halves = self._halved(np.array(against).reshape(len(against), len(within)))
        squares, s = np.array([y @ y for y in projected]), self.error_variance
        whole = np.array(crossed) - halves.T @ halves
        information = whole - np.outer(squares, squares) / (s * self.df)
        # Positive but for rounding, where next to no error is left.
        diagonal = np.diag_indices_from(whole)
        information[diagonal] = np.maximum(information[diagonal], 1e-10 * np.abs(whole[diagonal]))
        return (squares / s - np.array(traces)) / 2, information / (2 * s)

    @cached_property
    def entries(self) -> np.ndarray:
        """(g,) estimates of fixed entries, or predictions (BLUP) of random ones."""
        rest = self.sums.by_entry[:, -1] - self.sums.by_entry[:, :-1] @ self.effects
        return self.sums.back(self._shrunk * rest)

    def entry_covariance(self) -> np.ndarray:
        """(g, g) error covariance of :attr:`entries`: of estimates, or of prediction."""
        half = self._halved(self._shrunk[:, None] * self.sums.by_entry[:, :-1])
        inner = self.sums.back(self.sums.back(np.diag(self._shrunk) + half.T @ half).T)
        return np.asarray(self.error_variance * inner)

    def own_precisions(self) -> np.ndarray:
        """(g,) diagonal of the inverse of :meth:`entry_covariance`, of fixed entries."""
        crossed, rows = self.sums.crossed[:-1, :-1], self.sums.back(self.sums.by_entry[:, :-1])
        scaled = self._scale[:, None] * crossed * self._scale
        scaled[np.diag_indices_from(scaled)] += np.arange(len(scaled)) >= self.sums.fixed
        explained = np.sum(rows * self._scale * np.linalg.solve(scaled, (rows * self._scale).T).T, axis=1)
        return np.asarray((self.sums.squares() - explained) / self.error_variance)

    def residuals(self) -> tuple[np.ndarray, np.ndarray]:
        """(n,) residuals, and each divided by its standard error (NaN where it cannot differ from 0)."""
        columns = self.sums.columns
        explained = columns - self.sums.of_plots(self._shrunk[:, None] * self.sums.by_entry)
        residual = explained[:, -1] - explained[:, :-1] @ self.effects
        left = 1 - self.sums.leverage(self._shrunk) - np.sum(self._halved(explained[:, :-1]) ** 2, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            standard = residual / np.sqrt(self.error_variance * left)
        return residual, np.where(left > 1e-8, standard, np.nan)
