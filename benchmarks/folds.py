"""Folds drawn as a run draws them, and evaluations of a method over them: what several benchmarks do."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dnngp.evaluation.evaluate import Evaluation, evaluate
from dnngp.genotypes.store import Genotypes
from dnngp.methods.registry import METHODS
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units


def drawn(
    values: pd.Series,
    dataset: str,
    scheme: str,
    folds: int,
    repeats: int = 1,
    groups: pd.Series | None = None,
) -> pd.DataFrame:
    """Folds of the lines that have a value; ``groups`` are of all lines."""
    present = values.index[values.notna()].tolist()
    of = None if groups is None else groups[present].tolist()
    return split_table(Units(dataset, values.index.tolist(), present, groups=of), scheme, folds, repeats)


def evaluated(
    genotypes: Genotypes,
    values: pd.Series,
    splits: pd.DataFrame,
    method: str,
    maf: float,
    names: tuple[object, ...],
    params: Mapping[str, Any] | None = None,
) -> Evaluation:
    """A method with its own encoding."""
    encoding = METHODS[method].default_encoding
    return evaluate(
        genotypes,
        values,
        splits,
        method=method,
        encoding=encoding,
        params=params or {},
        maf=maf,
        names=names,
    )
