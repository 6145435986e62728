"""How good the predictions of one fold are: every metric, and what several of them need.

Average scores over folds; correlating the pooled predictions of all folds is
biased, because each fold's training mean moves against its test mean. Samples
with equal values share their mean, as if averaged over all orders of them.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from dnngp.validation.metric import PROBABILITY, Metric
from dnngp.validation.metrics import METRICS, OF_ALL, OF_SELECTION, OF_WEIGHTS

#: Selected parts of the samples at which gain curves are tabled.
SHARES = (*(percent / 100 for percent in range(1, 10)), *(percent / 100 for percent in range(10, 100, 5)))


def fold_scores(
    observed: np.ndarray,
    predicted: np.ndarray,
    trait: str = "continuous",
    weight: np.ndarray | None = None,
    probability: np.ndarray | None = None,
) -> dict[str, float]:
    """Scores of the test samples of one fold by all metrics but those of selection.

    Parameters
    ----------
    observed, predicted
        (m,) phenotypes and predictions in the same order and unit.
    trait
        Kind of trait.
    weight
        (m,) precisions of the phenotypes; None where they are not known, which leaves out the metrics that
        take them.
    probability
        (m, k) of its classes.

    Returns
    -------
    dict
        By name of metric for such traits; NaN where undefined, as by no samples.
    """
    observed, predicted = np.asarray(observed, float), np.asarray(predicted, float)
    if observed.shape != predicted.shape or observed.ndim != 1:
        raise ValueError(f"{observed.shape} observations for {predicted.shape} predictions")
    asked: dict[str, tuple[np.ndarray | None, ...]] = {
        name: (observed, probability if METRICS[name].of_probability else predicted) for name in OF_ALL
    }
    if weight is not None:
        asked |= dict.fromkeys(OF_WEIGHTS, (observed, predicted, weight))
    varied = len(observed) > 0 and not is_constant(observed)

    def score(metric: Metric, values: tuple[np.ndarray | None, ...]) -> float:
        defined = len(observed) > 0 and values[1] is not None and (varied or not metric.several_classes)
        return float(metric.function(*values)) if defined else np.nan

    return {
        name: score(METRICS[name], values) for name, values in asked.items() if trait in METRICS[name].traits
    }


def scores_of(tested: pd.DataFrame, trait: str = "continuous") -> dict[str, float]:
    """Scores of a table of ``observed`` and ``predicted``, and of the ``weight`` of records that have one.

    Probabilities of the classes of a ``trait`` are in the columns whose names begin with :data:`PROBABILITY`.
    """
    pair = (tested["observed"].to_numpy(), tested["predicted"].to_numpy())
    chances = tested.filter(regex=f"^{PROBABILITY}").to_numpy(float)
    return fold_scores(*pair, trait, weights_of(tested), chances if chances.shape[1] else None)


def weights_of(tested: pd.DataFrame) -> np.ndarray | None:
    """Weights (m,) of the records of a table; None where some have none."""
    known = "weight" in tested and len(tested) > 0 and bool(tested["weight"].notna().all())
    return tested["weight"].to_numpy(float) if known else None


def selection_scores(
    observed: np.ndarray, predicted: np.ndarray, fraction: float, trait: str = "continuous"
) -> dict[str, float]:
    """Scores of selecting the samples of one fold that are predicted best; larger is better (:func:`turned`).

    Parameters
    ----------
    observed, predicted, trait
        As of :func:`fold_scores`.
    fraction
        Part of the samples that is selected: k = ``fraction`` x m, rounded, one at least.

    Returns
    -------
    dict
        By name of metric; NaN for fewer than two samples and where either is constant.
    """
    observed, predicted = np.asarray(observed, float), np.asarray(predicted, float)
    if len(observed) < 2 or is_constant(predicted) or is_constant(observed):
        return dict.fromkeys(OF_SELECTION, np.nan)
    k = selected(len(observed), fraction)
    return {
        name: METRICS[name].function(observed, predicted, k) if trait in METRICS[name].traits else np.nan
        for name in OF_SELECTION
    }


def turned(predictions: pd.DataFrame, lower: Collection[str]) -> pd.DataFrame:
    """Predictions with which larger is better of every trait: those in ``lower`` have the other sign.

    Parameters
    ----------
    predictions
        ``trait``, ``environment`` (optional), ``observed`` and ``predicted``.
    lower
        Traits, or environments that are traits, whose lower values are wanted.
    """
    if not lower:
        return predictions
    places = [name for name in ("trait", "environment") if name in predictions]
    wanted = np.where(predictions[places].isin(list(lower)).any(axis=1), -1.0, 1.0)
    values = {name: predictions[name] * wanted for name in ("observed", "predicted")}
    return predictions.assign(**values)


def selected(samples: int, fraction: float) -> int:
    """Number of samples that a fraction of them is: rounded, one at least and not all."""
    return max(1, min(int(fraction * samples + 0.5), samples - 1))


def gains(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Normalised cumulative gain (m - 1,) of the k samples predicted best, k from 1 to m - 1.

    Their sum of observed values minus the mean of all, over that of the truly best
    k: the relative selection response at every intensity. 1 is the best order, 0
    what chance gives.
    """
    centred = observed - observed.mean()
    reached, best = (np.cumsum(in_order(centred, by))[:-1] for by in (predicted, observed))
    return reached / best


def is_constant(values: np.ndarray) -> bool:
    """Whether values (m,) are one value, which a sum may have given back with rounding errors."""
    return bool(np.ptp(values) <= 1e-13 * np.max(np.abs(values)))


def shared(values: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Values (m,), those of equal ``by`` replaced by their mean."""
    _, inverse, counts = np.unique(by, return_inverse=True, return_counts=True)
    return (np.bincount(inverse, values) / counts)[inverse]


def in_order(values: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Values (m,) in falling order of ``by``, ties sharing their mean."""
    return shared(values, by)[np.argsort(-by, kind="stable")]
