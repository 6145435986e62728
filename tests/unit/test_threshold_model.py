"""Threshold models: the references, the gradient of the likelihood, and heritabilities that were put in."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnngp.methods.mixed.error_contrasts import spread_of
from dnngp.methods.mixed.threshold_model import _Problem, fit_threshold

SHARED = Path(os.environ.get("DNNGP_SHARED", "shared"))


@pytest.fixture(scope="module")
def trial():
    """Plots of Besag's corn trials: entries, counties beside the first, yields."""
    path = SHARED / "data" / "plots" / "besag.met.tsv"
    if not path.exists():
        pytest.skip("needs the shared data")
    plots = pd.read_csv(path, sep="\t").dropna(subset="yield")
    return plots, pd.get_dummies(plots["gen"], dtype=float), pd.get_dummies(plots["county"], dtype=float)


def reference(name):
    return pd.read_csv(SHARED / "reference" / "phenotypes" / f"besag_{name}.csv", index_col=0)


def test_two_classes_are_those_of_lme4(trial):
    plots, entries, counties = trial
    high = plots["yield"] > plots.groupby("county")["yield"].transform("median")
    design, fixed = entries.to_numpy(), counties.to_numpy()[:, 1:]
    fit = fit_threshold(design @ design.T, high.to_numpy(), 2, fixed)
    assert fit.components.log_likelihood == pytest.approx(-777.110115457, abs=1e-3)
    assert fit.components.vu == pytest.approx(0.1625802866, abs=1e-3)
    known = reference("probit_liability").loc[entries.columns]
    assert design.T @ fit.weights == pytest.approx(known["liability"].to_numpy(), abs=1e-3)
    variances = fit.error_variance(design.T, np.ones(design.shape[1]))
    assert variances == pytest.approx(known["pev"].to_numpy(), abs=1e-3)
    effects = reference("probit_fixed")["estimate"].to_numpy()
    assert [fit.mean, *fit.effects] == pytest.approx(effects, abs=1e-3)


def test_ordered_classes_are_those_of_the_package_ordinal(trial):
    plots, entries, counties = trial
    deviations = plots["yield"] - plots.groupby("county")["yield"].transform("mean")
    score = np.digitize(deviations, [-12, -4, 4, 12])
    design, fixed = entries.to_numpy(), counties.to_numpy()[:, 1:]
    fit = fit_threshold(design @ design.T, score, 5, fixed)
    assert fit.components.log_likelihood == pytest.approx(-1788.04375649, abs=1e-3)
    assert fit.components.vu**0.5 == pytest.approx(0.3794324483, abs=1e-3)
    cuts = [-0.72964552, -0.22573895, 0.19986565, 0.64740072]
    assert fit.thresholds - fit.mean == pytest.approx(cuts, abs=1e-3)
    known = reference("ordinal_liability").loc[entries.columns, "liability"]
    assert design.T @ fit.weights == pytest.approx(known.to_numpy(), abs=1e-3)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_gradient_is_that_of_the_likelihood(classes):
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((60, 20))
    y = np.digitize(rows[:, 0] + rng.standard_normal(60), [-1, 0, 1][: classes - 1])
    problem = _Problem(rows @ rows.T / 20, y, rows[:, 1:3], rng.integers(1, 4, 60).astype(float))
    steps = np.log([0.7, 0.9])[: classes - 2]
    at = np.concatenate([[-0.4, -0.8], steps, [0.1, -0.2]])
    slopes = [(problem.at(at + h).value - problem.at(at - h).value) / 2e-5 for h in 1e-5 * np.eye(len(at))]
    assert problem.at(at).gradient == pytest.approx(slopes, abs=1e-6)


@pytest.mark.parametrize("classes", [2, 4])
def test_a_record_of_weight_two_is_two_records(classes):
    rng = np.random.default_rng(2)
    rows = rng.standard_normal((50, 20))
    y = np.digitize(rows[:, 0] + rng.standard_normal(50), [-0.5, 0.5, 1][: classes - 1])
    counts, kernel = np.where(np.arange(50) % 3, 1, 2), rows @ rows.T / 20
    twice = np.repeat(np.arange(50), counts)
    one = fit_threshold(kernel, y, classes, rows[:, 1:2], counts.astype(float))
    # The scale of a kernel is that among its records, and centring moves the level alone.
    other = fit_threshold(kernel[np.ix_(twice, twice)], y[twice], classes, rows[twice, 1:2])
    assert one.components.vu == pytest.approx(other.components.vu, rel=1e-3)
    assert one.components.log_likelihood == pytest.approx(other.components.log_likelihood, abs=1e-6)
    known = kernel, rows[:, 1:2]
    assert one.predict(*known) == pytest.approx(other.predict(kernel[:, twice], rows[:, 1:2]), abs=1e-4)
    diagonal = np.diagonal(kernel)
    variance = other.error_variance(kernel[:, twice], diagonal)
    assert one.error_variance(kernel, diagonal) == pytest.approx(variance, rel=1e-3)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_heritability_of_the_liability_is_found(classes):
    """Mean over 40 populations of 200 samples, whose liability 40 independent markers make."""
    found = []
    for number in range(40):
        rng = np.random.default_rng(number)
        rows = rng.integers(0, 3, (200, 40)).astype(float)
        rows -= rows.mean(axis=0)
        kernel = rows @ rows.T / spread_of(rows @ rows.T)
        genetic = rows @ rng.standard_normal(40) / (np.sum(rows**2) / 200) ** 0.5
        liability = genetic * (0.4 / 0.6) ** 0.5 + rng.standard_normal(200)
        y = np.digitize(liability, [0.3] if classes == 2 else [-1, 0, 1])
        found.append(fit_threshold(kernel, y, classes).components.h2)
    assert abs(np.mean(found) - 0.4) < 2 * np.std(found, ddof=1) / 40**0.5


def test_a_class_that_no_sample_has_gets_no_probability():
    rng = np.random.default_rng(3)
    rows = rng.standard_normal((50, 10))
    y = np.digitize(rows[:, 0] + rng.standard_normal(50), [-0.5, 0.5])
    fit = fit_threshold(rows @ rows.T / 10, np.array([1, 3, 4])[y], 6)
    chances = fit.probability(np.array([-1.0, 0.0, 2.0]), np.zeros(3))
    assert chances.sum(axis=1) == pytest.approx(np.ones(3))
    assert (chances[:, [0, 2, 5]] == 0).all()
    assert (chances[:, [1, 3, 4]] > 0).all()
