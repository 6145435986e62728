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

import numpy as np
import pandas as pd

#: Nominal coverage where nobody asks for another.
LEVEL = 0.9


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


def held_out_intervals(predictions: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Intervals of the lines of each fold, from the errors of the other folds.

    No phenotype of a fold has a part in its own intervals, and no method is fitted again.

    Parameters
    ----------
    predictions
        ``fold``, ``observed`` and ``predicted`` of one repeat of one method; a line per fold.
    level
        Nominal coverage.

    Returns
    -------
    DataFrame
        ``lower`` and ``upper``, with the index of ``predictions``.
    """
    errors = (predictions["observed"] - predictions["predicted"]).to_numpy(float)
    folds = predictions["fold"].to_numpy()
    width = np.empty(len(predictions))
    for fold in np.unique(folds):
        width[folds == fold] = half_width(errors[folds != fold], level)
    predicted = predictions["predicted"].to_numpy(float)
    return pd.DataFrame({"lower": predicted - width, "upper": predicted + width}, index=predictions.index)
