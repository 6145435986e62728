"""Means over folds and conditions, and what is never one of them."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.test_trials_options import trial

from dnngp.evaluation.trials.evaluate import scores
from dnngp.evaluation.trials.methods import OVERALL
from dnngp.evaluation.trials.summaries import COMPARISONS, compared, shares_of_folds, summarise
from dnngp.validation.comparison import resampled_t


def tables(statuses=("ok", "ok")):
    """Two folds of two conditions whose levels differ far more than their lines."""
    rng = np.random.default_rng(1)
    parts = []
    for method, noise in (("gblup_within", 1.0), ("gblup_multi", 0.3)):
        for fold in (1, 2):
            for level, condition in enumerate(["x", "y"]):
                observed = rng.normal(size=20) + 100 * level
                predicted = observed + noise * rng.normal(size=20)
                rows = {"repeat": 1, "fold": fold, "sample": [f"l{i}" for i in range(20)]}
                rows |= {"condition": condition, "observed": observed, "predicted": predicted}
                parts.append(pd.DataFrame(rows).assign(trial="t", scheme="CV1", method=method))
    predictions = pd.concat(parts)
    cell = ["trial", "scheme", "method"]
    accuracy = pd.concat(
        [
            scores(part, ["x", "y"]).assign(**dict(zip(cell, key, strict=True)))
            for key, part in predictions.groupby(cell)
        ]
    )
    folds = predictions[[*cell, "repeat", "fold"]].drop_duplicates()
    folds = folds.assign(n_train=80, n_test=40, split="same", status=[*statuses, "ok", "ok"])
    timing = folds.assign(stage="fit", cpu_s=2.0)
    return folds, accuracy, predictions, timing


def test_overall_is_the_mean_over_conditions_and_pooled_is_another_thing():
    folds, accuracy, predictions, timing = tables()
    found = summarise({"t": trial({})}, folds, accuracy, predictions, timing).set_index(
        ["method", "condition"]
    )
    for method in ("gblup_within", "gblup_multi"):
        own = found.loc[method]
        by_hand = []
        for name in ("x", "y"):
            part = predictions[(predictions["method"] == method) & (predictions["condition"] == name)]
            abilities = [fold["observed"].corr(fold["predicted"]) for _, fold in part.groupby("fold")]
            by_hand.append(np.mean(abilities))
        assert own.loc[["x", "y"], "pearson"].tolist() == pytest.approx(by_hand)
        assert own.loc[OVERALL, "pearson"] == pytest.approx(np.mean(by_hand))
        assert own.loc[OVERALL, "pooled"] > 0.99
        assert own.loc[["x", "y"], "pooled"].isna().all()
        assert own.loc[OVERALL, "cpu_s"] == 4.0
        assert own["n"].tolist() == [40, 40, 80]


def test_a_failed_fold_leaves_the_scores_empty():
    folds, accuracy, predictions, timing = tables(("ok", "failed"))
    accuracy = accuracy[(accuracy["method"] != "gblup_within") | (accuracy["fold"] == 1)]
    found = summarise({"t": trial({})}, folds, accuracy, predictions, timing).set_index("method")
    assert found.loc["gblup_within", "status"] == "failed"
    assert np.isnan(found.loc["gblup_within", "pearson"])
    assert (found.loc["gblup_multi", "status"] == "ok").all()


def test_methods_are_compared_within_conditions_and_overall():
    folds, accuracy, _, _ = tables()
    found = compared({"t": trial({})}, folds, accuracy, 0.01).set_index("condition")
    assert set(found.index) == {"x", "y", OVERALL}
    assert set(found["method"]) == {"gblup_multi"}
    assert found.loc[OVERALL, "difference"] == pytest.approx(found.loc[["x", "y"], "difference"].mean())


def test_intervals_within_a_condition_take_the_overlap_of_the_folds():
    """40 records tested for 80 trained on, in x as over all: not the 20 of x for the 80 of x and y."""
    folds, accuracy, _, _ = tables()
    found = compared({"t": trial({})}, folds, accuracy, 0.01).set_index("condition")
    of_x = accuracy[accuracy["condition"] == "x"].pivot(index="fold", columns="method", values="pearson")
    expected = resampled_t(of_x["gblup_multi"] - of_x["gblup_within"], 40 / 80, 0.01)
    assert found.loc["x", "se"] == pytest.approx(expected["se"])
    assert found.loc["x", ["lower", "upper"]].tolist() == pytest.approx(
        [expected["lower"], expected["upper"]]
    )


def test_two_records_have_no_say():
    """r of two records is 1 or -1: a mean over folds takes it for what it is not."""
    records = pd.DataFrame(
        {"condition": list("xxxyy"), "observed": np.arange(5.0), "predicted": np.arange(5.0)}
    )
    assert scores(records.assign(repeat=1, fold=1), ["x", "y"])["condition"].tolist() == ["x"]


def test_a_condition_may_be_scored_in_some_folds_alone():
    folds, accuracy, predictions, timing = tables()
    few = (accuracy["condition"] == "y") & (accuracy["fold"] == 2)
    kept = accuracy[~few]
    found = summarise({"t": trial({})}, folds, kept, predictions, timing).set_index(["method", "condition"])
    for method in ("gblup_within", "gblup_multi"):
        alone = accuracy[(accuracy["method"] == method) & (accuracy["condition"] == "y") & ~few]
        assert found.loc[(method, "y"), ["folds", "n"]].tolist() == [1, 20]
        assert found.loc[(method, "y"), "pearson"] == alone["pearson"].item()
    test = compared({"t": trial({})}, folds, kept, 0.01).set_index("condition")
    assert test.loc["y", "message"] == "a single fold says nothing of its spread"
    assert test.loc[OVERALL, "folds"] == 2
    own = found.xs(OVERALL, level="condition")["pearson"]
    assert test.loc[OVERALL, "difference"] == pytest.approx(own["gblup_multi"] - own["gblup_within"])


def test_folds_of_different_conditions_are_told_apart_by_methods_alone():
    """One fold tests two environments, another a third: that is no difference between methods."""
    rows = [(1, "north", 0.2), (1, "south", 0.6), (2, "east", 0.1)]
    accuracy = pd.DataFrame(rows, columns=["fold", "condition", "pearson"]).assign(repeat=1)
    better = shares_of_folds(accuracy.assign(pearson=accuracy["pearson"] + 0.1))["pearson"]
    found = shares_of_folds(accuracy)["pearson"]
    assert found.mean() == pytest.approx(0.3)
    assert (better - found).tolist() == pytest.approx([0.1, 0.1])


@pytest.mark.parametrize("failed", ["gblup_within", "gblup_multi"])
def test_a_failed_fit_is_what_the_comparison_tells(failed):
    folds, accuracy, _, _ = tables()
    place = (folds["method"] == failed) & (folds["fold"] == 2)
    accuracy = accuracy[(accuracy["method"] != failed) | (accuracy["fold"] != 2)]
    folds = folds.assign(status=folds["status"].mask(place, "failed"))
    found = compared({"t": trial({})}, folds, accuracy, 0.01)
    assert found[["condition", "verdict", "message"]].to_numpy().tolist() == [
        [OVERALL, "undefined", "a fit failed"]
    ]


def test_controls_alone_are_compared_with_nothing():
    folds, accuracy, _, _ = tables()
    folds, accuracy = (
        table[table["method"] == "gblup_multi"].assign(method="mean") for table in (folds, accuracy)
    )
    found = compared({"t": trial({"methods": ["mean"]})}, folds, accuracy, 0.01)
    assert found.empty
    assert found.columns.tolist() == COMPARISONS


def test_the_pooled_correlation_is_not_given_for_traits():
    folds, accuracy, predictions, timing = tables()
    found = summarise({"t": trial({"kind": "traits"})}, folds, accuracy, predictions, timing)
    assert found["pooled"].isna().all()
