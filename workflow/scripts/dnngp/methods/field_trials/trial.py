"""One environment: its plots fitted with entries fixed and random, its trend chosen, its errors looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import scipy.sparse
from scipy.optimize import minimize

from dnngp.methods.field_trials.design import FIXED, Design, Places, design_of, indicators, levels
from dnngp.methods.field_trials.mixed_model import Point, Sums
from dnngp.methods.field_trials.spatial import Grid, Surface, positions, unfit

#: A residual of so many standard errors is an outlier.
OUTLIER = 3.5

#: Trends by what is asked for.
TRENDS = {"none": ("none",), "splines": ("splines",), "ar1": ("ar1",), "auto": ("none", "splines", "ar1")}

#: Of fixed effects, what is less than this of its own length beside the others is one of them.
COLLINEAR = 1e-8

#: Bounds of correlations between neighbours.
CORRELATIONS = (-0.9, 0.98)


@dataclass(frozen=True)
class Plots:
    """Plots of one environment that have a value.

    Attributes
    ----------
    y
        (n,) values.
    entries
        (n,) ids of their entries.
    places
        (n,) labels by what is known of plots (:data:`dnngp.genotypes.plot_tables.PLACES`).
    """

    y: np.ndarray
    entries: np.ndarray
    places: Places

    @cached_property
    def names(self) -> np.ndarray:
        """(g,) the entries, each once, sorted."""
        return np.unique(self.entries)

    @cached_property
    def codes(self) -> np.ndarray:
        """(n,) position of each plot's entry among :attr:`names`."""
        return np.searchsorted(self.names, self.entries)

    @cached_property
    def counts(self) -> np.ndarray:
        """(g,) plots of each entry."""
        return np.bincount(self.codes)

    def positions(self) -> list[np.ndarray | None]:
        """Rows and columns as numbers, None where they are not known or no numbers."""
        return [positions(self.places[one]) if one in self.places else None for one in ("row", "column")]


@dataclass(frozen=True)
class Model:
    """A design and a trend of plots; ``correlations`` are those of neighbours along rows and columns."""

    plots: Plots
    design: Design
    trend: str
    correlations: np.ndarray | None = None

    @cached_property
    def _surface(self) -> Surface | None:
        return Surface(*self._field) if self.trend == "splines" else None

    @property
    def _field(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns, known to be numbers."""
        rows, columns = self.plots.positions()
        assert rows is not None
        assert columns is not None
        return rows, columns

    @property
    def terms(self) -> list[str]:
        """The random terms beside the entries."""
        return [*self.design.random, *(self._surface.random if self._surface else ())]

    @cached_property
    def _fixed(self) -> np.ndarray:
        """(n, p) replicates, coded so that means are those over all, and the plane of the trend."""
        columns = np.zeros((len(self.plots.y), 0))
        if FIXED in self.design.terms:
            marks = indicators(levels(self.plots.places, FIXED))
            columns = marks[:, 1:] - 1 / marks.shape[1]
        return np.hstack([columns, self._surface.fixed]) if self._surface else columns

    @property
    def fixed_columns(self) -> int:
        """Number of fixed effects beside the entries, those among them that entries explain."""
        return self._fixed.shape[1]

    def sums(self, entries_fixed: bool) -> Sums:
        """What the likelihood needs."""
        n, plots = len(self.plots.y), self.plots
        places = (np.ones(n), (np.arange(n), plots.codes))
        entries = scipy.sparse.csr_array(places, shape=(n, len(plots.names)))
        intercept = np.ones((n, 0 if entries_fixed else 1))
        kept = independent(np.hstack([intercept, self._fixed]), plots.codes if entries_fixed else None)
        random = [indicators(levels(plots.places, term)) for term in self.design.random]
        random += list(self._surface.random.values()) if self._surface else []
        if self.correlations is None:
            return Sums(plots.y, entries, kept, random)
        grid = self._grid
        root = grid.inverse_root(self.correlations)
        return Sums(
            root @ grid.laid(plots.y),
            root @ grid.laid(entries.toarray()),
            root @ np.hstack([grid.laid(kept), grid.indicators()]),
            [root @ grid.laid(part) for part in random],
            grid.log_determinant(self.correlations),
            len(grid.absent),
        )

    @cached_property
    def _grid(self) -> Grid:
        return Grid(*self._field)

    @property
    def cells(self) -> np.ndarray | slice:
        """Where the plots are among the rows of :meth:`sums`."""
        return slice(None) if self.correlations is None else self._grid.cells

    def fitted(self) -> tuple[Model, Point]:
        """The model with the correlations that are likeliest, entries being random, and its likelihood."""
        if self.trend != "ar1":
            return self, self.sums(entries_fixed=False).fit(entries_fixed=False)
        step = 1e-4

        def objective(correlations: np.ndarray) -> tuple[float, np.ndarray]:
            point = at(correlations).fit(entries_fixed=False)
            # At the likeliest variances, they need not be found again for the slope.
            ahead = [at(correlations + shift).at(point.ratios, False) for shift in step * np.eye(2)]
            return -point.value, np.array([(point.value - one.value) / step if one else 0.0 for one in ahead])

        def at(correlations: np.ndarray) -> Sums:
            return replace(self, correlations=correlations).sums(entries_fixed=False)

        found = minimize(
            *(objective, np.full(2, 0.3)),
            jac=True,
            method="L-BFGS-B",
            bounds=[CORRELATIONS] * 2,
            options={"ftol": 1e-9, "gtol": 1e-3},
        )
        best = replace(self, correlations=found.x)
        return best, best.sums(entries_fixed=False).fit(entries_fixed=False)

    def aic(self, point: Point) -> float:
        """Akaike's criterion, of the full likelihood (:attr:`Point.full_value`) of random entries."""
        fixed = point.sums.fixed - point.sums.absent
        variances = len(point.ratios) + 1 + (0 if self.correlations is None else 2)
        return 2 * (fixed + variances) - 2 * point.full_value


def independent(columns: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
    """Columns (n, p) less those that others before them explain, or levels of ``codes`` (n,) do."""
    kept: list[np.ndarray] = []
    basis = np.zeros((len(columns), 0))
    for column in columns.T:
        rest = column.astype(float)
        if codes is not None:
            rest = rest - (np.bincount(codes, rest) / np.bincount(codes))[codes]
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > COLLINEAR * max(float(np.linalg.norm(column)), 1):
            basis = np.column_stack([basis, rest / length])
            kept.append(column)
    return np.column_stack(kept) if kept else columns[:, :0]


@dataclass
class Trial:
    """What is known after the fits of one environment; NaN where it cannot be estimated.

    Attributes
    ----------
    plots
        Those with a value.
    means, standard_errors, weights
        (g,) of the entries :attr:`Plots.names`: adjusted means, entries being fixed, their standard errors,
        and weights: the inverse of the part of the error variance that is the entry's own.
    blups, reliabilities
        (g,) predictions of random entries, and 1 - PEV / variance of entries.
    residuals, standardised
        (n,) with entries random; of an autoregression, what neighbours do not tell.
    variances
        Pairs of term and variance, with entries random and fixed.
    log_likelihoods
        Restricted ones, likewise.
    aic
        Of every trend that was fitted.
    h2
        On the basis of entry means (Cullis et al. 2006, J Agric Biol Environ Stat 11:381).
    """

    plots: Plots
    design: Design
    trend: str = "none"
    notes: list[str] = field(default_factory=list)
    means: np.ndarray = field(init=False)
    standard_errors: np.ndarray = field(init=False)
    weights: np.ndarray = field(init=False)
    blups: np.ndarray = field(init=False)
    reliabilities: np.ndarray = field(init=False)
    residuals: np.ndarray = field(init=False)
    standardised: np.ndarray = field(init=False)
    variances: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    log_likelihoods: dict[str, float] = field(default_factory=dict)
    aic: dict[str, float] = field(default_factory=dict)
    correlations: np.ndarray | None = None
    h2: float = np.nan

    def __post_init__(self) -> None:
        plots, unknown = self.plots, np.full(len(self.plots.names), np.nan)
        self.means = np.bincount(plots.codes, plots.y) / plots.counts
        self.standard_errors, self.weights, self.blups, self.reliabilities = (
            unknown.copy() for _ in range(4)
        )
        self.residuals = plots.y - self.means[plots.codes]
        self.standardised = np.full(len(plots.y), np.nan)

    @property
    def repeatability(self) -> float:
        """Variance of entries over that of entries and errors, of one plot."""
        known = dict(self.variances.get("random", []))
        return known["entry"] / (known["entry"] + known["error"]) if known else np.nan

    @property
    def outliers(self) -> np.ndarray:
        """(n,) bool, plots far from what the model expects."""
        return np.abs(self.standardised) > OUTLIER


def analyse(
    plots: Plots, design: Sequence[str] | None = None, spatial: str = "none", error: str = "full"
) -> Trial:
    """Fit one environment.

    Parameters
    ----------
    plots
        Its plots.
    design
        As ``asked`` of :func:`dnngp.methods.field_trials.design.design_of`.
    spatial
        A key of :data:`TRENDS`; of several the one with the least AIC is taken.
    error
        ``full``: weights are the diagonal of the inverse of the means' error covariance (Smith et al. 2001,
        Biometrics 57:1138), in which errors that all means share do not count; ``diagonal``: 1 / SE^2.
    """
    trial = Trial(plots, design_of(plots.places, design))
    trial.notes += trial.design.notes
    if np.ptp(plots.y) == 0:
        trial.notes.append("All values are equal: nothing is estimated.")
    elif plots.counts.max() == 1:
        trial.notes.append("No entry has two plots: the values stand for means, without errors.")
    else:
        best = _likeliest(trial, spatial)
        if best is not None:
            _describe_random(trial, *best)
            _describe_fixed(trial, best[0], error)
    return trial


def _likeliest(trial: Trial, spatial: str) -> tuple[Model, Point] | None:
    """Of the trends asked for, the fit with the least AIC; None where none can be fitted."""
    fits = []
    for trend in TRENDS[spatial]:
        why = "" if trend == "none" else unfit(trial.plots.positions(), trend)
        if not why:
            try:
                model, point = Model(trial.plots, trial.design, trend).fitted()
                trial.aic[trend] = model.aic(point)
                fits.append((model, point))
            except ArithmeticError as error:
                why = str(error)
        if why:
            what = "Means are plain ones" if trend == "none" else f"The trend {trend} is not fitted"
            trial.notes.append(f"{what}: {why}.")
    if not fits and spatial in ("splines", "ar1"):
        return _likeliest(trial, "none")
    return min(fits, key=lambda fit: trial.aic[fit[0].trend], default=None)


def _describe_random(trial: Trial, model: Model, point: Point) -> None:
    trial.trend, trial.correlations = model.trend, model.correlations
    names = ["entry", *model.terms, "error"]
    trial.variances["random"] = list(zip(names, [*point.variances, point.error_variance], strict=True))
    trial.log_likelihoods["random"] = point.value
    trial.blups, errors, variance = point.entries, point.entry_covariance(), point.variances[0]
    residuals, standardised = point.residuals()
    trial.residuals, trial.standardised = residuals[model.cells], standardised[model.cells]
    count = len(errors)
    if count > 1 and variance > 0:
        half_of_difference = (np.trace(errors) - errors.sum() / count) / (count - 1)
        trial.h2 = float(1 - half_of_difference / variance)
        trial.reliabilities = 1 - np.diag(errors) / variance
    elif count > 1:
        trial.h2 = 0.0


def _describe_fixed(trial: Trial, model: Model, error: str) -> None:
    sums = model.sums(entries_fixed=True)
    if sums.fixed - sums.absent < model.fixed_columns:
        trial.notes.append("Replicates that share no entries are not adjusted for.")
    if sums.plots - sums.fixed <= len(trial.plots.names):
        trial.notes.append("No plots are left to estimate the error from: the means are plain ones.")
        return
    try:
        point = sums.fit(entries_fixed=True)
    except ArithmeticError as problem:
        trial.notes.append(f"Means are plain ones: {problem}.")
        return
    names = [*model.terms, "error"]
    trial.variances["fixed"] = list(zip(names, [*point.variances, point.error_variance], strict=True))
    trial.log_likelihoods["fixed"] = point.value
    trial.means = point.entries
    trial.standard_errors = np.sqrt(np.diag(point.entry_covariance()))
    trial.weights = point.own_precisions() if error == "full" else 1 / trial.standard_errors**2
