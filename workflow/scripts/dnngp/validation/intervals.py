"""Prediction intervals from the errors of lines that were held out (conformal prediction).

The half-width of an interval is the ceil((k + 1) level)-th smallest of k absolute
errors. Where a new line and the k lines are exchangeable, and their predictions
come from one and the same fit, the new phenotype lies inside with at least the
probability ``level`` (Vovk et al. 2005, Algorithmic Learning in a Random World;
Lei et al. 2018, JASA 113:1094). Here the k errors come from the folds of a
cross-validation, each predicted without itself, by models fitted on almost the
same lines; what that costs is measured, not proved (docs/explanation/intervals.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from dnngp.validation.scores import weights_of

#: Rounds in which the variances of errors of unequal records are found.
ROUNDS = 20

#: Nominal coverage where nobody asks for another.
LEVEL = 0.9

COVERAGE = ["trait", "scheme", "model", "level", "n", "coverage", "width", "relative_width"]


def half_width(errors: np.ndarray, level: float = LEVEL) -> float:
    """Half the width of an interval.

    Parameters
    ----------
    errors
        (k,) of lines that were held out, observed minus predicted; NaN is passed over.
    level
        Nominal coverage, in (0, 1).

    Returns
    -------
    float
        Infinite where k errors cannot promise the level: k < level / (1 - level).
    """
    sizes = np.sort(np.abs(errors[~np.isnan(errors)]))
    rank = math.ceil(round((len(sizes) + 1) * level, 9))
    return float(sizes[rank - 1]) if rank <= len(sizes) else math.inf


def record_deviations(errors: np.ndarray, weight: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Standard deviation of the error of a prediction, by the weight of the record it is held against.

    Its square is a + b / weight: the error of the prediction, and that of the record. Both are the likeliest
    of normal errors, none below 0, by iterated least squares of the squared errors.

    Parameters
    ----------
    errors, weight
        (k,) of records that were held out.
    """
    from scipy.optimize import nnls

    known = ~np.isnan(errors)
    squares = errors[known] ** 2
    terms = np.column_stack([np.ones(len(squares)), 1 / weight[known]])
    # In units of their size, so that the two are alike.
    unit = terms.mean(axis=0)
    parts, least = np.array([squares.mean(), 0.0]), 1e-12 * squares.mean()
    for _ in range(ROUNDS if least > 0 else 0):
        variances = np.maximum(terms / unit @ parts, least)
        parts, _ = nnls(terms / unit / variances[:, None], squares / variances)
    if not parts.any():
        return lambda weight: np.ones(len(weight))
    return lambda weight: np.sqrt(parts[0] + parts[1] / weight / unit[1])


def held_out_intervals(predictions: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Intervals of the lines of each fold, from the errors of the other folds.

    The errors of a fold have no part in its own intervals, and no method is
    fitted again. The models behind the errors of the other folds were trained
    on its lines, though: a weak tie, which a cross-validation within the
    training lines would not have, at several times the cost.

    Parameters
    ----------
    predictions
        ``fold``, ``observed`` and ``predicted`` of one repeat of one method, a row per line, and the
        ``weight`` of records that have one: then errors are compared in units of the standard deviation that
        the record's own error gives them.
    level
        Nominal coverage.

    Returns
    -------
    DataFrame
        ``lower`` and ``upper``, with the index of ``predictions``; missing where the errors are too few.
    """
    errors = (predictions["observed"] - predictions["predicted"]).to_numpy(float)
    folds, weight = predictions["fold"].to_numpy(), weights_of(predictions)
    width = np.empty(len(predictions))
    for fold in np.unique(folds):
        here, others = folds == fold, folds != fold
        if weight is None:
            width[here] = half_width(errors[others], level)
        else:
            deviations = record_deviations(errors[others], weight[others])
            sizes = errors[others] / deviations(weight[others])
            width[here] = half_width(sizes, level) * deviations(weight[here])
    width[np.isinf(width)] = np.nan
    predicted = predictions["predicted"].to_numpy(float)
    return pd.DataFrame({"lower": predicted - width, "upper": predicted + width}, index=predictions.index)


def with_intervals(predictions: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """The gathered predictions of a dataset with ``lower`` and ``upper`` behind them.

    Errors are those of the same environment. One that a single fold tests, as a new one, has none: the errors
    of all others stand for it.
    """
    if "predicted_class" in predictions:
        return _beside_classes(predictions, level)
    keys = ["trait", "scheme", "model", "repeat"]
    within = [*keys, *(["environment"] if "environment" in predictions else [])]
    folds = predictions.groupby(within, sort=False, dropna=False)["fold"].transform("nunique")
    found = [
        held_out_intervals(part, level)
        for chosen, by in ((folds > 1, within), (folds == 1, keys))
        for _, part in predictions[chosen].groupby(by, sort=False, dropna=False)
    ]
    bounds = pd.concat(found) if found else pd.DataFrame(columns=["lower", "upper"], dtype=float)
    return _inserted(predictions, bounds.reindex(predictions.index))


def _beside_classes(predictions: pd.DataFrame, level: float) -> pd.DataFrame:
    """As :func:`with_intervals`; those of classes, which have probabilities instead, are missing."""
    classes = predictions["predicted_class"].notna()
    bounds = pd.DataFrame(columns=["lower", "upper"], dtype=float)
    if not classes.all():
        numbers = with_intervals(predictions[~classes].drop(columns="predicted_class"), level)
        bounds = numbers[["lower", "upper"]]
    return _inserted(predictions, bounds.reindex(predictions.index))


def _inserted(predictions: pd.DataFrame, bounds: pd.DataFrame) -> pd.DataFrame:
    """Predictions with their bounds behind them."""
    position = list(predictions.columns).index("predicted") + 1
    before, after = predictions.iloc[:, :position], predictions.iloc[:, position:]
    return pd.concat([before, bounds, after], axis=1)


def coverage(predictions: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """How often the intervals of :func:`with_intervals` cover, and how wide they are.

    Returns
    -------
    DataFrame
        trait, scheme, model, level, n (predictions with an interval), coverage
        (share of them that cover the phenotype), width (mean, in units of the
        trait), relative_width (in standard deviations of the phenotypes).
    """
    rows = []
    for (trait, scheme, model), part in predictions.groupby(["trait", "scheme", "model"], sort=False):
        known = part.dropna(subset=["lower", "upper"])
        inside = known["observed"].between(known["lower"], known["upper"])
        width = (known["upper"] - known["lower"]).mean()
        rows.append(
            {
                "trait": trait,
                "scheme": scheme,
                "model": model,
                "level": level,
                "n": len(known),
                "coverage": inside.mean() if len(known) else np.nan,
                "width": width,
                "relative_width": width / part["observed"].std(),
            }
        )
    return pd.DataFrame(rows, columns=COVERAGE)
