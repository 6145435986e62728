"""Scores of one fold."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import ndcg_score

from dnngp.validation.metrics import METRICS, OF_SELECTION
from dnngp.validation.scores import fold_scores, gains, selected, selection_scores

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pair():
    rng = np.random.default_rng(1)
    observed = rng.normal(10, 2, 40)
    return observed, 0.5 * observed + rng.normal(size=40)


def test_scores_equal_scipy(pair):
    observed, predicted = pair
    scores = fold_scores(observed, predicted)
    assert scores["pearson"] == pytest.approx(stats.pearsonr(observed, predicted).statistic)
    assert scores["spearman"] == pytest.approx(stats.spearmanr(observed, predicted).statistic)
    assert scores["slope"] == pytest.approx(stats.linregress(predicted, observed).slope)
    assert scores["rmse"] == pytest.approx(np.sqrt(np.mean((observed - predicted) ** 2)))
    assert scores["bias"] == pytest.approx(np.mean(predicted - observed))


def test_ties_share_their_rank():
    observed, predicted = np.array([1, 1, 2, 3, 3, 3.0]), np.array([2, 1, 1, 5, 4, 5.0])
    expected = stats.spearmanr(observed, predicted).statistic
    assert fold_scores(observed, predicted)["spearman"] == pytest.approx(expected)


def test_perfect_predictions():
    observed = np.array([3.0, 1.0, 2.0])
    assert fold_scores(observed, observed) == pytest.approx(
        {"pearson": 1, "spearman": 1, "rmse": 0, "bias": 0, "slope": 1}
    )


@pytest.mark.parametrize("constant", [0.0, 7.0, 0.1])
def test_constant_predictions_have_no_correlation(pair, constant):
    observed, _ = pair
    predicted = np.full(40, constant)
    predicted[::2] *= 1 + 1e-15  # a constant with rounding errors is still one
    scores = fold_scores(observed, predicted)
    assert np.isnan([scores["pearson"], scores["spearman"], scores["slope"]]).all()
    assert np.isfinite([scores["rmse"], scores["bias"]]).all()


def test_tiny_predictions_still_correlate(pair):
    observed, predicted = pair
    assert fold_scores(observed, predicted * 1e-150)["pearson"] == pytest.approx(
        fold_scores(observed, predicted)["pearson"]
    )


def test_constant_observations_have_no_correlation_but_a_slope_of_zero(pair):
    scores = fold_scores(np.full(40, 2.0), pair[1])
    assert np.isnan(scores["pearson"])
    assert scores["slope"] == pytest.approx(0)


def test_one_line_and_none():
    assert np.isnan(fold_scores([1.0], [2.0])["pearson"])
    assert fold_scores([1.0], [2.0])["rmse"] == 1
    assert np.isnan(list(fold_scores([], []).values())).all()


def test_lengths_must_agree():
    with pytest.raises(ValueError, match=r"\(2,\) observations for \(3,\) predictions"):
        fold_scores([1, 2], [1, 2, 3])


#: r, rho, RMSE, slope, NDCG, coincidence and response at 10 % over all lines of repeat 1, published beside
#: the reference predictions.
CHECKED = {
    ("VR1_E1", "yield_env1"): (0.4959, 0.4444, 0.8680, 0.9658, 0.6980, 0.2000, 0.3314),
    ("VR1_E4", "yield_env5"): (0.4670, 0.4590, 0.8836, 1.0005, 0.8220, 0.4000, 0.5680),
    ("GAUSS1_E1", "yield_env1"): (0.5582, 0.5207, 0.8295, 0.9913, 0.7278, 0.2500, 0.4231),
    ("GAUSS1_E4", "yield_env5"): (0.5298, 0.5122, 0.8481, 1.0669, 0.8549, 0.4500, 0.6442),
}


@pytest.mark.parametrize(("column", "trait"), CHECKED)
def test_published_figures(shared, column, trait):
    predicted = pd.read_csv(shared / "reference" / "wheat599_cv_exactreml_rep1.csv", index_col="line")[column]
    phenotypes = pd.read_csv(shared / "data" / "wheat_cimmyt599" / "phenotypes.csv", index_col="id")
    pair = phenotypes[trait].loc[predicted.index].to_numpy(), predicted.to_numpy()
    scores = fold_scores(*pair) | selection_scores(*pair, 0.1)
    names = ("pearson", "spearman", "rmse", "slope", "ndcg", "coincidence", "response")
    found = tuple(scores[name] for name in names)
    assert found == pytest.approx(CHECKED[column, trait], abs=1e-4)


def test_predictions_shrunk_to_almost_nothing_have_a_correlation_but_no_slope():
    observed = np.array([1.0, 2.0, 4.0, 3.0])
    scores = fold_scores(observed, 5 + 1e-5 * observed)
    assert scores["pearson"] == pytest.approx(1)
    assert np.isnan(scores["slope"])


# --- selection


def test_perfect_predictions_select_perfectly(pair):
    observed, _ = pair
    assert selection_scores(observed, 3 * observed - 7, 0.2) == pytest.approx(dict.fromkeys(OF_SELECTION, 1))


def test_ndcg_equals_scikit_learn(pair):
    observed, predicted = pair
    expected = ndcg_score([observed - observed.min()], [predicted], k=4)
    assert selection_scores(observed, predicted, 0.1)["ndcg"] == pytest.approx(expected)


def test_selection_by_hand():
    observed = np.array([4.0, 1.0, 3.0, 0.0, 2.0])
    predicted = np.array([0.9, 0.8, 0.1, 0.2, 0.5])  # picks 4, 1, 2, 0, 3
    scores = selection_scores(observed, predicted, 0.4)  # two lines; their mean is 2.5, of all 2, at best 3.5
    assert scores["response"] == pytest.approx(0.5 / 1.5)
    assert scores["coincidence"] == pytest.approx(0.5)
    assert scores["ndcg"] == pytest.approx((4 + 1 / np.log2(3)) / (4 + 3 / np.log2(3)))
    # Centred 2, -1, 0, -2, 1 in the order of predictions, 2, 1, 0, -1, -2 in the best.
    assert gains(observed, predicted) == pytest.approx([1, 1 / 3, 1 / 3, -1 / 2])
    assert scores["ncg"] == pytest.approx((1 + 1 / 3 + 1 / 3 - 1 / 2) / 4)
    assert scores["mnv"] == pytest.approx((1 + (2 - 1 / np.log2(3)) / (2 + 1 / np.log2(3))) / 2)


def test_lines_predicted_equal_count_as_if_drawn(pair):
    """The expectation over all orders of tied lines, whatever the order they are given in."""
    observed = np.array([4.0, 1.0, 3.0, 0.0, 2.0, 3.0])
    predicted = np.array([2.0, 2.0, 1.0, 1.0, 1.0, 0.0])
    rng = np.random.default_rng(3)
    drawn = [selection_scores(observed, predicted + 1e-3 * rng.random(6), 1 / 3) for _ in range(4000)]
    found = selection_scores(observed, predicted, 1 / 3)
    for name in ("ndcg", "coincidence", "response"):
        assert found[name] == pytest.approx(np.mean([one[name] for one in drawn]), abs=0.02), name
    order = rng.permutation(6)
    assert selection_scores(observed[order], predicted[order], 1 / 3) == pytest.approx(found)


def test_chance_has_no_gain():
    rng = np.random.default_rng(4)
    scores = [selection_scores(*rng.normal(size=(2, 50)), 0.1) for _ in range(400)]
    means = pd.DataFrame(scores).mean()
    assert means[["response", "ncg", "mnv"]].abs().max() < 0.07
    assert means["coincidence"] == pytest.approx(0.1, abs=0.03)


def test_constants_and_single_lines_have_no_selection(pair):
    for observed, predicted in ((pair[0], np.ones(40)), (np.ones(40), pair[1]), ([1.0], [2.0])):
        assert np.isnan(list(selection_scores(observed, predicted, 0.1).values())).all()


def test_a_share_of_lines_is_one_at_least_and_never_all():
    assert [selected(lines, 0.1) for lines in (2, 10, 14, 15, 599)] == [1, 1, 1, 2, 60]
    assert selected(3, 0.99) == 2


# --- the registry


def test_the_page_of_schemes_and_metrics_is_up_to_date():
    check = subprocess.run([sys.executable, ROOT / "docs" / "generate_validation.py", "--check"], check=False)
    assert check.returncode == 0, "run: python docs/generate_validation.py"


def test_declarations_need_no_library_that_snakemake_does_not_bring():
    script = """
import sys
for name in ("numpy", "pandas", "scipy", "sklearn"):
    sys.modules[name] = None
from dnngp.validation.metrics import METRICS
from dnngp.validation.schemes import SCHEMES
assert METRICS and SCHEMES
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT / "workflow" / "scripts")


@pytest.mark.parametrize("name", METRICS)
def test_perfect_predictions_reach_the_best_value(pair, name):
    kind = METRICS[name].traits[0]
    observed, _ = pair
    if kind in ("binary", "ordinal"):
        observed = np.arange(40.0) % (2 if kind == "binary" else 4)
    # Not quite sure of the classes: what has no odds has no slope.
    sure = 1e-3 if name == "calibration_slope" else 0
    predicted = np.abs(observed - sure) if sure else observed
    chances = np.eye(4)[observed.astype(int) % 4]
    if kind == "binary":
        chances = chances[:, :2]
    scores = fold_scores(observed, predicted, kind, np.arange(1.0, 41), chances)
    scores |= selection_scores(observed, observed, 0.2)
    if name == "calibration_slope":
        assert scores[name] > 1
    else:
        assert scores[name] == pytest.approx(METRICS[name].best, abs=1e-12)


@pytest.fixture(scope="module")
def classes():
    """Classes and probabilities of the reference."""
    path = Path(os.environ.get("DNNGP_SHARED", "shared"), "reference", "phenotypes", "metrics_binary.csv")
    if not path.exists():
        pytest.skip("needs the shared data")
    table = pd.read_csv(path)
    return table["y"].to_numpy(float), table["p"].to_numpy(float)


def test_scores_of_two_classes_are_those_of_the_reference(classes):
    observed, predicted = classes
    scores = fold_scores(observed, predicted, "binary", None, np.column_stack([1 - predicted, predicted]))
    assert scores["auc"] == pytest.approx(0.696239717979, abs=1e-9)
    assert scores["brier"] == pytest.approx(0.264288666667, abs=1e-9)
    assert scores["log_loss"] == pytest.approx(0.757471071685, abs=1e-9)
    told = predicted >= 0.5
    expected = (np.mean(told[observed == 1]) + np.mean(~told[observed == 0])) / 2
    assert scores["balanced_accuracy"] == pytest.approx(expected)


def test_a_fold_without_both_classes_has_no_score_of_them():
    scores = fold_scores(np.ones(9), np.linspace(0.1, 0.9, 9), "binary", None, np.full((9, 2), 0.5))
    assert np.isnan([scores[name] for name in ("auc", "average_precision", "balanced_accuracy")]).all()
    assert np.isnan([scores["pearson"], scores["calibration_slope"]]).all()


def test_probabilities_that_are_too_sure_have_a_slope_below_one():
    rng = np.random.default_rng(5)
    odds = rng.standard_normal(4000)
    observed = (rng.random(4000) < 1 / (1 + np.exp(-odds))).astype(float)
    slope = METRICS["calibration_slope"].function
    assert slope(observed, 1 / (1 + np.exp(-odds))) == pytest.approx(1, abs=0.12)
    assert slope(observed, 1 / (1 + np.exp(-2 * odds))) == pytest.approx(0.5, abs=0.06)


def test_scores_of_ordered_classes():
    observed, chances = np.array([0.0, 1, 2]), np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.5, 0.3, 0.2]])
    scores = fold_scores(observed, chances @ np.arange(3), "ordinal", None, chances)
    steps = [0.4**2, 0.1**2, 0.2**2, 0.3**2, 0.5**2, 0.8**2]
    assert scores["ranked_probability_score"] == pytest.approx(np.mean(steps))
    assert scores["log_loss"] == pytest.approx(-np.mean(np.log([0.6, 0.5, 0.2])))
    assert "auc" not in scores


def test_weighted_scores_of_classes_are_those_of_repeated_samples():
    rng = np.random.default_rng(4)
    observed, weight = rng.integers(0, 2, 40).astype(float), rng.integers(1, 4, 40)
    predicted = np.clip(0.3 + 0.3 * observed + 0.2 * rng.standard_normal(40), 0, 1)
    found = fold_scores(observed, predicted, "binary", weight.astype(float))
    repeated = fold_scores(np.repeat(observed, weight), np.repeat(predicted, weight), "binary")
    for name in ("auc", "brier"):
        assert found[f"{name}_weighted"] == pytest.approx(repeated[name], abs=1e-12)
    scores = fold_scores(2 * observed, predicted, "ordinal", np.ones(40))
    assert scores["spearman_weighted"] == pytest.approx(scores["spearman"])
    assert np.isnan(fold_scores(np.ones(40), predicted, "binary", weight)["auc_weighted"])
