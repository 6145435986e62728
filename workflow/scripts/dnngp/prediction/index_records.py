"""Phenotypes of the traits of an index side by side, and their covariances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from dnngp.encodings.samples.covariates import FixedEffects, read_covariates
from dnngp.genotypes.phenotypes import WEIGHT
from dnngp.genotypes.records import environments_of
from dnngp.genotypes.store import Genotypes
from dnngp.methods.mixed.heritability import additive_kernel
from dnngp.methods.mixed.trait_covariances import TraitCovariances, trait_covariances


def estimate_covariances(
    genotypes: Genotypes,
    phenotypes: Mapping[str, pd.DataFrame],
    traits: Sequence[str],
    *,
    covariates: Mapping[str, str],
    errors_known: bool,
) -> TraitCovariances:
    """Covariances of traits by additive relationships of all samples that have a value of any.

    Parameters
    ----------
    genotypes
        Of the dataset.
    phenotypes
        Tables by path: one of each trait in their order, or a single one whose environments are the traits.
    traits
        Their names.
    covariates
        ``number`` or ``factor`` by covariate; each has effects of its own on each trait.
    errors_known
        Whether weights are known error variances. They count where all traits have them, in one environment.
    """
    single = len(phenotypes) == 1 and len(traits) > 1
    tables = list(phenotypes.values())
    values = _side_by_side(tables, traits, "value", single)
    rows = genotypes.rows(samples=genotypes.positions(values.index.tolist()))
    weighted = all(WEIGHT in table and (single or not environments_of(table)) for table in tables)
    weights = _side_by_side(tables, traits, WEIGHT, single).reindex(values.index) if weighted else None
    fixed = read_covariates(next(iter(phenotypes)), covariates)
    if fixed is not None:
        fixed = fixed.reindex(values.index)
    return trait_covariances(
        additive_kernel(rows, not genotypes.is_dosage),
        values.to_numpy(float),
        None if fixed is None else FixedEffects().fit(fixed).transform(fixed),
        None if weights is None else weights.to_numpy(float),
        errors_known,
    )


def _side_by_side(
    tables: Sequence[pd.DataFrame], traits: Sequence[str], column: str, single: bool
) -> pd.DataFrame:
    """A row a sample with any value, a column a trait; of several environments, means less those of each."""
    if single:
        (table,) = tables
        known = table.dropna(subset=["environment"])
        wide = known.pivot(index="sample", columns="environment", values=column)[list(traits)]
    else:
        wide = pd.concat(map(_of_samples, tables, [column] * len(traits)), axis=1, keys=list(traits))
    return wide.dropna(how="all")


def _of_samples(table: pd.DataFrame, column: str) -> pd.Series:
    """The value of each sample in units of the trait."""
    if not environments_of(table):
        return table.set_index("sample")[column]
    level = table.groupby("environment")[column].transform("mean")
    return (table[column] - level).groupby(table["sample"]).mean()
