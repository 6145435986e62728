"""Learning curves: how accuracy grows with lines or markers, where it ends, and what the next 0.01 costs.

The curve is r(n) = a - b n^-c: accuracy nears the asymptote a along a power of n.
It is fitted by least squares to the means over folds at each size; for a given c
that is a straight line, so c alone is searched for. Standard errors come from
drawing folds anew: the folds of a repeat share their test lines over all sizes,
so that a fold, not a point, is what is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

#: Rates c that are looked at. Below, the curve is a straight line in log(n) and its end is not seen; above,
#: all but the smallest size are at the end already.
SLOWEST, FASTEST = 0.05, 4.0

#: Draws of folds for the standard errors, and the folds they need: of three there are ten different draws.
DRAWS, FEWEST_FOLDS = 200, 10

#: A curve is taken as identified when this share of the draws is.
ENOUGH = 0.8

#: The gain in r that is priced.
GAIN = 0.01

#: Columns of a surface that come from the fits.
_FITS = [
    *("n", "p", "repeat", "fold", "pearson", "cpu_s", "wall_s", "peak_mb", "status", "message", "n_features"),
    "epochs",
]

COLUMNS = [
    *("axis", "other_size", "sizes", "folds", "smallest", "largest", "r_smallest", "r_largest"),
    *(
        "asymptote",
        "asymptote_se",
        "b",
        "c",
        "c_se",
        "extra_needed",
        "extra_needed_low",
        "extra_needed_high",
        "status",
        "reason",
    ),
]


@dataclass(frozen=True)
class Curve:
    """r(n) = asymptote - b n^-c."""

    asymptote: float
    b: float
    c: float

    def at(self, n: np.ndarray | float) -> np.ndarray:
        """Accuracy at sizes n."""
        return self.asymptote - self.b * np.asarray(n, float) ** -self.c

    def more(self, n: float, gain: float = GAIN) -> float:
        """How many more than n buy ``gain``; infinite where the asymptote is nearer than that."""
        left = self.b * n**-self.c - gain
        return float((self.b / left) ** (1 / self.c) - n) if left > 0 else np.inf


def fit_curve(sizes: np.ndarray, accuracy: np.ndarray) -> Curve:
    """The curve of least squares.

    Parameters
    ----------
    sizes, accuracy
        (k,) sizes, positive and different, and the mean accuracy at each; k at least 3.

    Raises
    ------
    ValueError
        With the reason in words, when the sizes do not tell where the curve ends.
    """
    sizes, accuracy = np.asarray(sizes, float), np.asarray(accuracy, float)
    scale = sizes.max()

    def line(c: float) -> tuple[float, float, float]:
        """Sum of squares, asymptote and b, of n in units of the largest size."""
        x = (sizes / scale) ** -c
        centred = x - x.mean()
        slope = float(centred @ accuracy / (centred @ centred))
        asymptote = float(accuracy.mean() - slope * x.mean())
        return float(np.sum((accuracy - asymptote - slope * x) ** 2)), asymptote, -slope

    rates = np.geomspace(SLOWEST, FASTEST, 45)
    best = int(np.argmin([line(c)[0] for c in rates]))
    low, high = rates[max(best - 1, 0)], rates[min(best + 1, len(rates) - 1)]
    c = float(minimize_scalar(lambda c: line(c)[0], bounds=(low, high), method="bounded").x)
    _, asymptote, b = line(c)
    if b <= 0:
        raise ValueError("accuracy does not rise with size")
    if c < SLOWEST * 1.05 or asymptote > 1:
        raise ValueError("accuracy still rises about as the logarithm of size: its end is not in sight")
    if c > FASTEST / 1.05:
        raise ValueError("accuracy is level after the smallest size")
    return Curve(asymptote, b * scale**c, c)


def learning_curve(table: pd.DataFrame, seed: int) -> dict[str, object]:
    """One learning curve with its uncertainty.

    Parameters
    ----------
    table
        ``size``, ``repeat``, ``fold`` and ``pearson``, a row for every fold at every size.
    seed
        Of the draws of folds.

    Returns
    -------
    dict
        Of :data:`COLUMNS` all but ``axis`` and ``other_size``. ``extra_needed`` is the number of further
        samples or markers that would raise r by :data:`GAIN` above the largest size, ``extra_needed_low`` and
        ``extra_needed_high`` its 5th and 95th percentile over draws, spread as the standard errors are by
        the factor for few folds. A curve that cannot be told from its
        sizes has the status
        ``not identified`` and a reason, and no parameters.
    """
    wide = table.pivot_table(index=["repeat", "fold"], columns="size", values="pearson", dropna=False)
    sizes, folds = wide.columns.to_numpy(float), wide.to_numpy(float)
    means = folds.mean(axis=0)
    found: dict[str, object] = dict.fromkeys(COLUMNS[2:], np.nan) | {
        "sizes": len(sizes),
        "folds": len(folds),
        "smallest": int(sizes.min()),
        "largest": int(sizes.max()),
        "r_smallest": means[0],
        "r_largest": means[-1],
        "status": "not identified",
        "reason": "",
    }
    if len(sizes) < 4:
        return found | {"reason": f"{len(sizes)} sizes; a curve of three parameters needs four"}
    if not np.isfinite(folds).all():
        return found | {"reason": "some folds have no accuracy"}
    try:
        curve = fit_curve(sizes, means)
    except ValueError as problem:
        return found | {"reason": str(problem)}
    if len(folds) < FEWEST_FOLDS:
        return found | {"reason": f"{len(folds)} folds; standard errors need ten (folds, repeats)"}
    draw = np.random.default_rng(seed)
    curves = []
    for _ in range(DRAWS):
        try:
            curves.append(fit_curve(sizes, folds[draw.integers(len(folds), size=len(folds))].mean(axis=0)))
        except ValueError:
            continue
    if len(curves) < ENOUGH * DRAWS:
        share = f"identified in {len(curves)} of {DRAWS} draws of folds"
        return found | {"reason": f"{share}; more sizes, folds or repeats help"}
    # Draws vary as their folds do about their own mean, and so too little.
    factor = (len(folds) / (len(folds) - 1)) ** 0.5
    more = curve.more(sizes.max())
    others = np.array([one.more(sizes.max()) for one in curves])
    found |= {
        "asymptote": curve.asymptote,
        "asymptote_se": factor * np.std([one.asymptote for one in curves], ddof=1),
        "b": curve.b,
        "c": curve.c,
        "c_se": factor * np.std([one.c for one in curves], ddof=1),
        "status": "ok",
    }
    if not np.isfinite(more):
        return found | {"reason": f"no number buys {GAIN:g}: the asymptote is nearer than that"}
    low, high = more * (np.quantile(others, [0.05, 0.95], method="closest_observation") / more) ** factor
    return found | {
        "extra_needed": round(more),
        "extra_needed_low": low,
        "extra_needed_high": high if np.isfinite(high) else np.nan,
    }


def surface(fits: pd.DataFrame, marker_order: str) -> pd.DataFrame:
    """All sizes of all datasets, traits and models, a row per fold.

    Sizes that came out equal, as a number beside ``all`` may, are told once.

    Parameters
    ----------
    fits
        Tables of :func:`dnngp.evaluation.size_experiment.evaluate_size` with dataset, trait and model.
    marker_order
        How the markers were chosen.
    """
    keys = ["dataset", "trait", "model"]
    whole = fits.reindex(columns=[*keys, *_FITS]).assign(marker_order=marker_order)
    whole = whole[[*keys, "n", "p", "marker_order", *_FITS[2:]]]
    whole = whole.drop_duplicates([*keys, "n", "p", "repeat", "fold"])
    order = {key: pd.Categorical(whole[key], whole[key].unique()) for key in keys}
    whole = whole.assign(**order).sort_values([*keys, "n", "p", "repeat", "fold"], ignore_index=True)
    return whole.astype(dict.fromkeys(keys, str))


def curves_of(surface: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Every learning curve of a surface: along lines at each number of markers, and the other way round.

    Parameters
    ----------
    surface
        A row per fold: dataset, trait, model, marker_order, n, p, repeat, fold, pearson, status.
    seed
        Of the draws of folds.

    Returns
    -------
    DataFrame
        dataset, trait, model, marker_order and :data:`COLUMNS`. ``axis`` is ``lines`` or ``markers``,
        ``other_size`` the
        number of the other. Sizes without a fit are left out; a size with a failed fold has no accuracy.
    """
    keys = ["dataset", "trait", "model", "marker_order"]
    usable = surface[surface["status"] != "unavailable"]
    rows = []
    for along, size, other in (("lines", "n", "p"), ("markers", "p", "n")):
        for cell, part in usable.groupby([*keys, other], sort=False):
            if part[size].nunique() > 1:
                table = part.rename(columns={size: "size"})
                row = dict(zip(keys, cell, strict=False)) | {"axis": along, "other_size": cell[-1]}
                rows.append(row | learning_curve(table, seed))
    return pd.DataFrame(rows, columns=[*keys, *COLUMNS])
