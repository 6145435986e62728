"""How precisely each record was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class RecordWeights:
    """Weights of n records.

    Attributes
    ----------
    values
        (n,) float64 above 0. The residual variance of a record is s2 / value, s2 to be estimated, as of means
        of so many replicates; where it is ``known``, it is 1 / value, in squared units of the trait.
    known
        Whether the error variance of each record is known.
    """

    values: np.ndarray
    known: bool = False

    @classmethod
    def given(cls, weights: RecordWeights | Sequence[float] | np.ndarray | None) -> RecordWeights | None:
        """Weights as a method is given them; plain numbers, as in scikit-learn's manner, are replicates.

        Raises
        ------
        ValueError
            Weights that are no numbers above 0.
        """
        if weights is None:
            return None
        if not isinstance(weights, RecordWeights):
            weights = cls(np.asarray(weights, np.float64))
        if not (np.isfinite(weights.values) & (weights.values > 0)).all():
            raise ValueError("weights must be numbers above 0.")
        return weights

    def __len__(self) -> int:
        return len(self.values)

    @property
    def alike(self) -> bool:
        """Whether they say nothing: no errors are known, and all records count the same."""
        return not self.known and bool((self.values == self.values[0]).all())

    @property
    def relative(self) -> np.ndarray:
        """(n,) of mean 1, for losses: multiplying all weights changes nothing."""
        return np.asarray(self.values / self.values.mean())

    def in_units(self, deviation: float | np.ndarray) -> RecordWeights:
        """Those of values that are divided by a number, or by one each (n,)."""
        return RecordWeights(self.values * deviation**2, True) if self.known else self

    def take(self, records: np.ndarray) -> RecordWeights:
        """Those of some records, by position."""
        return RecordWeights(self.values[records], self.known)


def weighted_mean(values: np.ndarray, weight: np.ndarray | None) -> float:
    """Mean of values (n,), each counting as its weight (n,) where there are weights."""
    return float(values.mean() if weight is None else np.average(values, weights=weight))


@dataclass(frozen=True, eq=False)
class WeightsByRecord:
    """Weights of all records of a dataset.

    Attributes
    ----------
    values
        Weight by what the phenotypes are indexed by: sample id, or sample id and environment.
    known
        As of :class:`RecordWeights`.
    """

    values: pd.Series
    known: bool = False

    def of(self, records: list[str] | pd.MultiIndex) -> RecordWeights:
        """Those of some records."""
        return RecordWeights(self.values.loc[records].to_numpy(float), self.known)
