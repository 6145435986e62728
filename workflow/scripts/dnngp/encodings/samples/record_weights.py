"""How precisely each record was measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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

    def __len__(self) -> int:
        return len(self.values)

    @property
    def relative(self) -> np.ndarray:
        """(n,) of mean 1, for losses: multiplying all weights changes nothing."""
        return np.asarray(self.values / self.values.mean())

    def take(self, records: np.ndarray) -> RecordWeights:
        """Those of some records, by position."""
        return RecordWeights(self.values[records], self.known)
