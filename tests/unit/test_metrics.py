"""Scores of one fold."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dnngp.metrics import fold_scores


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


#: r, rho and RMSE over all lines of repeat 1, published beside the reference predictions.
CHECKED = {
    ("VR1_E1", "yield_env1"): (0.4959, 0.4444, 0.8680, 0.9658),
    ("VR1_E4", "yield_env5"): (0.4670, 0.4590, 0.8836, 1.0005),
    ("GAUSS1_E1", "yield_env1"): (0.5582, 0.5207, 0.8295, 0.9913),
    ("GAUSS1_E4", "yield_env5"): (0.5298, 0.5122, 0.8481, 1.0669),
}


@pytest.mark.parametrize(("column", "trait"), CHECKED)
def test_published_figures(shared, column, trait):
    predicted = pd.read_csv(shared / "reference" / "wheat599_cv_exactreml_rep1.csv", index_col="line")[column]
    phenotypes = pd.read_csv(shared / "data" / "wheat_cimmyt599" / "phenotypes.csv", index_col="id")
    scores = fold_scores(phenotypes[trait].loc[predicted.index].to_numpy(), predicted.to_numpy())
    found = tuple(scores[name] for name in ("pearson", "spearman", "rmse", "slope"))
    assert found == pytest.approx(CHECKED[column, trait], abs=1e-4)


def test_predictions_shrunk_to_almost_nothing_have_a_correlation_but_no_slope():
    observed = np.array([1.0, 2.0, 4.0, 3.0])
    scores = fold_scores(observed, 5 + 1e-5 * observed)
    assert scores["pearson"] == pytest.approx(1)
    assert np.isnan(scores["slope"])
