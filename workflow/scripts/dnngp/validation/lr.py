"""Statistics of the method LR: predictions without a sample's records against those with all records.

Legarra & Reverter 2018, Genet Sel Evol 50:53. If the model is right, the covariance of the predictions of
partial and of whole data is the variance of the former, so that truth need not be known: with u_p and u_w of
the focal samples, those that were held out,

bias        mean of u_p - u_w; expected 0
dispersion  cov(u_w, u_p) / var(u_p); expected 1, below it predictions are inflated
ratio       cor(u_p, u_w): accuracy of partial over that of whole data
accuracy    root of cov(u_w, u_p) over the genetic variance among the focal samples
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

#: Draws of the bootstrap over focal samples.
DRAWS = 1000

NAMES = ("bias", "dispersion", "ratio", "accuracy")


def lr_statistics(
    partial: pd.DataFrame, whole: pd.DataFrame, variance: float, level: float, seed: int
) -> dict[str, float]:
    """Bias, dispersion, ratio of accuracies and accuracy, with intervals.

    Moments are those within folds (and environments): the means of folds move against each other.

    Parameters
    ----------
    partial
        ``repeat``, ``fold``, ``sample``, ``predicted`` of samples while they were held out, and
        ``environment`` where there are several.
    whole
        ``sample``, ``predicted`` (and ``environment``) of the same model fitted on all records.
    variance
        Genetic variance among the samples of a fold; NaN leaves ``accuracy`` NaN.
    level
        Nominal coverage of the intervals: quantiles over samples drawn with replacement, of which each goes
        with all its predictions.
    seed
        Of the draws.

    Returns
    -------
    dict
        By :data:`NAMES`, each with ``_lower`` and ``_upper``, and ``samples``.
    """
    places = [name for name in ("environment",) if name in partial]
    both = partial.merge(whole, on=["sample", *places], suffixes=("", "_whole"))
    samples, number = np.unique(both["sample"].to_numpy(str), return_inverse=True)
    drawn = np.random.default_rng(seed).multinomial(
        len(samples), np.full(len(samples), 1 / len(samples)), DRAWS
    )
    counts = np.vstack([np.ones(len(samples)), drawn])
    groups = both.groupby(["repeat", "fold", *places]).indices.values()
    pair = both[["predicted", "predicted_whole"]].to_numpy(float)
    moments = sum(_moments(counts[:, number[rows]], *pair[rows].T) for rows in groups)
    found = _statistics(np.asarray(moments), variance)
    tail = (1 - level) / 2
    result: dict[str, float] = {"samples": len(samples)}
    for name, values in zip(NAMES, found, strict=True):
        known = values[1:][np.isfinite(values[1:])]
        bounds = np.quantile(known, [tail, 1 - tail]) if len(known) else (np.nan, np.nan)
        result |= {name: float(values[0])}
        result |= {f"{name}_lower": float(bounds[0]), f"{name}_upper": float(bounds[1])}
    return result


def _moments(weight: np.ndarray, partial: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """(6, B) of one fold under weights (B, m): size, degrees of freedom, differences, sums of products."""
    size = weight.sum(axis=1)
    least = np.maximum(size, 1)
    of_partial, of_whole = weight @ partial, weight @ whole
    products = [
        weight @ (partial * whole) - of_partial * of_whole / least,
        weight @ partial**2 - of_partial**2 / least,
        weight @ whole**2 - of_whole**2 / least,
    ]
    return np.stack([size, np.maximum(size - 1, 0), of_partial - of_whole, *products])


def _statistics(moments: np.ndarray, variance: float) -> Sequence[np.ndarray]:
    """:data:`NAMES` (B,) each; NaN where predictions do not vary."""
    size, freedom, difference, both, partial, whole = moments
    with np.errstate(divide="ignore", invalid="ignore"):
        accuracy = np.sqrt(both / freedom / variance)
        return difference / size, both / partial, both / np.sqrt(partial * whole), accuracy
