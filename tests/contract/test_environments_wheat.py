"""Four environments of wheat: what is published of multi-environment models."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.environment_fixture import genotypes_of

from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.evaluation.evaluate import evaluate
from dnngp.genotypes.records import OVERALL, joined, read_wide
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

#: Cuevas et al. 2017, G3 7:41, table 4: GBLUP where the yields of other environments are known.
PUBLISHED = {"yield_env1": 0.54, "yield_env2": 0.72, "yield_env4": 0.69, "yield_env5": 0.53}


def test_yields_in_other_environments_are_worth_what_is_published(shared):
    folder = shared / "data" / "wheat_cimmyt599"
    table = pd.read_csv(folder / "genotypes.csv.gz", dtype={0: str}).set_index("id")
    genotypes = genotypes_of(np.ascontiguousarray(table.to_numpy().T.astype(np.int8)), table.index, ploidy=1)
    records = read_wide(folder / "phenotypes.csv", columns=list(PUBLISHED))
    records, _ = joined(records, genotypes.samples.tolist(), folder / "phenotypes.csv")
    units = Units(
        "wheat599",
        genotypes.samples.tolist(),
        records["sample"].tolist(),
        environments=records["environment"].tolist(),
    )
    splits = split_table(units, "CV2", 5, 1)
    found = evaluate(
        genotypes,
        records.set_index(["sample", "environment"])["value"],
        splits,
        method="gblup_multi",
        encoding={"name": "additive"},
        params={},
        maf=0.01,
        names=(1, "wheat"),
        environments=Environments(tuple(PUBLISHED)),
    )
    means = found.folds.groupby("environment")["pearson"].mean().drop(OVERALL)
    assert means.to_dict() == pytest.approx(PUBLISHED, abs=0.03)
