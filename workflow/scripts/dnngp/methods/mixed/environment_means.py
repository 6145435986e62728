"""Means and deviations of environments: from their records, or from their covariates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnngp.encodings.samples.record_weights import RecordWeights, weighted_mean
from dnngp.methods.mixed.kernel_fit import fit_kernel

#: Fewest environments whose means say something about covariates.
FEWEST = 3


@dataclass(frozen=True)
class EnvironmentScale:
    """Mean and standard deviation of the training records of each environment.

    An environment without any counts as an average one.

    Attributes
    ----------
    means, deviations : (t,) float64
    """

    means: np.ndarray
    deviations: np.ndarray

    @classmethod
    def of(
        cls, y: np.ndarray, environment: np.ndarray, t: int, weight: RecordWeights | None = None
    ) -> EnvironmentScale:
        """Taken from training records y (N,), the number (N,) of the environment of each, of t, and weights.

        Weights count in means alone.
        """
        means, deviations = np.full((2, t), np.nan)
        for number in np.unique(environment):
            here = environment == number
            values, weights = y[here], None if weight is None else weight.values[here]
            means[number] = float(weighted_mean(values, weights))
            deviations[number] = values.std() or 1.0
        unseen = np.isnan(means)
        means[unseen], deviations[unseen] = np.nanmean(means), np.nanmean(deviations)
        return cls(means, deviations)

    def extended(self, t: int) -> tuple[EnvironmentScale, np.ndarray]:
        """With new environments up to ``t``, of average deviation and mean 0; which ones are not new."""
        seen = np.arange(t) < len(self.means)
        means, deviations = np.zeros(t), np.full(t, self.deviations.mean())
        means[seen], deviations[seen] = self.means, self.deviations
        return EnvironmentScale(means, deviations), seen


def means_of_samples(
    sample: np.ndarray, values: np.ndarray, weight: RecordWeights | None
) -> tuple[np.ndarray, RecordWeights | None]:
    """Mean (n,) of the values (N,) of each of n samples, and its weight: precisions add up."""
    if weight is None:
        return np.bincount(sample, values) / np.bincount(sample), None
    totals = np.bincount(sample, weight.values)
    return np.bincount(sample, values * weight.values) / totals, RecordWeights(totals, weight.known)


def similarity(features: np.ndarray) -> np.ndarray:
    """W W'/q (t, t) of environments with q standardised covariates (t, q)."""
    return features @ features.T / max(features.shape[1], 1)


def with_new_means(means: np.ndarray, seen: np.ndarray, features: np.ndarray | None) -> np.ndarray:
    """Means (t,) of environments, those without training records by their covariates.

    They are BLUPs from the other means with the kernel :func:`similarity`, or the mean of the
    others where covariates explain none of their variance or are not known. Covariates that are
    not fewer than the environments explain any means, and the REML of so few cannot tell: then
    a new mean goes half of the way that covariates say, which is not beyond those that were seen.

    Parameters
    ----------
    means
        (t,) of the environments, of those with training records by them.
    seen
        (t,) bool: environments with training records.
    features
        (t, q) standardised covariates; None without any.
    """
    filled, new = np.array(means, float), ~seen
    known = filled[seen]
    filled[new] = known.mean()
    if features is None or len(known) < FEWEST or not new.any():
        return filled
    kernel = similarity(features)
    fit = fit_kernel(kernel[np.ix_(seen, seen)], known)
    if fit.components.absent:
        return filled
    told = fit.predict(kernel[np.ix_(new, seen)])
    if np.sum(np.ptp(features[seen], axis=0) > 0) >= len(known):
        told = (np.clip(told, known.min(), known.max()) + known.mean()) / 2
    filled[new] = told
    return filled
