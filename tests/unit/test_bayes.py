"""The Gibbs samplers against closed forms, known truth, and BGLR's figures."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm

from dnngp.encodings.samples.rows import Rows
from dnngp.methods.bayes.gibbs import mixture_sweep, sweep
from dnngp.methods.bayes.sampler import effective_size
from dnngp.methods.bayesa import BayesA
from dnngp.methods.bayesb import BayesB
from dnngp.methods.bayescpi import BayesCPi
from dnngp.methods.bayesian_lasso import BayesianLasso
from dnngp.methods.bayesr import BayesR

#: Degrees of freedom that hold variances at their prior mode.
FIXED = 1e9


def simulated(n=200, p=60, effects=None, h2=0.5, seed=0):
    """Dosages (n, p), a trait of variance about 1 and mean 10, its effects."""
    rng = np.random.default_rng(seed)
    rows = rng.binomial(2, rng.uniform(0.2, 0.8, p), (n, p)).astype(float)
    effects = rng.normal(size=p) if effects is None else effects
    genetic = rows @ effects
    scale = np.sqrt(h2) / genetic.std()
    return (
        rows,
        10 + scale * (genetic - genetic.mean()) + np.sqrt(1 - h2) * rng.normal(size=n),
        scale * effects,
    )


def test_all_markers_with_known_variances_are_ridge_regression():
    """The posterior mean is (X'X + lambda I)^-1 X'y, whatever the sampler does on the way."""
    rows, y, _ = simulated()
    model = BayesCPi(iterations=6000, burn_in=500, df=FIXED, probability=1).fit(rows, y)
    centred, z = rows - rows.mean(axis=0), y - y.mean()
    spread = (centred**2).sum() / len(y)
    ratio = 0.5 / (0.5 / spread)  # noise (1 - r2) over slab r2 / spread, in phenotypic variances
    ridge = np.linalg.solve(centred.T @ centred + ratio * np.eye(60), centred.T @ z)
    inverse = np.linalg.inv(centred.T @ centred / 0.5 + np.eye(60) * spread / 0.5)
    # Monte Carlo error: posterior standard deviation over the root of independent draws.
    error = y.std() * np.sqrt(np.diag(inverse)) / np.sqrt(2000)
    assert np.all(np.abs(model.effects_ - ridge) < 5 * error)
    np.testing.assert_allclose(model.predict(rows).mean(), y.mean(), atol=0.02)


def test_inclusion_of_one_marker_equals_its_posterior_odds():
    """One marker, known variances: the odds are prior odds times the ratio of marginal likelihoods."""
    rng = np.random.default_rng(1)
    n, variance, noise, prior = 40, 0.3, 1.0, 0.2
    x = rng.normal(size=n)
    y = 0.25 * x + rng.normal(size=n)
    square = np.array([x @ x])
    posterior_variance = 1 / (square[0] / noise + 1 / variance)
    mean = posterior_variance * (x @ y) / noise
    bayes_factor = norm.pdf(0, 0, np.sqrt(variance)) / norm.pdf(0, mean, np.sqrt(posterior_variance))
    odds = prior / (1 - prior) * bayes_factor
    effects, residuals, draws = np.zeros(1), y.copy(), []
    for _ in range(20_000):
        sweep(
            x[None], square, residuals, effects, np.array([variance]), prior, noise,
            rng.random(1), rng.standard_normal(1),
        )  # fmt: skip
        draws.append(effects[0])
    draws = np.array(draws)
    expected = odds / (1 + odds)
    assert 0.1 < expected < 0.9
    assert np.mean(draws != 0) == pytest.approx(expected, abs=0.015)
    included = draws[draws != 0]
    assert included.mean() == pytest.approx(mean, abs=0.01)
    assert included.var() == pytest.approx(posterior_variance, rel=0.05)
    np.testing.assert_allclose(residuals, y - x * effects[0], atol=1e-9)


def test_classes_of_two_markers_equal_their_posterior():
    """Known variances and shares: every pair of classes has a closed marginal likelihood."""
    rng = np.random.default_rng(8)
    n, noise = 30, 1.0
    variances, shares = np.array([0.0, 0.05, 0.5]), np.array([0.5, 0.3, 0.2])
    columns = rng.normal(size=(2, n))
    columns[1] += 0.7 * columns[0]
    y = 0.3 * columns[0] + rng.normal(size=n)
    pairs = list(product(range(3), range(3)))
    chances, means = [], []
    for pair in pairs:
        prior = np.diag(variances[list(pair)])
        covariance = columns.T @ prior @ columns + noise * np.eye(n)
        chances.append(shares[list(pair)].prod() * multivariate_normal.pdf(y, np.zeros(n), covariance))
        means.append(prior @ columns @ np.linalg.solve(covariance, y))
    chances = np.array(chances) / np.sum(chances)
    squares, effects, residuals = np.einsum("pn,pn->p", columns, columns), np.zeros(2), y.copy()
    draws, members = [], np.zeros(3)
    for _ in range(40_000):
        found, scaled = mixture_sweep(
            columns, squares, residuals, effects, variances, shares, noise,
            rng.random(2), rng.standard_normal(2),
        )  # fmt: skip
        draws.append(effects.copy())
        members += found
    expected = [sum(c * pair.count(k) for c, pair in zip(chances, pairs, strict=True)) for k in range(3)]
    np.testing.assert_allclose(members / 40_000, expected, atol=0.02)
    np.testing.assert_allclose(np.mean(draws, axis=0), chances @ np.array(means), atol=0.01)
    assert scaled >= 0
    np.testing.assert_allclose(residuals, y - effects @ columns, atol=1e-9)


@pytest.mark.parametrize("model", [BayesB, BayesCPi, BayesR])
def test_large_effects_are_found_again(model):
    """Five QTL among 200 markers: high inclusion and effects near the truth, the rest near none."""
    rng = np.random.default_rng(5)
    effects = np.zeros(200)
    effects[[10, 50, 90, 130, 170]] = [1.0, -1.2, 0.8, 1.1, -0.9]
    rows, y, truth = simulated(n=500, p=200, effects=effects, h2=0.6, seed=6)
    found = model(iterations=3000, burn_in=1000).fit(rows, y)
    qtl = effects != 0
    assert found.inclusion_[qtl].min() > 0.9
    assert found.inclusion_[~qtl].mean() < 0.3
    np.testing.assert_allclose(found.effects_[qtl], truth[qtl], atol=0.12)
    noise = np.var(y - rows @ truth)
    assert found.diagnostics_["residual_variance"] == pytest.approx(noise, rel=0.15)
    new, fresh, _ = simulated(n=200, p=200, effects=effects, h2=0.6, seed=int(rng.integers(100)) + 10)
    assert np.corrcoef(found.predict(new), fresh)[0, 1] > 0.6


def test_few_large_effects_are_predicted_better_than_by_ridge():
    effects = np.zeros(400)
    effects[::80] = 1.0
    gains = []
    for seed in range(3):
        rows, y, truth = simulated(n=300, p=400, effects=effects, seed=seed)
        sparse = BayesB(iterations=1500, burn_in=500).fit(rows, y).effects_
        dense = BayesCPi(iterations=1500, burn_in=500, probability=1).fit(rows, y).effects_
        gains.append(np.sum((dense - truth) ** 2) - np.sum((sparse - truth) ** 2))
    assert min(gains) > 0


def test_fixed_effects_of_a_batch_are_least_squares_where_markers_say_nothing():
    rng = np.random.default_rng(2)
    rows = rng.binomial(2, 0.5, (120, 20)).astype(float)
    batch = rng.integers(0, 2, 120).astype(float)
    y = 5 + 3 * batch + rng.normal(size=120)
    fixed = np.column_stack([batch, 1 - batch])  # collinear with the mean
    model = BayesCPi(iterations=2000, burn_in=500, r2=0.01, probability=0.01).fit(Rows(rows, fixed=fixed), y)
    told = model.predict(Rows(rows).rows_to_predict(rows, fixed)).mean
    assert told[batch == 1].mean() - told[batch == 0].mean() == pytest.approx(
        y[batch == 1].mean() - y[batch == 0].mean(), abs=0.05
    )


def test_same_seed_same_bytes_whatever_was_drawn_before():
    rows, y, _ = simulated(n=60, p=30)
    short = {"iterations": 200, "burn_in": 50}
    first = BayesB(**short, random_state=4).fit(rows, y).effects_
    np.random.default_rng(0).normal(size=10)
    BayesCPi(**short).fit(rows, y)
    assert BayesB(**short, random_state=4).fit(rows, y).effects_.tobytes() == first.tobytes()
    assert not np.array_equal(BayesB(**short, random_state=5).fit(rows, y).effects_, first)


def test_units_of_the_phenotype_make_no_difference():
    rows, y, _ = simulated(n=80, p=40)
    short = {"iterations": 200, "burn_in": 50}
    for model in (BayesB(**short), BayesCPi(**short), BayesR(**short), BayesianLasso(**short)):
        plain = model.fit(rows, y).predict(rows)
        # A power of two changes no digit of a floating-point number.
        assert np.array_equal(model.fit(rows, 1024 * y).predict(rows), 1024 * plain)


@pytest.mark.parametrize("bad", [{"burn_in": 6000}, {"probability": 0}, {"probability": 1.5}])
def test_bad_settings_are_refused(bad):
    rows, y, _ = simulated(n=20, p=5)
    with pytest.raises(ValueError, match="must"):
        BayesCPi(**bad).fit(rows, y)


# convergence


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_effective_size_of_an_autoregressive_chain(correlation):
    """k (1 - r) / (1 + r) draws."""
    rng = np.random.default_rng(3)
    shocks = rng.normal(size=40_000)
    chain = np.empty(40_000)
    chain[0] = shocks[0]
    for i in range(1, len(chain)):
        chain[i] = correlation * chain[i - 1] + shocks[i]
    expected = 40_000 * (1 - correlation) / (1 + correlation)
    assert effective_size(chain) == pytest.approx(expected, rel=0.15)


def test_effective_size_of_a_chain_that_does_not_move():
    assert effective_size(np.full(100, 3.0)) == 0


# BGLR 1.1.4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "ability", "residual"),
    [
        (BayesCPi(probability=1), 0.3955, 0.526),
        (BayesCPi(), 0.381, 0.526),
        (BayesB(), 0.372, 0.535),
        (BayesA(), 0.384, 0.529),
        (BayesianLasso(), 0.387, 0.537),
    ],
    ids=["ridge", "BayesC", "BayesB", "BayesA", "lasso"],
)
def test_wheat_equals_bglr(shared, model, ability, residual):
    """Environment 1, standardised markers, fold 1 of the first repeat; BGLR with 12,000 iterations.

    Its Monte Carlo error is 0.002 to 0.004 in r and 0.005 in the residual variance.
    """
    folder = shared / "data" / "wheat_cimmyt599"
    markers = pd.read_csv(folder / "genotypes.csv.gz", index_col=0)
    y = pd.read_csv(folder / "phenotypes.csv", index_col=0).loc[markers.index, "yield_env1"].to_numpy()
    folds = pd.read_csv(shared / "reference" / "wheat599_folds.csv", dtype={"line": str}).set_index("line")
    test = (folds.loc[markers.index.astype(str), "rep1"] == 1).to_numpy()
    x = markers.to_numpy(float)
    x = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    found = model.fit(x[~test], y[~test])
    assert np.corrcoef(found.predict(x[test]), y[test])[0, 1] == pytest.approx(ability, abs=0.012)
    assert found.diagnostics_["residual_variance"] == pytest.approx(residual, abs=0.015)
    assert found.diagnostics_["ess_residual_variance"] > 100
