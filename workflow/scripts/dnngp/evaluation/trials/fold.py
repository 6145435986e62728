"""One fold as a method for records may see it: lines, conditions, records without the values to predict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dnngp.base import ledger
from dnngp.base.ledger import Ledger
from dnngp.encodings.samples.covariates import FixedEffects
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import Records, TrainingSet
from dnngp.methods.mixed.environment_means import EnvironmentScale, similarity, with_new_means


def record_id(sample: str, condition: str) -> str:
    """Name of a record in the ledger and in inner splits."""
    return f"{sample} in {condition}"


@dataclass
class TrialFold:
    """Training and test records of one fold.

    Attributes
    ----------
    lines, others
        The lines with a training record, and those with test records alone.
    conditions
        All conditions of the trial, in order.
    line, condition : (N,) int
        Of each training record: number among the training lines, number among the conditions.
    test_line, test_condition : (M,) int
        Of each test record; lines with test records alone are numbered behind the training lines.
    ids, groups : list of str
        Name and line of each training record.
    covariates
        Of all conditions, a row each; None without any.
    """

    lines: TrainingSet
    others: Records
    conditions: list[str]
    line: np.ndarray
    condition: np.ndarray
    test_line: np.ndarray
    test_condition: np.ndarray
    ids: list[str]
    groups: list[str]
    covariates: pd.DataFrame | None

    @classmethod
    def of(
        cls,
        population: Population,
        conditions: Sequence[str],
        train: pd.DataFrame,
        test: pd.DataFrame,
        covariates: pd.DataFrame | None = None,
    ) -> TrialFold:
        """The fold of records ``train`` and ``test`` (``sample``, ``condition``), in their order."""
        known = sorted(set(train["sample"]))
        new = sorted(set(test["sample"]) - set(known))
        number = {sample: place for place, sample in enumerate([*known, *new])}
        place = {name: position for position, name in enumerate(conditions)}
        old_rows, new_rows = (population.genotypes.positions(part) for part in (known, new))
        lines = TrainingSet(population, old_rows)
        return cls(
            lines=lines,
            others=lines.records(new_rows),
            conditions=list(conditions),
            line=train["sample"].map(number).to_numpy(int),
            condition=train["condition"].map(place).to_numpy(int),
            test_line=test["sample"].map(number).to_numpy(int),
            test_condition=test["condition"].map(place).to_numpy(int),
            ids=[record_id(*pair) for pair in zip(train["sample"], train["condition"], strict=True)],
            groups=train["sample"].tolist(),
            covariates=covariates,
        )

    @property
    def known(self) -> np.ndarray:
        """(t,) bool: conditions with training records."""
        return np.bincount(self.condition, minlength=len(self.conditions)) > 0

    def environment_features(self) -> np.ndarray | None:
        """Covariates (t, q) in standard deviations of the environments seen in training; None without any."""
        if self.covariates is None:
            return None
        known = self.covariates[self.known]
        return FixedEffects().fit(known).transform(self.covariates)

    def similarity(self) -> np.ndarray | None:
        """W W'/q (t, t) of the conditions' covariates; None without any."""
        features = self.environment_features()
        return None if features is None else similarity(features)


def with_new_levels(levels: np.ndarray, fold: TrialFold) -> np.ndarray:
    """Means (t,) of conditions, those without training records by their covariates."""
    return with_new_means(levels, fold.known, fold.environment_features())


def scale_of(fold: TrialFold, y: np.ndarray) -> EnvironmentScale:
    """Means and deviations of conditions, from the training records y (N,) of a fold."""
    ledger.saw("means and variances of conditions", fold.ids, y)
    return EnvironmentScale.of(y, fold.condition, len(fold.conditions))


class RecordLedger:
    """The ledger of a fold of records: steps report lines (genotypes) or records (values).

    Parameters
    ----------
    fold
        Whose records are trained on.
    test
        Ids of the test records.
    values
        Value of every record by id.
    """

    def __init__(self, fold: TrialFold, test: Sequence[str], values: Mapping[str, float]) -> None:
        self._records = Ledger(fold.ids, test, values)
        self._lines = Ledger(fold.lines.ids, fold.others.ids, {})
        self._known = {*fold.ids, *test}

    def add(self, step: str, lines: Sequence[str], phenotypes: np.ndarray | None) -> None:
        """As of :class:`dnngp.base.ledger.Ledger`; ``lines`` are lines or records."""
        book = self._records if self._known.issuperset(lines) else self._lines
        book.add(step, lines, phenotypes)

    def table(self) -> pd.DataFrame:
        """Steps on lines, then those on records."""
        return pd.concat([self._lines.table(), self._records.table()], ignore_index=True)
