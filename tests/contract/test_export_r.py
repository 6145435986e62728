"""R finds the r of GBLUP that the workflow found, from what is exported, and says so where it does not."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.export_r import COPY, export

from .conftest import Population

pytestmark = pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed (r-base-core)")


def exported(folder, covariates=None):
    """A folder with the GBLUP of three folds of a population with missing calls."""
    population = Population(n=90, p=150, h2=0.5)
    dosages = population.genotypes.dosages
    dosages[np.random.default_rng(4).random(dosages.shape) < 0.03] = -1
    splits = population.splits[population.splits["fold"] <= 3]
    given = {"maf": population.maf, "mac": 0, "covariates": covariates}
    fits = evaluate(
        population.genotypes,
        population.phenotype,
        splits,
        method="gblup",
        encoding={"name": "additive"},
        params={},
        names=("check",),
        **given,
    ).folds
    export(folder, population.genotypes, population.phenotype, splits, fits, **given)
    return fits


def checked(folder):
    process = subprocess.run(["Rscript", folder / COPY], capture_output=True, text=True, timeout=120)
    return process.returncode, process.stdout + process.stderr


def test_base_r_finds_the_same(tmp_path):
    fits = exported(tmp_path)
    code, told = checked(tmp_path)
    assert code == 0, told
    lines = [line for line in told.splitlines() if "base R" in line]
    assert len(lines) == len(fits) == 3
    assert all(line.endswith("agrees") for line in lines)
    assert f"{fits['pearson'].iloc[0]:.6f}" in lines[0]
    assert told.endswith("All agree.\n")


def test_so_it_does_beside_covariates(tmp_path):
    samples = Population(n=90, p=150).genotypes.samples
    rng = np.random.default_rng(0)
    about = {"year": rng.integers(2010, 2020, 90).astype(float), "site": rng.choice(["a", "b", "c"], 90)}
    exported(tmp_path, pd.DataFrame(about, index=samples))
    code, told = checked(tmp_path)
    assert code == 0, told
    assert (tmp_path / "fixed_1.csv").read_text().startswith("x0,x1,x2\n")


def test_another_r_ends_in_an_error(tmp_path):
    exported(tmp_path)
    found = pd.read_csv(tmp_path / "workflow.csv")
    found.loc[1, "r"] += 2e-4
    found.to_csv(tmp_path / "workflow.csv", index=False)
    code, told = checked(tmp_path)
    assert code == 1
    assert [line.rpartition(" ")[2] for line in told.splitlines() if "base R" in line] == [
        "agrees", "differs", "agrees",
    ]  # fmt: skip
    assert "of the r differ" in told
