"""The environments of records: their names and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from dnngp.encodings.samples.covariates import FixedEffects, read_covariates
from dnngp.genotypes.records import environments_of


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

    def joined(self, others: Environments) -> Environments:
        """These, then others; what is not known of those counts as the mean of the ones seen in training."""
        covariates = self.covariates
        if covariates is not None:
            of_others = others.covariates
            if of_others is None:
                of_others = pd.DataFrame(index=range(len(others)), columns=covariates.columns)
            covariates = pd.DataFrame({name: [*covariates[name], *of_others[name]] for name in covariates})
        return Environments((*self.names, *others.names), covariates)

    def chosen(self, numbers: Sequence[int]) -> Environments:
        """Some of them."""
        about = None if self.covariates is None else self.covariates.iloc[list(numbers)]
        return Environments(tuple(self.names[number] for number in numbers), about)

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


def read_environments(
    phenotype: pd.DataFrame, path: str | Path, kinds: Mapping[str, str]
) -> Environments | None:
    """Environments of a phenotype table of records; None where samples have one record each.

    Parameters
    ----------
    phenotype
        As of :func:`dnngp.genotypes.records.environments_of`.
    path, kinds
        Table of their covariates, and ``number`` or ``factor`` of each; without any the table is not read.
    """
    names = environments_of(phenotype)
    if not names:
        return None
    return Environments(tuple(names), read_covariates(path, kinds, "environment", prefix=""))
