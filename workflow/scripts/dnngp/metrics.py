"""How good predictions of one fold are."""

from __future__ import annotations

import numpy as np

#: Predictions that vary less than this share of the phenotypes have no slope: a method that found a
#: heritability of zero shrinks all but everything away, and the slope would divide by what is left.
LEAST_SPREAD = 1e-3


def fold_scores(observed: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Scores of the test lines of one fold.

    Average them over folds; correlating the pooled predictions of all folds is
    biased, because each fold's training mean moves against its test mean.

    Parameters
    ----------
    observed, predicted
        (m,) phenotypes and predictions in the same order and unit.

    Returns
    -------
    dict
        ``pearson``, ``spearman``; ``rmse``; ``bias``, the mean of predicted -
        observed; ``slope`` of observed on predicted (1: neither inflated nor
        shrunk too far). NaN where undefined: both correlations for fewer than
        two lines or a constant, the slope for predictions that are constant or
        nearly so (:data:`LEAST_SPREAD`).
    """
    observed, predicted = np.asarray(observed, float), np.asarray(predicted, float)
    if observed.shape != predicted.shape or observed.ndim != 1:
        raise ValueError(f"{observed.shape} observations for {predicted.shape} predictions")
    scores = dict.fromkeys(("pearson", "spearman", "rmse", "bias", "slope"), np.nan)
    if not len(observed):
        return scores
    error = predicted - observed
    scores |= {"rmse": float(np.sqrt(np.mean(error**2))), "bias": float(np.mean(error))}
    if not _is_constant(predicted):
        if np.std(predicted) > LEAST_SPREAD * np.std(observed):
            scores["slope"] = _regression(predicted, observed)
        if not _is_constant(observed):
            scores["pearson"] = _correlation(observed, predicted)
            scores["spearman"] = _correlation(_ranks(observed), _ranks(predicted))
    return scores


def _is_constant(values: np.ndarray) -> bool:
    # A constant that went through a sum comes back with rounding errors.
    return bool(np.ptp(values) <= 1e-13 * np.max(np.abs(values)))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    # Normalised one by one: the product of two tiny variances would underflow.
    return float((a / np.linalg.norm(a)) @ (b / np.linalg.norm(b)))


def _regression(x: np.ndarray, y: np.ndarray) -> float:
    """Slope of y on x."""
    centred = x - x.mean()
    return float(centred @ (y - y.mean()) / (centred @ centred))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, ties sharing their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
