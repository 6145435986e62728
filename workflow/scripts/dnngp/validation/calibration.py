"""Calibration of probabilities: how often what they tell of comes true."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dnngp.base.lazy import stats

#: Bins between probabilities of 0 and 1, equally wide.
BINS = 10


def calibration_bins(observed: np.ndarray, probability: np.ndarray, level: float = 0.95) -> pd.DataFrame:
    """Share of samples of the second class, by the probability that they were given of it.

    Parameters
    ----------
    observed
        (m,) classes, 0 or 1.
    probability
        (m,) of class 1.
    level
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        A row per bin that is not empty: ``probability``, the mean of its samples; ``share`` of class 1 among
        them, with ``lower`` and ``upper``, Wilson's interval; ``samples``.

    References
    ----------
    Wilson 1927, J Am Stat Assoc 22:209.
    """
    place = np.minimum((np.asarray(probability) * BINS).astype(int), BINS - 1)
    table = pd.DataFrame({"probability": probability, "share": observed, "samples": 1.0}).groupby(place).sum()
    table[["probability", "share"]] /= table[["samples"]].to_numpy()
    n, share, z = table["samples"], table["share"], float(stats.norm.isf((1 - level) / 2))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    width = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    table = table.assign(lower=(middle - width).clip(lower=0), upper=(middle + width).clip(upper=1))
    return table.astype({"samples": int}).reset_index(drop=True)
