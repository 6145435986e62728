"""Means over folds and environments, and what is never one of them."""

import numpy as np
import pandas as pd
import pytest

from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.evaluation.evaluate import scores
from dnngp.evaluation.overview import compared
from dnngp.evaluation.summaries import mean_components, pooled, shares_of_folds, summarise, with_selection
from dnngp.genotypes.records import OVERALL
from dnngp.validation.comparison import resampled_t

CELL = {"dataset": "field", "trait": "yield", "scheme": "CV1"}
H2 = pd.DataFrame([{**CELL, "h2": 0.5, "h2_se": 0.1, "h2_method": "REML", "true_h2": np.nan}]).drop(
    columns="scheme"
)
NO_TRUTH = pd.DataFrame(columns=["dataset", "trait", "scheme", "model", "true_accuracy"])


def tables(statuses=("ok", "ok"), few=()):
    """Two folds of two environments whose means differ far more than their samples.

    ``statuses`` are those of the folds of ``gblup``; of the folds ``few`` y is tested with two records.
    """
    rng = np.random.default_rng(1)
    predictions, folds = [], []
    for model, noise in (("gblup", 1.0), ("gblup_multi", 0.3)):
        for fold in (1, 2):
            place = {**CELL, "model": model, "repeat": 1, "fold": fold}
            parts = []
            for mean, environment in enumerate(["x", "y"]):
                n = 2 if environment == "y" and fold in few else 20
                observed = rng.normal(size=20)[:n] + 100 * mean
                predicted = observed + noise * rng.normal(size=20)[:n]
                rows = {"sample": [f"l{i}" for i in range(n)], "environment": environment}
                parts.append(pd.DataFrame(rows | {"observed": observed, "predicted": predicted}))
            tested = pd.concat(parts)
            about = {
                "species": "s",
                "method": model,
                "encoding": "additive",
                "labels": "",
                "other_inputs": "",
            }
            about |= {"n_train": 80, "split": "same", "status": "ok", "message": ""}
            scored = scores(tested, Environments(("x", "y")))
            if model == "gblup" and statuses[fold - 1] != "ok":
                scored, about["status"] = [(None, len(tested), {})], "failed"
            else:
                predictions.append(tested.assign(**place))
            folds += [
                {**place, **about, "environment": name, "n_test": n, **found} for name, n, found in scored
            ]
    accuracy = with_selection(pd.DataFrame(folds), pd.concat(predictions), 0.1)
    timing = accuracy.drop_duplicates([*CELL, "model", "fold"]).assign(
        stage="fit", cpu_s=2.0, wall_s=2.0, peak_mb=100.0
    )
    return accuracy, pd.concat(predictions), timing[[*CELL, "model", "stage", "cpu_s", "wall_s", "peak_mb"]]


def summary_of(accuracy, predictions, timing):
    table = summarise(accuracy, timing, H2, NO_TRUTH, pooled(predictions).assign(dataset="field"))
    return table.set_index(["model", "environment"])


def test_overall_is_the_mean_over_environments_and_pooled_is_another_thing():
    accuracy, predictions, timing = tables()
    found = summary_of(accuracy, predictions, timing)
    for model in ("gblup", "gblup_multi"):
        own = found.loc[model]
        by_hand = []
        for name in ("x", "y"):
            part = predictions[(predictions["model"] == model) & (predictions["environment"] == name)]
            abilities = [fold["observed"].corr(fold["predicted"]) for _, fold in part.groupby("fold")]
            by_hand.append(np.mean(abilities))
        assert own.loc[["x", "y"], "pearson"].tolist() == pytest.approx(by_hand)
        assert own.loc[OVERALL, "pearson"] == pytest.approx(np.mean(by_hand))
        assert own.loc[OVERALL, "pooled"] > 0.99
        assert own.loc[["x", "y"], "pooled"].isna().all()
        assert own.loc[OVERALL, "cpu_s"] == 4.0
        assert own["n"].tolist() == [40, 40, 80]


def test_a_failed_fold_leaves_the_scores_empty():
    found = summary_of(*tables(("ok", "failed")))
    assert found.loc["gblup", "status"].tolist() == ["failed"]
    assert found.loc["gblup", ["pearson", "pooled"]].isna().all(axis=None)
    assert (found.loc["gblup_multi", "status"] == "ok").all()


def test_models_are_compared_within_environments_and_over_all():
    found = compared(tables()[0], ["gblup"], 0.01).set_index("environment")
    assert set(found.index.fillna(OVERALL)) == {"x", "y", OVERALL}
    assert set(found["model"]) == {"gblup_multi"}
    over_all = found.loc[found.index.isna(), "difference"].item()
    assert over_all == pytest.approx(found.loc[["x", "y"], "difference"].mean())


def test_intervals_within_an_environment_take_the_overlap_of_the_folds():
    """40 records tested for 80 trained on, in x as over all: not the 20 of x for the 80 of x and y."""
    accuracy = tables()[0]
    found = compared(accuracy, ["gblup"], 0.01).set_index("environment")
    of_x = accuracy[accuracy["environment"] == "x"].pivot(index="fold", columns="model", values="pearson")
    expected = resampled_t(of_x["gblup_multi"] - of_x["gblup"], 40 / 80, 0.01)
    assert found.loc["x", "se"] == pytest.approx(expected["se"])
    assert found.loc["x", ["lower", "upper"]].tolist() == pytest.approx(
        [expected["lower"], expected["upper"]]
    )


def test_two_records_have_no_say():
    """r of two records is 1 or -1: a mean over folds takes it for what it is not."""
    records = pd.DataFrame(
        {"environment": list("xxxyy"), "observed": np.arange(5.0), "predicted": np.arange(5.0)}
    )
    assert [name for name, _, _ in scores(records, Environments(("x", "y")))] == ["x", OVERALL]


def test_an_environment_may_be_scored_in_some_folds_alone():
    accuracy, predictions, timing = tables(few=(2,))
    found = summary_of(accuracy, predictions, timing)
    for model in ("gblup", "gblup_multi"):
        alone = accuracy[(accuracy["model"] == model) & (accuracy["environment"] == "y")]
        assert found.loc[(model, "y"), ["folds_ok", "n"]].tolist() == [1, 20]
        assert found.loc[(model, "y"), "pearson"] == alone["pearson"].item()
    test = compared(accuracy, ["gblup"], 0.01).set_index("environment")
    assert test.loc["y", "message"] == "a single fold says nothing of its spread"
    over_all = test[test.index.isna()]
    assert over_all["folds"].tolist() == [2]
    own = found.xs(OVERALL, level="environment")["pearson"]
    assert over_all["difference"].item() == pytest.approx(own["gblup_multi"] - own["gblup"])


def test_folds_of_different_environments_are_distinguished_by_models_alone():
    """One fold tests two environments, another a third: that is no difference between models."""
    rows = [(1, "north", 0.2), (1, "south", 0.6), (2, "east", 0.1)]
    table = pd.DataFrame(rows, columns=["fold", "environment", "pearson"])
    over_all = table.groupby("fold")["pearson"].mean().reset_index().assign(environment=OVERALL)
    about = {**CELL, "species": "s", "model": "m", "method": "m", "encoding": "e", "repeat": 1}
    accuracy = pd.concat([table, over_all]).assign(**about)
    better = shares_of_folds(accuracy.assign(pearson=accuracy["pearson"] + 0.1))["pearson"]
    found = shares_of_folds(accuracy)["pearson"]
    assert found.mean() == pytest.approx(0.3)
    assert (better - found).tolist() == pytest.approx([0.1, 0.1])


def test_a_failed_fit_is_what_the_comparison_says():
    found = compared(tables(("ok", "failed"))[0], ["gblup"], 0.01)
    over_all = found[found["environment"].isna()]
    assert over_all[["verdict", "message"]].to_numpy().tolist() == [["undefined", "a fit failed"]]


def test_variances_are_means_over_folds():
    rows = [(1, "error", 0.2), (2, "error", 0.4), (1, "genomic", 0.8), (2, "genomic", 0.6)]
    table = pd.DataFrame(rows, columns=["fold", "part", "value"])
    found = mean_components(table.assign(**CELL, model="gblup_gxe", environment=np.nan, other=np.nan))
    assert found["part"].tolist() == ["error", "genomic"]
    assert found["value"].tolist() == pytest.approx([0.3, 0.7])
    assert found["sd"].tolist() == pytest.approx([0.02**0.5] * 2)
    assert found["folds"].tolist() == [2, 2]
