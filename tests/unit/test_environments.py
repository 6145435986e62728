"""Records of several environments in the one evaluation."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.environment_fixture import simulated, splits_of

from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.evaluation.evaluate import evaluate

NAMES = ("north", "south", "east")
GENETIC = np.full((3, 3), 0.7) + 0.3 * np.eye(3)


@pytest.fixture(scope="module")
def field():
    return simulated(60, NAMES, GENETIC, 0.5 * np.eye(3), missing=0.1)


def run(field, scheme, method="gblup", **options):
    genotypes, records = field
    splits = splits_of(genotypes, records, scheme)
    return evaluate(
        genotypes,
        records.set_index(["sample", "environment"])["value"],
        splits,
        **{"method": method, "encoding": {"name": "additive"}, "params": {}, "maf": 0.0} | options,
        names=(1, "field"),
        environments=Environments(NAMES),
    )


@pytest.mark.parametrize("scheme", ["random", "CV1", "CV2"])
def test_a_method_that_knows_no_environments_is_fitted_within_each(field, scheme):
    """As if the records of the others did not exist."""
    genotypes, records = field
    whole = run(field, scheme)
    assert (whole.folds["status"] == "ok").all()
    here = records[records["environment"] == "south"].set_index("sample")["value"]
    splits = splits_of(genotypes, records, scheme)
    alone = evaluate(
        genotypes,
        here,
        splits[splits["environment"] == "south"].drop(columns="environment"),
        method="gblup",
        encoding={"name": "additive"},
        params={},
        maf=0.0,
        names=(1, "field"),
    )
    keys = ["fold", "sample"]
    one, other = (
        table.set_index(keys)["predicted"].sort_index()
        for table in (whole.predictions[whole.predictions["environment"] == "south"], alone.predictions)
    )
    pd.testing.assert_series_equal(one, other)


def test_scores_are_taken_within_environments(field):
    result = run(field, "CV1")
    assert len(result.folds) == 12
    row = result.folds.set_index(["fold", "environment"]).loc[(2, "east")]
    tested = result.predictions.query("fold == 2 and environment == 'east'")
    assert row["pearson"] == pytest.approx(tested["observed"].corr(tested["predicted"]))
    assert row["n_test"] == len(tested)


def test_a_new_environment_is_predicted_by_the_mean_of_what_the_others_say(field):
    result = run(field, "CV0")
    assert (result.folds["status"] == "ok").all()
    assert result.predictions.groupby("fold")["environment"].nunique().tolist() == [1, 1, 1]
    assert result.folds["pearson"].mean() > 0.3


@pytest.mark.parametrize("method", ["ridge", "stack"])
def test_tuning_and_stacks_come_with_it(field, method):
    params = {"members": ["gblup", "ridge"]} if method == "stack" else {}
    options = {"encoding": {"name": "own"}} if method == "stack" else {"tune": 3}
    assert (run(field, "CV1", method, params=params, **options).folds["status"] == "ok").all()


def test_no_step_sees_a_test_record(field):
    for scheme in ("CV1", "CV2"):
        table = run(field, scheme).ledger
        assert (table["test_phenotypes_seen"] == 0).all()
        assert (table["test_genotypes_seen"] == 0).all()
