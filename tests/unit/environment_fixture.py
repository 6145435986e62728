"""A small population in several environments, simulated with known covariances."""

import numpy as np
import pandas as pd

from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units


def genotypes_of(dosages, samples=None, ploidy=2):
    """Genotypes with given dosages (p, n)."""
    p, n = dosages.shape
    blank = [""] * p
    return Genotypes(
        samples=np.array([f"line{i:03d}" for i in range(n)] if samples is None else samples),
        variants=variant_table(blank, [0] * p, [f"m{i}" for i in range(p)], blank, blank),
        dosages=dosages,
        ploidy=ploidy,
        source={},
    )


def simulated(n, names, genetic, residual, *, p=120, missing=0.0, seed=1):
    """Genotypes and records of n lines, with covariances of environments between lines and within.

    Genetic values come from marker effects, so that their covariance is ``genetic`` in units of
    VanRaden's matrix.
    """
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.2, 0.8, p)
    dosages = rng.binomial(2, frequency[:, None], (p, n)).astype(np.int8)
    centred = (dosages - dosages.mean(axis=1, keepdims=True)).T / np.sqrt(
        2 * np.sum(frequency * (1 - frequency))
    )
    effects = rng.normal(size=(p, len(names))) @ np.linalg.cholesky(genetic).T
    noise = rng.normal(size=(n, len(names))) @ np.linalg.cholesky(residual).T
    values = 10 + np.arange(len(names)) + centred @ effects + noise
    genotypes = genotypes_of(dosages)
    table = pd.DataFrame(values, index=genotypes.samples, columns=names)
    records = table.rename_axis("sample").melt(var_name="environment", value_name="value", ignore_index=False)
    records = records.reset_index()
    return genotypes, records[rng.random(len(records)) >= missing].reset_index(drop=True)


def splits_of(genotypes, records, scheme, folds=3):
    """Folds of one repeat of a scheme over records."""
    units = Units(
        "field",
        genotypes.samples.tolist(),
        records["sample"].tolist(),
        environments=records["environment"].tolist(),
    )
    return split_table(units, scheme, folds, 1)
