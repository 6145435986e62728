"""Scores and intervals of records of unequal precision."""

import numpy as np
import pandas as pd
import pytest

from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.evaluation.controls import Part
from dnngp.prediction.held_out import errors_by_environment
from dnngp.validation.intervals import coverage, record_deviations, with_intervals
from dnngp.validation.main_scores import with_main_scores
from dnngp.validation.scores import fold_scores


def test_weighted_scores_are_those_of_repeated_records():
    rng = np.random.default_rng(1)
    observed, predicted, weight = rng.normal(size=20), rng.normal(size=20), rng.integers(1, 6, 20)
    found = fold_scores(observed, predicted, weight=weight.astype(float))
    repeated = fold_scores(np.repeat(observed, weight), np.repeat(predicted, weight))
    for name in ("pearson", "rmse", "slope"):
        assert found[f"{name}_weighted"] == pytest.approx(repeated[name])
    plain = fold_scores(observed, predicted)
    assert {name: found[name] for name in plain} == plain
    assert not any(name.endswith("weighted") for name in plain)


def test_constant_predictions_have_no_weighted_r_either():
    found = fold_scores(np.arange(4.0), np.ones(4), weight=np.arange(1.0, 5))
    assert np.isnan(found["pearson_weighted"])
    assert np.isnan(found["slope_weighted"])


def held_out(rng, n=4000):
    """Predictions with errors of variance 0.5 + 2 / replicates."""
    replicates = rng.integers(1, 9, n)
    predicted = rng.normal(size=n)
    observed = predicted + rng.normal(size=n) * np.sqrt(0.5 + 2 / replicates)
    keys = {"dataset": "a", "trait": "t", "scheme": "random", "model": "m", "repeat": 1}
    return pd.DataFrame(
        {**keys, "fold": np.arange(n) % 5, "observed": observed, "weight": replicates, "predicted": predicted}
    )


def test_an_interval_carries_the_error_of_its_record():
    """Each class of replicates is covered alike; without weights the poor ones are not."""
    table = held_out(np.random.default_rng(2))
    for weighted, covered in ((table, (0.87, 0.93)), (table.drop(columns="weight"), (0.6, 1))):
        found = with_intervals(weighted).assign(replicates=table["weight"])
        of_each = (
            found["observed"].between(found["lower"], found["upper"]).groupby(found["replicates"]).mean()
        )
        assert of_each.between(*covered).all()
        assert coverage(found)["coverage"].item() == pytest.approx(0.9, abs=0.02)
    assert of_each[1] < 0.85
    assert of_each[8] > 0.93


def test_deviations_are_found_from_errors():
    table = held_out(np.random.default_rng(3), 20000)
    errors, weight = (table["observed"] - table["predicted"]).to_numpy(), table["weight"].to_numpy(float)
    found = record_deviations(errors, weight)(np.array([1.0, 4.0])) ** 2
    np.testing.assert_allclose(found, [2.5, 1.0], rtol=0.05)
    known = record_deviations(7 * errors, weight * 1e-6)(np.array([1.0, 4.0]) * 1e-6) ** 2
    np.testing.assert_allclose(known, 49 * found, rtol=1e-6)
    assert record_deviations(np.zeros(3), np.ones(3))(np.ones(2)).tolist() == [1, 1]


def test_a_bundle_has_errors_of_typical_records():
    table = held_out(np.random.default_rng(4), 20000)
    (errors,) = errors_by_environment(table, new_environments=False).values()
    expected = 0.5 + 2 * np.mean(1 / table["weight"])
    assert np.mean(errors**2) == pytest.approx(expected, rel=0.05)
    for replicates in (1, 8):
        assert np.mean(errors[table["weight"] == replicates] ** 2) == pytest.approx(expected, rel=0.1)


def test_models_are_compared_by_the_weighted_r():
    table = pd.DataFrame({"pearson": [0.5, 0.6], "pearson_weighted": [0.7, np.nan]})
    assert with_main_scores(table)["pearson"].tolist() == [0.7, 0.6]
    assert with_main_scores(table[["pearson"]])["pearson"].tolist() == [0.5, 0.6]


@pytest.mark.parametrize("environments", [None, Environments(("x", "y"))])
def test_a_permuted_value_keeps_its_weight(environments):
    ids = [f"s{number}" for number in range(12)]
    index = pd.Index(ids) if environments is None else pd.MultiIndex.from_product([ids, ["x", "y"]])
    values = pd.Series(np.arange(float(len(index))), index=index)
    part = Part(None, {}, values, environments, weights=WeightsByRecord(100 + values))
    moved = part.permuted("data", 1)
    assert not moved.values.equals(part.values)
    pd.testing.assert_series_equal(moved.weights.values, 100 + moved.values)
