"""Fixed effects of an evaluation, coded from the training lines of a fold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from dnngp.base.tables import read_table
from dnngp.genotypes.phenotypes import COVARIATE


def read_covariates(
    path: str | Path, kinds: Mapping[str, str], key: str = "sample", prefix: str = COVARIATE
) -> pd.DataFrame | None:
    """Covariates by line id, factors as text; None where no covariate is configured.

    Parameters
    ----------
    path
        Table with the columns of :func:`dnngp.genotypes.phenotypes.about_samples`, perhaps beside others.
    kinds
        ``number`` or ``factor`` by covariate.
    key, prefix
        Column of the ids, and what stands before the names of the covariates.
    """
    if not kinds:
        return None
    name_of = {f"{prefix}{name}": name for name in kinds}
    factors = [column for column, name in name_of.items() if kinds[name] == "factor"]
    table = read_table(path, text=(key, *factors)).drop_duplicates(key).set_index(key)
    return table[list(name_of)].rename(columns=name_of)


class FixedEffects:
    """Columns of a design matrix, without the mean, from covariates of lines.

    A numeric covariate becomes a column in units of its standard deviation; any
    other becomes a 0/1 column for each of its values but the first in
    alphabetical order. Columns are centred on the training lines, and a value
    that is missing, or that no training line has, counts as their mean. So does every
    value of a number that is the same in all training lines: nothing tells what another
    one means.

    Attributes
    ----------
    names_ : list of str
        Name of each column: the covariate, or ``covariate=value``.
    """

    def fit(self, X: pd.DataFrame) -> FixedEffects:
        """Learn values and means from covariates X, a row per training line."""
        self._levels = {column: _levels(X[column]) for column in X.columns}
        self.names_ = [name for column in X.columns for name in self._names(column)]
        coded = self._coded(X)
        known = ~np.isnan(coded)
        counts = np.maximum(known.sum(axis=0), 1)
        self._means = np.where(known, coded, 0).sum(axis=0) / counts
        spread = np.sqrt((np.where(known, coded - self._means, 0) ** 2).sum(axis=0) / counts)
        numeric = np.array([self._levels.get(name, []) is None for name in self.names_], bool)
        # A mean of equal numbers may differ from them by rounding.
        varied = spread > 1e-12 * np.where(known, np.abs(coded), 0).max(axis=0, initial=0)
        self._scales = np.where(numeric, np.where(varied, spread, np.inf), 1.0)
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Design (n, q) float64 of covariates X, a row per line."""
        return np.nan_to_num((self._coded(X) - self._means) / self._scales)

    def _names(self, column: str) -> list[str]:
        levels = self._levels[column]
        return [column] if levels is None else [f"{column}={level}" for level in levels[1:]]

    def _coded(self, X: pd.DataFrame) -> np.ndarray:
        """(n, q) with NaN where a covariate is missing or unknown."""
        columns = []
        for column, levels in self._levels.items():
            if levels is None:
                columns.append(X[column].to_numpy(float))
                continue
            values = _text(X[column])
            known = values.isin(levels).to_numpy()
            columns += [np.where(known, (values == level).to_numpy(), np.nan) for level in levels[1:]]
        return np.column_stack(columns) if columns else np.empty((len(X), 0))


def _levels(values: pd.Series) -> list[str] | None:
    """Values of a categorical covariate in order; None for a numeric one."""
    if pd.api.types.is_numeric_dtype(values):
        return None
    return sorted(_text(values).dropna().unique())


def _text(values: pd.Series) -> pd.Series:
    return values.where(values.isna(), values.astype(str))
