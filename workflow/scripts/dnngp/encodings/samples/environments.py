"""The environments of records: their names and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnngp.encodings.samples.covariates import FixedEffects


def record_id(sample: str, environment: str) -> str:
    """Name of a record in the ledger and in inner splits."""
    return f"{sample} in {environment}"


@dataclass(frozen=True)
class Environments:
    """All environments of a dataset.

    Attributes
    ----------
    names
        In their order; records have their numbers in it.
    covariates
        Of each, a row in this order; None without any.
    """

    names: tuple[str, ...]
    covariates: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.names)

    def numbers(self, names: Sequence[str]) -> np.ndarray:
        """Numbers (N,) of environments by name."""
        return pd.Index(self.names).get_indexer(pd.Index(names))

    def features(self, seen: np.ndarray) -> np.ndarray | None:
        """Covariates (t, q) in standard deviations of the environments seen in training, ``seen`` (t,) bool.

        None without any.
        """
        if self.covariates is None:
            return None
        return FixedEffects().fit(self.covariates[seen]).transform(self.covariates)
