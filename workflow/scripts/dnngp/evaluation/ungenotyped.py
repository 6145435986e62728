"""Samples with a phenotype and a pedigree that lack genotypes: trained on in every fold, tested in none.

The folds are those of the genotyped samples, so that every model is tested on the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.tables import read_table
from dnngp.encodings.samples.covariates import read_covariates
from dnngp.genotypes.phenotypes import join_trait
from dnngp.genotypes.store import Genotypes

#: Role in a table of folds: trained on, and not among the samples that the folds are drawn from.
BESIDE = "beside"


def ungenotyped_samples(
    genotyped: Collection[str], removed: pd.DataFrame, pedigree: Collection[str]
) -> list[str]:
    """Individuals of a pedigree that were never genotyped; those that quality control removed stay out."""
    gone = {*genotyped, *removed.loc[removed["kind"] == "sample", "id"]}
    return [id for id in pedigree if id not in gone]


def ungenotyped_phenotypes(
    genotyped: Sequence[str], others: Sequence[str], path: str | Path, trait: str, **options: Any
) -> pd.DataFrame:
    """Rows of ``others`` that have a value, with the columns of the table of genotyped samples.

    Arguments are as of :func:`dnngp.genotypes.phenotypes.join_trait`.
    """
    table, _ = join_trait([*genotyped, *others], path, trait, **options)
    return table[table["sample"].isin(others) & table["value"].notna()]


def with_ungenotyped(
    genotypes: Genotypes, phenotype: pd.DataFrame, splits: pd.DataFrame, others: pd.DataFrame
) -> tuple[Genotypes, pd.DataFrame, pd.DataFrame]:
    """Genotypes, phenotypes and folds with samples that have no call and are trained on in every fold."""
    samples = others["sample"].tolist()
    folds = splits[["repeat", "fold"]].drop_duplicates()
    beside = folds.merge(pd.DataFrame({"sample": samples, "role": BESIDE}), how="cross")
    # Where inner folds keep groups whole, each is on its own.
    beside["group"] = beside["sample"] if splits["group"].notna().any() else np.nan
    return (
        genotypes.at_lines(np.concatenate([genotypes.samples, np.array(samples, str)])),
        pd.concat([phenotype, others], ignore_index=True),
        pd.concat([splits, beside], ignore_index=True),
    )


def covariates_of(paths: Sequence[str], kinds: Mapping[str, str]) -> pd.DataFrame | None:
    """Covariates of the samples of several tables (:func:`read_covariates`)."""
    tables = [read_covariates(path, kinds) for path in paths]
    return pd.concat(tables) if kinds else None


def read_ungenotyped(path: str | None) -> pd.DataFrame | None:
    """What :func:`ungenotyped_phenotypes` gave; None without a table, or where it has no sample."""
    table = None if path is None else read_table(path)
    return table if table is not None and len(table) else None
