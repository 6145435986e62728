"""Lines against markers at a price: the best numbers of both for the money.

A training set of n lines and p markers costs n (line + p marker). All sets of one cost lie on a curve through
the surface that the learning-curve experiment measured; between its sizes, r is interpolated linearly in log
n and log p, beyond them nothing is said. The best point is where r is highest along the curve. Its range
comes from drawing folds anew: a fold, measured at every size, is what is drawn, as for learning curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnngp.evaluation.learning_curves import DRAWS, FEWEST_FOLDS

#: Points of a curve that are looked at, beside the measured numbers of lines; and those that are drawn.
POINTS, DRAWN = 200, 25

#: Budgets where none are named.
BUDGETS = 5

KEYS = ["dataset", "trait", "model", "marker_order"]
BEST = [
    *(*KEYS, "budget", "currency", "n", "n_low", "n_high", "p", "p_low", "p_high", "cost", "pearson"),
    *("pearson_low", "pearson_high", "folds", "status", "reason"),
]
CURVES = [*KEYS, "budget", "n", "p", "pearson"]


@dataclass(frozen=True)
class Prices:
    """Of a line, and of a line at one marker."""

    line: float
    marker: float

    def cost(self, n: np.ndarray | float, p: np.ndarray | float) -> np.ndarray:
        """Of n lines with p markers."""
        return np.asarray(n * (self.line + p * self.marker))

    def markers(self, budget: float, n: np.ndarray) -> np.ndarray:
        """How many markers of n lines a budget pays for; below 0 where it does not pay for the lines."""
        return (budget / n - self.line) / self.marker


@dataclass(frozen=True)
class Surface:
    """Predictive ability at every measured size.

    Attributes
    ----------
    lines : (i,) float64
        Ascending, at least two.
    markers : (j,) float64
        Ascending, at least two.
    folds : (f, i, j) float64
    """

    lines: np.ndarray
    markers: np.ndarray
    folds: np.ndarray

    def weights(self, n: np.ndarray, p: np.ndarray) -> np.ndarray:
        """(k, i, j) what each measured size counts at k sizes (n, p) within them."""
        of_lines, of_markers = _between(self.lines, n), _between(self.markers, p)
        return np.einsum("ki,kj->kij", of_lines, of_markers)

    def affordable(
        self, prices: Prices, budget: float, points: int = POINTS
    ) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of lines (k,) and of markers (k,) that cost a budget, within the surface.

        Where it would pay for more markers than were measured, their most. Empty where it does not pay for
        the smallest size.
        """
        least, most = self.markers[[0, -1]]
        highest = min(self.lines[-1], budget / (prices.line + least * prices.marker))
        if highest < self.lines[0] * (1 - 1e-9):
            return np.empty(0), np.empty(0)
        spread = np.geomspace(self.lines[0], max(highest, self.lines[0]), points)
        n = np.union1d(spread, self.lines[self.lines < highest])
        return n, np.clip(prices.markers(budget, n), least, most)


def _between(sizes: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(k, i) weights of i sizes that interpolate linearly in the logarithm."""
    return np.stack([np.interp(np.log(wanted), np.log(sizes), one) for one in np.eye(len(sizes))], axis=1)


def surface_of(table: pd.DataFrame) -> Surface:
    """The surface of one dataset, trait and model.

    Parameters
    ----------
    table
        A row per fold: n, p, repeat, fold, pearson and status, of sizes that the dataset has.

    Raises
    ------
    ValueError
        With the reason in words, where it is no whole surface.
    """
    if (table["status"] != "ok").any() or table["pearson"].isna().any():
        raise ValueError("some folds have no r")
    wide = table.pivot_table(index=["repeat", "fold"], columns=["n", "p"], values="pearson")
    lines, markers = (np.sort(table[name].unique()).astype(float) for name in ("n", "p"))
    if min(len(lines), len(markers)) < 2:
        raise ValueError("fewer than two numbers of lines, or of markers, were measured")
    if wide.shape[1] < len(lines) * len(markers) or wide.isna().to_numpy().any():
        raise ValueError("not every number of lines was measured with every number of markers")
    return Surface(lines, markers, wide.sort_index(axis=1).to_numpy().reshape(-1, len(lines), len(markers)))


def best_size(surface: Surface, prices: Prices, budget: float, seed: int) -> dict[str, object]:
    """The best numbers of lines and markers for a budget: :data:`BEST` but for what it is about.

    ``low`` and ``high`` are the 5th and 95th percentile over draws of folds.
    """
    n, p = surface.affordable(prices, budget)
    found: dict[str, object] = {"budget": budget, "folds": len(surface.folds), "status": "ok", "reason": ""}
    if not len(n):
        cheapest = float(prices.cost(surface.lines[0], surface.markers[0]))
        return found | {"status": "out of reach", "reason": f"the smallest size costs {cheapest:.6g}"}
    along = np.tensordot(surface.folds, surface.weights(n, p), axes=([1, 2], [1, 2]))
    best = int(along.mean(axis=0).argmax())
    # Whole ones that the budget pays for.
    whole_n, whole_p = (int(size[best] + 1e-6) for size in (n, p))
    found |= {"n": whole_n, "p": whole_p, "cost": float(prices.cost(whole_n, whole_p))}
    found |= {"pearson": float(along[:, best].mean()), "reason": _at_edge(surface, n[best], p[best])}
    if len(surface.folds) < FEWEST_FOLDS:
        few = f"{len(surface.folds)} folds; a range needs {FEWEST_FOLDS} (folds, repeats)"
        return found | {"reason": "; ".join(filter(None, [str(found["reason"]), few]))}
    draw, count = np.random.default_rng(seed), len(surface.folds)
    means = np.stack([along[draw.integers(count, size=count)].mean(axis=0) for _ in range(DRAWS)])
    places = means.argmax(axis=1)
    whole = (("n", n[places].round()), ("p", p[places].round()))
    for name, values in (*whole, ("pearson", means.max(axis=1))):
        low, high = np.quantile(values, [0.05, 0.95], method="closest_observation")
        found |= {f"{name}_low": low, f"{name}_high": high}
    return found


def _at_edge(surface: Surface, n: float, p: float) -> str:
    """What is not known about a best point because nothing beyond was measured."""
    edges = [
        f"the {which} number of {name} measured"
        for name, size, sizes in (("lines", n, surface.lines), ("markers", p, surface.markers))
        for which, edge in (("smallest", sizes[0]), ("largest", sizes[-1]))
        if abs(size / edge - 1) < 1e-6
    ]
    return f"at {' and '.join(edges)}" if edges else ""


def iso_costs(
    table: pd.DataFrame,
    prices: Prices,
    budgets: Sequence[float] | None,
    currency: str,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The best point of every surface at every budget, and the curves of equal cost through the surfaces.

    Parameters
    ----------
    table
        As :func:`dnngp.evaluation.learning_curves.surface` gives it.
    prices, currency
        Of lines and markers, and how money is written.
    budgets
        None takes :data:`BUDGETS`, in equal ratios, between the cheapest and the dearest size of all.
    seed
        Of the draws of folds.

    Returns
    -------
    best, curves
        Columns :data:`BEST` and :data:`CURVES`. A surface that is not whole has the status ``not measured``.
    """
    usable = table[table["status"] != "unavailable"]
    if budgets is None and len(usable):
        costs = prices.cost(usable["n"].to_numpy(float), usable["p"].to_numpy(float))
        budgets = [_rounded(one) for one in np.geomspace(costs.min(), costs.max(), BUDGETS + 2)[1:-1]]
    best, curves = [], []
    for cell, part in usable.groupby(KEYS, sort=False):
        place = dict(zip(KEYS, cell, strict=True))
        try:
            surface = surface_of(part)
        except ValueError as reason:
            best.append(place | {"currency": currency, "status": "not measured", "reason": str(reason)})
            continue
        for budget in budgets or ():
            best.append(place | {"currency": currency} | best_size(surface, prices, budget, seed))
            n, p = surface.affordable(prices, budget, DRAWN)
            r = np.einsum("kij,ij->k", surface.weights(n, p), surface.folds.mean(axis=0))
            curves.append(pd.DataFrame({**place, "budget": budget, "n": n, "p": p, "pearson": r}))
    drawn = pd.concat(curves, ignore_index=True) if curves else pd.DataFrame(columns=CURVES)
    return pd.DataFrame(best).reindex(columns=BEST), drawn[CURVES]


def _rounded(amount: float) -> float:
    """To two digits."""
    return float(f"{amount:.2g}")
