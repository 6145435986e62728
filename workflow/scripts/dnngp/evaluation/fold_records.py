"""The training or the test records of one fold, and the ledger that tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import pandas as pd

from dnngp.base.ledger import STAGE_ONE, Ledger
from dnngp.base.tables import read_table
from dnngp.encodings.samples.environment_covariates import Environments, record_id
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.genotypes.phenotypes import WEIGHT
from dnngp.genotypes.records import values_by_key
from dnngp.validation.splits import groups_of


def groups_in(fold: pd.DataFrame, records: FoldRecords) -> list[object] | None:
    """Group of each of some records of a fold; None where it has no groups."""
    groups = groups_of(fold)
    return None if groups is None else groups.loc[records.sample_ids].tolist()


@dataclass(frozen=True)
class FoldRecords:
    """Records in an order of their own, so that the order of a file reaches no method.

    Attributes
    ----------
    ids
        Name of each of the N records: of its sample and, where there are several, its environment.
    samples
        Samples (n), sorted, none twice.
    sample : (N,) int
        Number of each record's sample among them.
    environment : (N,) int or None
        Number of each record's environment; None where samples have one record each.
    environments
        Name of each record's environment; missing where samples have one record each.
    """

    ids: list[str]
    samples: list[str]
    sample: np.ndarray
    environment: np.ndarray | None
    environments: list[str] | None

    @classmethod
    def of(cls, splits: pd.DataFrame, environments: Environments | None) -> FoldRecords:
        """Those of some rows of a table of folds, by environment, then by sample."""
        if environments is None:
            ids = sorted(splits["sample"])
            return cls(ids, ids, np.arange(len(ids)), None, None)
        numbers = environments.numbers(splits["environment"].tolist())
        records = splits.assign(number=numbers).sort_values(["number", "sample"], ignore_index=True)
        samples, sample = np.unique(records["sample"].to_numpy(object), return_inverse=True)
        ids = [record_id(*key) for key in zip(records["sample"], records["environment"], strict=True)]
        return cls(
            ids, samples.tolist(), sample, records["number"].to_numpy(), records["environment"].tolist()
        )

    @property
    def sample_ids(self) -> list[str]:
        """Sample of each record."""
        return [self.samples[number] for number in self.sample]

    @property
    def keys(self) -> list[str] | pd.MultiIndex:
        """What the phenotypes are indexed by."""
        if self.environments is None:
            return self.ids
        return pd.MultiIndex.from_arrays([self.sample_ids, self.environments])


class ValuesOfFolds(Protocol):
    """Phenotypes of training records that are made anew in each fold, by a ``step`` that the ledger names."""

    step: ClassVar[str]

    def of(self, repeat: object, fold: object) -> tuple[pd.Series, WeightsByRecord | None]:
        """Values and weights of the training records of a fold, indexed as phenotypes are."""


@dataclass(frozen=True)
class FoldValues:
    """Phenotypes of training records that were made in each fold, from plots of its training entries alone.

    Attributes
    ----------
    table
        ``repeat``, ``fold``, ``sample``, ``environment``, ``value`` and ``error_variance``.
    weighted
        Whether records count by their errors.
    """

    table: pd.DataFrame
    weighted: bool

    step: ClassVar[str] = STAGE_ONE

    @classmethod
    def read(cls, path: str | None, weighted: bool) -> FoldValues | None:
        """From the table of means within folds; None without one."""
        return None if path is None else cls(read_table(path, text=("sample", "environment")), weighted)

    def of(self, repeat: object, fold: object) -> tuple[pd.Series, WeightsByRecord | None]:
        """Values and weights of the training records of a fold, indexed as phenotypes are."""
        table = self.table[(self.table["repeat"] == repeat) & (self.table["fold"] == fold)]
        table = table.assign(**{WEIGHT: 1 / table["error_variance"]})
        return values_by_key(table), WeightsByRecord.read(table, True) if self.weighted else None


class RecordLedger:
    """The ledger of a fold of records: steps report samples (genotypes) or records (values).

    A sample that is trained on in one environment and tested in another is no test sample to a step that
    reads genotypes.
    """

    def __init__(self, train: FoldRecords, test: FoldRecords, values: Mapping[str, float]) -> None:
        self._records = Ledger(train.ids, test.ids, values)
        new = sorted(set(test.samples) - set(train.samples))
        self._samples = self._records if train.environment is None else Ledger(train.samples, new, {})
        self._names = {*train.ids, *test.ids}

    def add(self, step: str, lines: Sequence[str], phenotypes: np.ndarray | None) -> None:
        """As of :class:`dnngp.base.ledger.Ledger`; ``lines`` are samples or records."""
        book = self._records if self._names.issuperset(lines) else self._samples
        book.add(step, lines, phenotypes)

    def table(self) -> pd.DataFrame:
        """Steps on samples, then those on records."""
        if self._samples is self._records:
            return self._records.table()
        return pd.concat([self._samples.table(), self._records.table()], ignore_index=True)
