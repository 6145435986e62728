"""How good predictions of one fold are."""

from __future__ import annotations

import numpy as np

#: Predictions that vary less than this share of the phenotypes have no slope: a method that found a
#: heritability of zero shrinks all but everything away, and the slope would divide by what is left.
LEAST_SPREAD = 1e-3

#: Scores of how the best lines would be chosen (:func:`selection_scores`).
SELECTION = ("ndcg", "ncg", "coincidence", "response", "mnv")

#: Selected parts of the lines at which gain curves are tabled.
SHARES = (*(percent / 100 for percent in range(1, 10)), *(percent / 100 for percent in range(10, 100, 5)))


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
    if not is_constant(predicted):
        if np.std(predicted) > LEAST_SPREAD * np.std(observed):
            scores["slope"] = _regression(predicted, observed)
        if not is_constant(observed):
            scores["pearson"] = _correlation(observed, predicted)
            scores["spearman"] = _correlation(_ranks(observed), _ranks(predicted))
    return scores


def selection_scores(observed: np.ndarray, predicted: np.ndarray, top: float) -> dict[str, float]:
    """Scores of selecting the lines of one fold that are predicted best; large values are wanted.

    Average them over folds, as those of :func:`fold_scores`.

    Parameters
    ----------
    observed, predicted
        (m,) phenotypes and predictions in the same order.
    top
        Part of the lines that is selected: k = ``top`` x m, rounded, one at least.

    Returns
    -------
    dict
        ``ndcg``
            normalised discounted cumulative gain of the k lines predicted best,
            gains being observed minus the smallest observed value (Blondel et al.
            2015, PLoS ONE 10:e0128570);
        ``ncg``
            mean of :func:`gains` over every k;
        ``coincidence``
            share of the truly best k among the k predicted best;
        ``response``
            relative selection response: how far the mean of the k lines predicted
            best lies above that of all lines, over the same for the truly best k;
        ``mnv``
            mean normalised value, over 1 to k: discounted cumulative gain of
            observed minus their mean, over that of the best order (Ma et al.
            2018, Planta 248:1307).

        NaN for fewer than two lines and where either is constant. Lines with equal
        values share their mean, as if averaged over all orders of them.
    """
    observed, predicted = np.asarray(observed, float), np.asarray(predicted, float)
    if len(observed) < 2 or is_constant(predicted) or is_constant(observed):
        return dict.fromkeys(SELECTION, np.nan)
    k = selected(len(observed), top)
    discounts = 1 / np.log2(np.arange(2, k + 2))
    above, centred = observed - observed.min(), observed - observed.mean()
    curve = gains(observed, predicted)
    best = np.zeros(len(observed))
    best[np.argsort(-observed, kind="stable")[:k]] = 1
    found, ideal = (_in_order(above, by)[:k] @ discounts for by in (predicted, observed))
    values, values_at_best = (
        np.cumsum(_in_order(centred, by)[:k] * discounts) for by in (predicted, observed)
    )
    return {
        "ndcg": float(found / ideal),
        "ncg": float(curve.mean()),
        "coincidence": float(_in_order(_shared(best, observed), predicted)[:k].sum() / k),
        "response": float(curve[k - 1]),
        "mnv": float(np.mean(values / values_at_best)),
    }


def selected(lines: int, share: float) -> int:
    """Number of lines that a share of them is: rounded, one at least and not all."""
    return max(1, min(int(share * lines + 0.5), lines - 1))


def gains(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Normalised cumulative gain (m - 1,) of the k lines predicted best, k from 1 to m - 1.

    Their sum of observed values minus the mean of all, over that of the truly best
    k: the relative selection response at every intensity. 1 is the best order, 0
    what chance gives.
    """
    centred = observed - observed.mean()
    found, best = (np.cumsum(_in_order(centred, by))[:-1] for by in (predicted, observed))
    return found / best


def is_constant(values: np.ndarray) -> bool:
    """Whether values (m,) are one value, which a sum may have given back with rounding errors."""
    return bool(np.ptp(values) <= 1e-13 * np.max(np.abs(values)))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    # Normalised one by one: the product of two tiny variances would underflow.
    return float((a / np.linalg.norm(a)) @ (b / np.linalg.norm(b)))


def _regression(x: np.ndarray, y: np.ndarray) -> float:
    """Slope of y on x."""
    centred = x - x.mean()
    return float(centred @ (y - y.mean()) / (centred @ centred))


def _shared(values: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Values, those of equal ``by`` replaced by their mean."""
    _, inverse, counts = np.unique(by, return_inverse=True, return_counts=True)
    return (np.bincount(inverse, values) / counts)[inverse]


def _in_order(values: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Values in falling order of ``by``, ties sharing their mean."""
    return _shared(values, by)[np.argsort(-by, kind="stable")]


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, ties sharing their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
