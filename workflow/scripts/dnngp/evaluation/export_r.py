"""What R needs to check GBLUP: folds, relationships and phenotypes as CSV, beside a script that does it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from dnngp.base.tables import whole_file
from dnngp.base.workflow_files import workflow_folder
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.store import Genotypes

#: The script, and what it is called beside the tables.
SCRIPT, COPY = workflow_folder() / "resources" / "check_gblup.R", "check.R"

#: What GBLUP reads.
ENCODING = {"name": "additive"}

#: Digits that are written of a relationship: r is compared to 1e-4.
DIGITS = "%.10g"


class Fold(NamedTuple):
    """A fold as R sees it.

    Attributes
    ----------
    number
        Of the fold.
    samples
        ``sample`` and ``role``, the training samples first.
    kernel
        (n, n) float64 relationships of all of them, by the allele frequencies of the training samples.
    fixed
        (n, q) fixed effects beside the mean; None without covariates.
    """

    number: int
    samples: pd.DataFrame
    kernel: np.ndarray
    fixed: np.ndarray | None


def folds_to_check(
    population: Population, splits: pd.DataFrame, covariates: pd.DataFrame | None
) -> Iterator[Fold]:
    """The folds of one repeat.

    Parameters
    ----------
    population
        All samples, and the limits of frequency in a fold.
    splits
        ``fold``, ``sample`` and ``role``.
    covariates
        By sample; None without any.
    """
    genotypes = population.genotypes
    known = None if covariates is None else covariates.reindex(genotypes.samples)
    for number, part in splits.groupby("fold"):
        samples = part.sort_values("role", ascending=False, kind="stable")[["sample", "role"]]
        of_role = dict(list(samples.groupby("role")["sample"]))
        train, test = (genotypes.positions(of_role[role].tolist()) for role in ("train", "test"))
        training = TrainingSet(population, train, covariates=known)
        both = training, training.records(test)
        encoded = np.vstack([one.array(ENCODING).values for one in both]).astype(float)
        kernel = encoded @ encoded.T / training.kernel(ENCODING).scale
        fixed = None if known is None else np.vstack([one.fixed for one in both if one.fixed is not None])
        yield Fold(int(str(number)), samples, kernel, fixed)


def export(
    folder: Path,
    genotypes: Genotypes,
    phenotype: pd.Series,
    splits: pd.DataFrame,
    fits: pd.DataFrame,
    *,
    maf: float,
    mac: int,
    covariates: pd.DataFrame | None = None,
) -> None:
    """Write everything into a folder.

    Parameters
    ----------
    folder
        Made where it is not there.
    genotypes, phenotype, maf, mac, covariates
        As of :func:`dnngp.evaluation.evaluate.evaluate`.
    splits
        Of the repeat to check.
    fits
        ``fold``, ``pearson`` and ``lambda`` of the workflow's own GBLUP on these.
    """
    population, samples = Population(genotypes, maf, mac), []
    for fold in folds_to_check(population, splits, covariates):
        ids = fold.samples["sample"].tolist()
        _write(pd.DataFrame(fold.kernel, columns=ids), folder / f"kernel_{fold.number}.csv")
        if fold.fixed is not None:
            _write(pd.DataFrame(fold.fixed).add_prefix("x"), folder / f"fixed_{fold.number}.csv")
        samples.append(fold.samples.assign(fold=fold.number)[["fold", "sample", "role"]])
    _write(pd.concat(samples), folder / "folds.csv")
    _write(phenotype.dropna().rename("value").rename_axis("sample").reset_index(), folder / "phenotypes.csv")
    _write(fits[["fold", "pearson", "lambda"]].rename(columns={"pearson": "r"}), folder / "workflow.csv")
    shutil.copyfile(SCRIPT, folder / COPY)


def _write(table: pd.DataFrame, path: Path) -> None:
    with whole_file(path) as temporary:
        table.to_csv(temporary, index=False, float_format=DIGITS, lineterminator="\n")
