"""How precisely each record was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnngp.genotypes.phenotypes import WEIGHT
from dnngp.genotypes.records import values_by_key


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


def informative(weight: RecordWeights | None) -> RecordWeights | None:
    """Weights that say something; None where all records count the same."""
    return None if weight is None or weight.alike else weight


def relative_of(weight: RecordWeights | None) -> np.ndarray | None:
    """:attr:`RecordWeights.relative`, where there are weights."""
    return None if weight is None else weight.relative


def part_of(weights: np.ndarray | None, records: np.ndarray) -> np.ndarray | None:
    """Weights of some records, by position, where there are weights."""
    return None if weights is None else weights[records]


def weighted_mean(values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Mean of values (n,), or of the columns of (n, p), each row counting as its weight (n,) if there are."""
    found = values.mean(axis=0) if weight is None else np.average(values, axis=0, weights=weight)
    return np.asarray(found)


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

    @classmethod
    def read(cls, phenotype: pd.DataFrame, known: bool) -> WeightsByRecord | None:
        """Those of a phenotype table; None where it has none."""
        return cls(values_by_key(phenotype, WEIGHT), known) if WEIGHT in phenotype else None

    def of(self, records: list[str] | pd.MultiIndex) -> RecordWeights:
        """Those of some records."""
        return RecordWeights(self.values.loc[records].to_numpy(float), self.known)
