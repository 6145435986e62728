"""A fit that fails is taken note of; what is not its fault ends the job."""

import numpy as np
import pandas as pd
import pytest

from dnngp.base import ledger
from dnngp.base.errors import UserError
from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.fit_outcome import all_finite, attempt
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.methods.gblup import GBLUP
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units


def book():
    return ledger.Ledger(["a", "b"], ["c"], {"a": 1.0, "b": 2.0, "c": 3.0})


def test_a_failure_is_named_in_one_line(caplog):
    with attempt(book(), repeat=2, fold=3) as outcome:
        raise ValueError("a matrix\n  is singular")
    assert not outcome.succeeded
    assert (outcome.status, outcome.message) == ("failed", "ValueError: a matrix is singular")
    assert "repeat 2 fold 3 failed" in caplog.text


def test_success_says_nothing():
    with attempt(book(), fold=1) as outcome:
        pass
    assert outcome.succeeded
    assert outcome.message == ""


@pytest.mark.parametrize("error", [MemoryError(), UserError("no such column.")])
def test_other_faults_end_the_job(error):
    with pytest.raises(type(error)), attempt(book(), fold=1):
        raise error


def test_what_steps_saw_is_written_down_even_if_the_fit_fails():
    seen = book()
    with attempt(seen, fold=1):
        ledger.saw("fit", ["a", "c"], np.array([1.0, 3.0]))
        raise ValueError
    ledger.saw("later", ["c"])
    assert seen.table()["step"].tolist() == ["fit"]
    assert seen.table()["test_phenotypes_seen"].tolist() == [1]


@pytest.mark.parametrize("predicted", [[1.0, np.nan], [1.0, np.inf], [1.0], [[1.0], [2.0]]])
def test_predictions_that_are_none(predicted):
    with pytest.raises(ArithmeticError, match="not finite"):
        all_finite(np.array(predicted), 2)


def test_one_fold_may_fail(monkeypatch):
    rng = np.random.default_rng(0)
    ids = np.array([f"line{i}" for i in range(30)])
    variants = variant_table("", 0, [f"m{j}" for j in range(20)], "", "")
    genotypes = Genotypes(ids, variants, rng.binomial(2, 0.4, (20, 30)).astype(np.int8), 2, {})
    fit, calls = GBLUP.fit_kernels, []

    def fails_once(*args):
        calls.append(args)
        if len(calls) == 2:
            raise FloatingPointError("it diverged")
        return fit(*args)

    monkeypatch.setattr(GBLUP, "fit_kernels", fails_once)
    found = evaluate(
        genotypes,
        pd.Series(rng.normal(size=30), index=ids),
        split_table(Units("failing", ids, ids), "random", 3, 1),
        method="gblup",
        encoding={"name": "additive"},
        params={},
        maf=0.0,
        names=("failing",),
    )
    failed = found.folds["fold"] == 2
    assert found.folds["status"].tolist() == ["ok", "failed", "ok"]
    assert found.folds.loc[failed, "message"].item() == "FloatingPointError: it diverged"
    assert found.folds.loc[failed, "n_features"].item() == 20
    assert found.folds["pearson"].isna().tolist() == failed.tolist()
    assert set(found.predictions["fold"]) == {1, 3}
    assert set(found.ledger["folds"]) <= {2, 3}
