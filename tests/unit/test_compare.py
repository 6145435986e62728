"""Methods compared on the same folds: closed forms, refusals, verdicts, ranks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from dnngp.validation.comparison import (
    COMPARISONS,
    RANKS,
    comparisons,
    holm,
    nemenyi,
    ranks,
    resampled_t,
    verdict,
)

FOLDS = [(repeat, fold) for repeat in (1, 2) for fold in (1, 2, 3)]


def folds(model, values, dataset="d", trait="y", scheme="random", **change):
    """Rows of accuracy.tsv of one model on two repeats of three folds."""
    table = pd.DataFrame(FOLDS, columns=["repeat", "fold"])
    cell = {"dataset": dataset, "species": "s", "trait": trait, "scheme": scheme, "model": model}
    table = table.assign(**cell, pearson=values, status="ok", n_train=20, n_test=10)
    table["split"] = [f"{repeat}{fold}" for repeat, fold in FOLDS]
    return table.assign(**change)


R = np.array([0.50, 0.45, 0.61, 0.52, 0.40, 0.55])


def test_the_statistic_by_hand():
    """Nadeau and Bengio's variance: (1/J + n_test/n_train) s^2, here (1/4 + 1/9) s^2."""
    values = [0.01, 0.03, 0.00, 0.04]
    found = resampled_t(values, 1 / 9, 0.01)
    sd = np.sqrt(((0.01 - 0.02) ** 2 + 0.01**2 + 0.02**2 + 0.02**2) / 3)
    se = sd * np.sqrt(1 / 4 + 1 / 9)
    assert (found["difference"], found["sd"], found["df"]) == pytest.approx((0.02, sd, 3))
    assert (found["se"], found["t"]) == pytest.approx((se, 0.02 / se))
    assert found["p"] == pytest.approx(2 * stats.t(3).sf(0.02 / se))
    assert found["upper"] - found["difference"] == pytest.approx(se * 3.182446305)
    assert found["difference"] - found["lower"] == pytest.approx(se * 3.182446305)


def test_probabilities_are_areas_of_the_posterior():
    found = resampled_t([0.01, 0.03, 0.00, 0.04], 1 / 9, 0.01)
    density = stats.t(3, found["difference"], found["se"]).pdf
    assert found["p_equivalent"] == pytest.approx(integrate.quad(density, -0.01, 0.01)[0])
    assert found["p_better"] == pytest.approx(integrate.quad(density, 0.01, np.inf)[0])
    assert found["p_worse"] + found["p_equivalent"] + found["p_better"] == pytest.approx(1)


def test_the_interval_is_wider_than_that_of_independent_folds():
    rng = np.random.default_rng(1)
    values = rng.normal(0.01, 0.03, 25)
    found = resampled_t(values, 1 / 4, 0.01)
    assert found["p"] > stats.ttest_1samp(values, 0).pvalue
    assert found["se"] == pytest.approx(stats.sem(values) * np.sqrt(1 + 25 / 4))


def test_false_alarms_under_the_null_keep_their_level():
    """Two methods equally good, 3 x 10 folds: the corrected test rejects in about 5 %, the ordinary far more.

    The predictions of two ridge-like rules with independent noise, refitted on each fold's training lines.
    """
    rng = np.random.default_rng(5)
    corrected, ordinary, runs, n = 0, 0, 300, 100
    for _ in range(runs):
        x, z = rng.normal(size=(2, n))
        y = x + z + 2 * rng.normal(size=n)
        values = []
        for _ in range(3):
            for test in np.array_split(rng.permutation(n), 10):
                train = np.setdiff1d(np.arange(n), test)
                error = [np.mean((y[test] - v[test] * (v[train] @ y[train]) / n) ** 2) for v in (x, z)]
                values.append(error[0] - error[1])
        corrected += resampled_t(values, 1 / 9, 0.0)["p"] < 0.05
        ordinary += stats.ttest_1samp(values, 0).pvalue < 0.05
    assert corrected / runs <= 0.10
    assert ordinary / runs >= 0.20


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        (-0.009, 0.01, "equivalent"),
        (0.002, 0.008, "equivalent"),
        (0.001, 0.02, "better"),
        (-0.02, -0.001, "worse"),
        (-0.001, 0.02, "undecided"),
    ],
)
def test_verdicts(lower, upper, expected):
    assert verdict(lower, upper, 0.01) == expected


def test_every_model_meets_reference_and_answer():
    accuracy = pd.concat([folds("a", R), folds("b", R + 0.1), folds("c", R[::-1])])
    found = comparisons(accuracy, ("a", "c"), 0.01)
    assert list(found.columns) == COMPARISONS
    pairs = list(zip(found["model"], found["reference"], strict=True))
    assert pairs == [("b", "a"), ("c", "a"), ("a", "c"), ("b", "c")]
    assert comparisons(accuracy, ("a", "a"), 0.01)["model"].tolist() == ["b", "c"]


def test_a_constant_difference_is_decided_without_a_p_value():
    found = comparisons(pd.concat([folds("a", R), folds("b", R + 0.5), folds("c", R)]), ("a",), 0.01)
    b, c = (found.set_index("model").loc[name] for name in "bc")
    assert b["verdict"] == "better"
    assert c["verdict"] == "equivalent"
    assert c["difference"] == 0
    assert np.isnan(c["p"])
    assert c["p_equivalent"] == 1


def test_rounding_is_no_difference():
    """GBLUP and RR-BLUP are one model: what sets them apart after ten digits is not tested."""
    noise = 1e-11 * (1 + np.arange(6) / 10)
    found = comparisons(pd.concat([folds("a", R), folds("b", R + noise)]), ("a",), 0.0).iloc[0]
    assert found[["difference", "lower", "upper"]].tolist() == [0, 0, 0]
    assert found["verdict"] == "equivalent"
    assert np.isnan(found["p"])
    table = summary({(f"d{n}", "t"): (0.5, 0.5 + n * 1e-12, 0.3) for n in range(1, 7)})
    assert np.isnan(ranks(table, NONE, "a", ("a",)).set_index("model").loc["b", "wilcoxon_p"])


def test_folds_are_paired_by_name_not_by_position():
    shuffled = folds("b", R + 0.1).sample(frac=1, random_state=2)
    found = comparisons(pd.concat([folds("a", R), shuffled]), ("a",), 0.01).iloc[0]
    assert found["sd"] == pytest.approx(0, abs=1e-12)
    assert found["difference"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("other", "expected", "message"),
    [
        (folds("b", R).iloc[:5], "refused", "repeat 2 fold 3 is there for one of the two only"),
        (folds("b", R, split="x"), "refused", "repeat 1 fold 1 does not hold the same lines"),
        (folds("b", R, status=["ok"] * 5 + ["failed"]), "undefined", "a fit failed"),
        (folds("b", [np.nan, *R[1:]]), "undefined", "constant predictions have no correlation"),
    ],
)
def test_what_cannot_be_compared_is_not(other, expected, message):
    found = comparisons(pd.concat([folds("a", R), other]), ("a",), 0.01).iloc[0]
    assert found["verdict"] == expected
    assert found["message"] == message
    assert found[["difference", "p", "lower"]].isna().all()


def test_phenotypes_without_variation_are_not_blamed_on_a_method():
    table = pd.concat([folds("a", [np.nan, *R[1:]]), folds("b", [np.nan, *R[1:]])])
    found = comparisons(table, ("a",), 0.01).iloc[0]
    assert found["message"] == "a fold has no correlation: its phenotypes or both predictions are constant"


def test_a_single_fold_is_not_compared():
    one = [folds(name, R).iloc[:1] for name in "ab"]
    assert comparisons(pd.concat(one), ("a",), 0.01)["verdict"].tolist() == ["undefined"]


def summary(values):
    """Rows of summary.tsv from r by (dataset, trait), a value per model a, b, c."""
    return pd.DataFrame(
        [
            {"dataset": dataset, "trait": trait, "scheme": "random", "model": name, "pearson": r}
            for (dataset, trait), cell in values.items()
            for name, r in zip("abc", cell, strict=True)
        ]
    )


NONE = pd.DataFrame(columns=COMPARISONS)


def test_datasets_weigh_the_same_however_many_traits_they_have():
    table = summary(
        {("rice", f"t{n}"): (0.5, 0.6, 0.4) for n in range(9)} | {("wheat", "t"): (0.5, 0.3, 0.6)}
    )
    found = ranks(table, NONE, "a", ("a", "b")).set_index("model")
    assert list(found.reset_index()[RANKS].columns) == RANKS
    assert found["pearson"].to_dict() == pytest.approx({"a": 0.5, "b": 0.45, "c": 0.5})
    assert found["difference"].tolist() == pytest.approx([np.nan, -0.05, 0.0], nan_ok=True)
    assert found["mean_rank"].to_dict() == {"a": 2, "b": 2, "c": 2}
    assert found["declared"].to_dict() == {"a": True, "b": True, "c": False}
    assert (found["datasets"] == 2).all()
    assert (found["traits"] == 10).all()
    assert found["wilcoxon_p"].isna().all()


def test_signed_ranks_over_six_datasets():
    table = summary({(f"d{n}", "t"): (0.5, 0.5 + n / 100, 0.3) for n in range(1, 7)})
    found = ranks(table, NONE, "a", ("a",)).set_index("model")
    assert found.loc["b", "wilcoxon_p"] == pytest.approx(2 / 2**6)


def test_a_constant_prediction_leaves_the_numbers_of_the_others_alone():
    """Elastic net predicted a constant in one fold of three populations, which then left every mean."""
    whole = {(f"d{n}", "t"): (0.5, 0.5 + n / 100, 0.3) for n in range(1, 9)}
    gaps = whole | {(f"d{n}", "t"): (0.5, 0.5 + n / 100, np.nan) for n in range(1, 4)}
    before, after = (ranks(summary(table), NONE, "a", ("a",)).set_index("model") for table in (whole, gaps))
    pd.testing.assert_frame_equal(
        before.loc[["a", "b"]].drop(columns="p_adjusted"), after.loc[["a", "b"]].drop(columns="p_adjusted")
    )
    assert after.loc["c", ["datasets", "pairs", "ranked"]].tolist() == [5, 5, 8]
    assert after.loc["c", "difference"] == pytest.approx(-0.2)
    assert after.loc["c", "mean_rank"] == 3


def test_a_model_that_lacks_an_r_is_last_where_it_does():
    table = summary(
        {("d", "t"): (0.5, 0.6, 0.4), ("d", "u"): (0.5, np.nan, 0.6), ("e", "t"): (0.4, 0.6, 0.5)}
    )
    found = ranks(table, NONE, "a", ("a",)).set_index("model")
    assert found["mean_rank"].to_dict() == {"a": 2.25, "b": 2.0, "c": 1.75}
    assert found.loc["b", ["datasets", "traits", "pairs", "ranked"]].tolist() == [2, 2, 2, 2]
    assert found.loc["b", "difference"] == pytest.approx(0.15)


def test_controls_and_models_that_ran_on_some_datasets_are_not_ranked():
    table = summary({(f"d{n}", "t"): (0.5, 0.6, np.nan) for n in range(4)})
    table = table[(table["model"] != "b") | (table["dataset"] != "d0")]
    found = ranks(table, NONE, "a", ("a",)).set_index("model")
    assert found.loc["b", ["datasets", "pairs"]].tolist() == [3, 3]
    assert found.loc[["b", "c"], "mean_rank"].isna().all()
    assert found.loc["c", ["datasets", "pearson", "pairs"]].isna().all()


@given(st.lists(st.floats(0, 1) | st.just(float("nan")), min_size=1, max_size=12))
def test_holm_is_that_of_its_definition(p):
    """An adjusted p is below a level if the step-down procedure rejects at that level."""
    adjusted = holm(pd.Series(p)).to_numpy()
    tested = sorted(value for value in p if not np.isnan(value))
    for level in (0.01, 0.05, 0.3):
        rejected = 0
        while rejected < len(tested) and tested[rejected] * (len(tested) - rejected) <= level:
            rejected += 1
        assert (adjusted <= level).sum() == rejected
    assert np.isnan(adjusted).tolist() == np.isnan(p).tolist()


def test_p_values_are_adjusted_among_the_models_of_a_trait():
    rng = np.random.default_rng(4)
    accuracy = pd.concat(
        [
            folds(name, R + shift * rng.uniform(0.5, 1.5, len(R)), trait=trait)
            for trait in "tu"
            for name, shift in (("a", 0), ("b", 0.1), ("c", -0.05))
        ]
    )
    found = comparisons(accuracy, ("a",), 0.01).set_index(["trait", "model"])
    for trait in "tu":
        expected = sorted(found.loc[trait, "p"])
        assert sorted(found.loc[trait, "p_adjusted"]) == pytest.approx(
            [2 * expected[0], max(2 * expected[0], expected[1])]
        )


def test_wins_and_losses_are_adjusted_decisions():
    step = np.linspace(0.05, 0.06, len(R))
    accuracy = pd.concat(
        [
            folds(name, values, trait=trait)
            for trait, other in (("t", R + step), ("u", R - step), ("v", R))
            for name, values in (("a", R), ("b", other))
        ]
    )
    table = accuracy.groupby(["dataset", "trait", "scheme", "model"], as_index=False)["pearson"].mean()
    found = ranks(table, comparisons(accuracy, ("a",), 0.01), "a", ("a",)).set_index("model")
    assert found.loc["b", ["wins", "losses"]].tolist() == [1, 1]


def test_critical_differences_of_demsar():
    """Table 5a of Demsar (2006): q at 0.05 is 2.569 for four methods, 3.164 for ten."""
    assert nemenyi(4, 14) == pytest.approx(2.569 * np.sqrt(4 * 5 / (6 * 14)), abs=1e-3)
    assert nemenyi(10, 5) == pytest.approx(3.164 * np.sqrt(10 * 11 / (6 * 5)), abs=2e-3)
    assert np.isnan(nemenyi(4, 1))
