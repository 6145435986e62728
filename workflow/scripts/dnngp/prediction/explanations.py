"""Why this candidate: what windows of the chromosomes add to one prediction.

What each marker adds comes from :func:`dnngp.prediction.importance.contributions`, one measure for all
methods. Of a window its markers are summed, and the mean over the training samples is taken away, so that
all windows sum to the prediction minus the mean prediction of the training samples:

- up to rounding where predictions are sums over markers (linear models, linear kernels), and of trees
  (TreeSHAP values of LightGBM and XGBoost, of which XGBoost's have single precision);
- up to a remainder of the quadrature for other kernels and networks, by integrated gradients from the mean
  genotype of the training samples (Sundararajan et al. 2017, ICML 70:3319), which are Aumann and Shapley's
  shares: each marker has its part of every interaction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError, nearest
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet, new_records
from dnngp.genotypes.harmonise import Match, at_markers, match_markers
from dnngp.genotypes.store import Genotypes
from dnngp.methods.registry import METHODS
from dnngp.prediction.bundle import Bundle, BundleFit
from dnngp.prediction.candidates import headline
from dnngp.prediction.importance import contributions, equal_parts


def explained(
    bundle: Bundle,
    training: Genotypes,
    candidates: Genotypes,
    match: Match,
    predicted: pd.Series,
    windows: int,
) -> pd.DataFrame:
    """Contributions of windows to the predictions of some candidates.

    Parameters
    ----------
    bundle
        The fitted method.
    training
        Its training samples at its markers (:meth:`Bundle.training_among`).
    candidates, match
        As of :meth:`Bundle.predict`.
    predicted
        Predictions by sample, of those to explain; of several environments the mean over them.
    windows
        Windows of a chromosome.

    Returns
    -------
    DataFrame
        The table ``explanations`` of the catalogue, without the trait. Windows without markers are left out.
    """
    chosen = candidates.select(candidates.positions(predicted.index.tolist()))
    samples = at_markers(chosen, bundle.markers, match, bundle.ploidy)
    window, places = _windows(bundle.markers, windows)
    present = np.zeros(len(bundle.markers), bool)
    parts = [
        [_by_window(bundle, fit, training, of, absent, window) for fit in bundle.fits]
        for of, absent in ((training, present), (samples, match.row < 0))
    ]
    # Of fits within environments the mean, as of their predictions.
    of_training, of_samples = (np.mean(of_fits, axis=0) for of_fits in parts)
    shares = of_samples - of_training.mean(axis=0)
    mean = _mean_prediction(bundle, training)
    tables = [
        places.assign(
            sample=str(sample),
            predicted=value,
            mean=mean,
            remainder=value - mean - share.sum(),
            contribution=share,
            spread=of_training.std(axis=0),
        )
        for (sample, value), share in zip(predicted.items(), shares, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def chosen_candidates(
    predictions: pd.DataFrame, wanted: int | Sequence[str], lower_is_better: bool
) -> pd.Series:
    """Predictions of the candidates to explain, by sample.

    Parameters
    ----------
    predictions
        Of one trait, as of :meth:`Bundle.predict`.
    wanted
        How many of the best, or their ids.
    lower_is_better
        Whether the best are the lowest.

    Raises
    ------
    UserError
        An id that is not among them.
    """
    every = headline(predictions).set_index("sample")["predicted"]
    if isinstance(wanted, int):
        return every.sort_values(ascending=lower_is_better, kind="stable").head(wanted)
    absent = [name for name in wanted if name not in every.index]
    if absent:
        raise UserError(
            f"explain.candidates: {absent[0]!r} is not among the samples predicted.",
            remedy=nearest(absent[0], every.index),
        )
    return every.loc[list(wanted)]


def _by_window(
    bundle: Bundle,
    fit: BundleFit,
    training: Genotypes,
    samples: Genotypes,
    absent: np.ndarray,
    window: np.ndarray,
) -> np.ndarray:
    """Sums (m, w) of what the markers of each window add to predictions by one fit."""
    markers = np.flatnonzero(fit.markers)
    own = training.select(fit.samples, markers)
    seen = TrainingSet(Population(own), np.arange(own.n_samples))

    records = new_records(samples.select(None, markers), absent[fit.markers], lambda key: seen.encoded(*key))
    found = contributions(METHODS[bundle.method], fit.model, bundle.encoding, seen, records)
    sums = np.zeros((len(found), int(window.max()) + 1))
    np.add.at(sums.T, window[fit.markers], found.T)
    return sums


def _mean_prediction(bundle: Bundle, training: Genotypes) -> float:
    """Mean of the predictions of the training samples by their genotypes, covariates at their mean."""
    match = match_markers(bundle.markers, training.variants, features=bundle.ploidy is None)
    return float(headline(bundle.predict(training, match, 0.9))["predicted"].mean())


def _windows(variants: pd.DataFrame, number: int) -> tuple[np.ndarray, pd.DataFrame]:
    """Window (p,) of each marker, from 0 along the genome, and a row for each window.

    Columns are ``window`` (from 1), ``chrom``, ``start``, ``end`` and ``markers``.
    """
    chromosome, positions = pd.factorize(variants["chrom"])[0], variants["pos"].to_numpy()
    part = np.empty(len(variants), np.int64)
    for one in range(chromosome.max() + 1):
        part[chromosome == one] = equal_parts(positions[chromosome == one], number)
    window = np.unique(chromosome * number + part, return_inverse=True)[1]
    places = variants.assign(window=window + 1).groupby("window")
    of_windows = {"chrom": ("chrom", "first"), "start": ("pos", "min"), "end": ("pos", "max")}
    return window, places.agg(**of_windows, markers=("pos", "size")).reset_index()
