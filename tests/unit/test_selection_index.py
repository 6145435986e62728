"""Selection indices: closed forms, covariances that come out, and gains that come true."""

import json

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.methods.mixed.trait_covariances import TraitCovariances, trait_covariances
from dnngp.prediction.genetic_gains import PredictionIndex, by_trait
from dnngp.prediction.selection_index import Goal, gain_errors, gains, passed_on

TRAITS = ["yield", "height", "rust", "oil"]


@pytest.fixture(scope="module")
def matrices():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(4, 4))
    genetic = root @ root.T
    return genetic + np.diag([1.0, 2.0, 3.0, 4.0]), genetic


def goal(weights=None, desired=None, restricted=()):
    return Goal(TRAITS, weights or {}, desired or {}, list(restricted))


def test_weights_give_the_index_of_smith_and_hazel(matrices):
    p, g = matrices
    a = {"yield": 1.0, "height": -0.5, "oil": 2.0}
    expected = np.linalg.inv(p) @ g @ [1.0, -0.5, 0.0, 2.0]
    np.testing.assert_allclose(goal(a).coefficients(p, g), expected)
    # Of BLUPs, whose covariance with the genetic values is their own, the weights are the index.
    np.testing.assert_allclose(goal(a).coefficients(g, g), [1.0, -0.5, 0.0, 2.0], atol=1e-10)


def test_restricted_traits_gain_nothing_and_the_others_as_much_as_that_leaves(matrices):
    p, g = matrices
    wish = goal({"yield": 1.0, "oil": 2.0}, restricted=["height", "rust"])
    b = wish.coefficients(p, g)
    found = gains(b, p, g, float(np.sqrt(b @ p @ b)))
    np.testing.assert_allclose(found[1:3], 0, atol=1e-12)
    # Kempthorne & Nordskog: the projection, written out.
    u, inverse = np.eye(4)[:, 1:3], np.linalg.inv(p)
    inner = np.linalg.inv(u.T @ g @ inverse @ g @ u)
    projection = np.eye(4) - inverse @ g @ u @ inner @ u.T @ g
    np.testing.assert_allclose(b, projection @ inverse @ g @ [1.0, 0, 0, 2.0])
    # No index with these restrictions gains more.
    rng = np.random.default_rng(1)
    null = np.linalg.svd(u.T @ g)[2][2:].T
    for _ in range(20):
        other = null @ rng.normal(size=2)
        gain = gains(other, p, g, float(np.sqrt(other @ p @ other)))
        assert gain[0] + 2 * gain[3] <= found[0] + 2 * found[3] + 1e-12


def test_desired_gains_come_in_proportion(matrices):
    p, g = matrices
    d = {"yield": 3.0, "height": -1.0, "oil": 0.5}
    b = goal(desired=d, restricted=["rust"]).coefficients(p, g)
    np.testing.assert_allclose(b, np.linalg.inv(g) @ [3.0, -1.0, 0.0, 0.5])  # Pesek & Baker
    np.testing.assert_allclose(gains(b, p, g, float(b @ p @ b)), [3.0, -1.0, 0.0, 0.5], atol=1e-10)
    fewer = goal(desired={"yield": 2.0, "oil": 1.0}).coefficients(p, g)
    gain = gains(fewer, p, g, 1.0)
    assert gain[0] / gain[3] == pytest.approx(2.0)


def test_traits_that_vary_together_have_an_index_of_what_they_share():
    same = np.ones((4, 4))
    b = goal({"yield": 1.0, "oil": 2.0}).coefficients(same, same)
    assert b.sum() == pytest.approx(3)
    assert gains(b, same, same, 1.0) == pytest.approx(np.full(4, 1 / 3))
    with pytest.raises(ArithmeticError, match="allow no such gains"):
        goal(desired={"yield": 1.0, "oil": -1.0}).coefficients(same, same)
    with pytest.raises(ArithmeticError, match="nothing is left"):
        goal({"yield": 1.0}, restricted=["oil"]).coefficients(same, same)
    with pytest.raises(ArithmeticError, match="nothing is left"):
        goal({"yield": 1.0}).coefficients(0 * same, 0 * same)


def population(rng, n, markers=400, families=20):
    """A kernel of families and its root."""
    parents = rng.binomial(1, 0.5, (families, markers))
    one, other = (parents[rng.integers(families, size=n)] for _ in range(2))
    dosages = one + other + rng.binomial(1, 0.1, (n, markers))
    centred = dosages - dosages.mean(axis=0)
    kernel = centred @ centred.T
    kernel /= np.trace(kernel) / n - kernel.mean()
    return kernel, centred / np.sqrt((centred**2).sum() / n)


G = np.array([[1.0, 0.5, -0.3], [0.5, 2.0, 0.4], [-0.3, 0.4, 0.8]])
R = np.array([[1.0, 0.3, 0.0], [0.3, 1.5, 0.2], [0.0, 0.2, 1.2]])


def simulated(rng, root, n):
    """Genetic values and phenotypes (n, 3) with covariances G and G + R."""
    effects = rng.normal(size=(root.shape[1], 3)) @ np.linalg.cholesky(G).T
    genetic = root @ effects
    return genetic, genetic + rng.normal(size=(n, 3)) @ np.linalg.cholesky(R).T


@pytest.fixture(scope="module")
def estimates():
    """Estimates of many simulated populations of the same samples."""
    rng = np.random.default_rng(5)
    kernel, root = population(rng, 150)
    return [trait_covariances(kernel, simulated(rng, root, 150)[1]) for _ in range(40)]


def test_covariances_are_recovered_with_their_errors(estimates):
    genetic = np.array([one.genetic for one in estimates])
    phenotypic = np.array([one.phenotypic for one in estimates])
    error = genetic.std(axis=0) / np.sqrt(len(estimates))
    assert np.all(np.abs(genetic.mean(axis=0) - G) < 3.5 * error)
    np.testing.assert_allclose(phenotypic.mean(axis=0), G + R, atol=0.35)
    pairs = np.einsum("jkjk->jk", np.mean([one.genetic_errors for one in estimates], axis=0))
    np.testing.assert_allclose(np.sqrt(pairs), genetic.std(axis=0), rtol=0.45)


def test_units_and_stored_numbers_come_back():
    rng = np.random.default_rng(6)
    kernel, root = population(rng, 60)
    y = simulated(rng, root, 60)[1]
    found, scaled = trait_covariances(kernel, y), trait_covariances(kernel, y * [1, 10, 0.1])
    units = np.outer([1, 10, 0.1], [1, 10, 0.1])
    np.testing.assert_allclose(scaled.genetic, found.genetic * units, rtol=1e-3)
    again = TraitCovariances.from_json(json.loads(json.dumps({"traits": [], **found.to_json()})))
    assert again.genetic_errors.tolist() == found.genetic_errors.tolist()
    assert (again.samples, again.log_likelihood) == (60, found.log_likelihood)
    with pytest.raises(UserError, match="one value only"):
        trait_covariances(kernel, y * [1, 0, 1])


def test_covariates_and_replicates_are_fitted():
    rng = np.random.default_rng(7)
    kernel, root = population(rng, 200)
    genetic, _ = simulated(rng, root, 200)
    plots = rng.integers(1, 9, 200).astype(float)
    errors = rng.normal(size=(200, 3)) @ np.linalg.cholesky(4 * R).T / np.sqrt(plots)[:, None]
    sex = rng.integers(0, 2, 200)[:, None].astype(float)
    y = genetic + errors + sex * [5.0, -3.0, 0.0]
    found = trait_covariances(kernel, y, sex - sex.mean(), np.repeat(plots[:, None], 3, axis=1))
    np.testing.assert_allclose(found.phenotypic - found.genetic, 4 * R * np.mean(1 / plots), atol=0.8)
    assert np.abs(found.genetic - G).max() < 1.2


def predicted(kernel, y, genetic, rest, known):
    """BLUPs (n - known, t) of samples without phenotypes, all traits together."""
    t = y.shape[1]
    covariance = np.kron(genetic, kernel[:known, :known]) + np.kron(rest, np.eye(known))
    design, inverse = np.kron(np.eye(t), np.ones((known, 1))), np.linalg.inv(covariance)
    values = y[:known].T.ravel()
    means = np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ values)
    slopes = np.kron(genetic, kernel[known:, :known])
    return (slopes @ inverse @ (values - design @ means)).reshape(t, -1).T + means


def indexed(y, kernel, wish, jointly, known=200):
    """The index of the samples without phenotypes, by estimated covariances."""
    found = trait_covariances(kernel[:known, :known], y[:known])
    here = kernel / (np.trace(kernel[:known, :known]) / known - kernel[:known, :known].mean())
    rest = found.phenotypic - found.genetic
    if jointly:
        values = predicted(here, y, found.genetic, rest, known)
    else:
        parts = [slice(j, j + 1) for j in range(3)]
        values = np.hstack([predicted(here, y[:, j], found.genetic[j, j], rest[j, j], known) for j in parts])
    names = [f"s{number:03}" for number in range(len(values))]
    table = pd.DataFrame(values, index=pd.Index(names, name="sample"), columns=wish.traits)
    long = table.melt(ignore_index=False, var_name="trait", value_name="predicted").reset_index()
    return PredictionIndex.of(wish, long, found, jointly)


@pytest.mark.parametrize("jointly", [True, False])
@pytest.mark.parametrize(
    "wish",
    [
        Goal(["a", "b", "c"], {"a": 1.0, "b": 0.5}, {}, ["c"]),
        Goal(["a", "b", "c"], {}, {"a": 1.0, "b": 1.0}, ["c"]),
    ],
)
def test_true_gains_lie_in_the_interval_as_often_as_it_says(wish, jointly):
    rng = np.random.default_rng(11)
    inside, off = [], []
    for _ in range(20):
        kernel, root = population(rng, 260)
        genetic, y = simulated(rng, root, 260)
        index = indexed(y, kernel, wish, jointly)
        score = (index.predictions * index.b).sum(axis=1)
        chosen = np.argsort(-score.to_numpy())[:10]
        table = index.table(index.predictions.index[chosen].tolist(), 0.9).iloc[:3]
        candidates = genetic[200:]
        true = candidates[chosen].mean(axis=0) - candidates.mean(axis=0)
        inside.append((table["lower"] < true) & (true < table["upper"]))
        off.append(true - table["gain"])
        assert table["gain"][2] == 0
    assert np.mean(inside) > 0.85
    assert np.all(np.abs(np.mean(off, axis=0)) < 3.5 * np.std(off, axis=0) / np.sqrt(20))


def test_what_an_index_of_predictions_says_of_itself():
    rng = np.random.default_rng(12)
    kernel, root = population(rng, 110)
    _, y = simulated(rng, root, 110)
    wish = Goal(["a", "b", "c"], {"a": 1.0, "c": -0.5}, {}, ["b"])
    index = indexed(y, kernel, wish, True, known=80)
    table = index.table(index.predictions.index[:5].tolist(), 0.9).set_index("trait")
    whole = table.loc["index"]
    assert whole["gain"] == pytest.approx(table["gain"]["a"] - 0.5 * table["gain"]["c"])
    pairs = index.covariance_table().set_index(["trait", "other"])
    assert pairs.loc[("b", "a"), "genetic"] == index.covariances.genetic[1, 0]
    assert pairs.loc[("c", "c"), "genetic_correlation"] == pytest.approx(1)
    # BLUPs of all traits together: their covariance with the genetic values is their own.
    np.testing.assert_allclose(index.covariance, index.variance, rtol=1e-6)
    assert index.coefficients == pytest.approx(dict(zip("abc", index.b, strict=True)))
    same = PredictionIndex(wish, index.predictions * 0 + 1, index.covariances, True)
    with pytest.raises(UserError, match="there is no index of a, b, c"):
        _ = same.b


def test_errors_of_gains_are_those_of_other_covariances():
    """The delta method against gains at slightly other genetic covariances."""
    of = trait_covariances(*_small())
    b, variance = np.array([1.0, 0.5, -0.2]), of.genetic * 0.5
    passed = passed_on(variance, of.genetic, False)
    errors = gain_errors(b, variance, passed, of, 1.0)

    def gain(genetic):
        spread = variance + passed @ (genetic - of.genetic) @ passed.T
        return gains(b, spread, passed @ genetic, 1.0)

    step, slopes = 1e-6, np.empty((3, 3, 3))
    for j in range(3):
        for k in range(3):
            other = of.genetic.copy()
            other[j, k] += step
            slopes[:, j, k] = (gain(other) - gain(of.genetic)) / step
    expected = np.einsum("ajk,jklm,blm->ab", slopes, of.genetic_errors, slopes)
    np.testing.assert_allclose(errors, expected, rtol=1e-3, atol=1e-6)


def _small():
    rng = np.random.default_rng(13)
    kernel, root = population(rng, 80)
    return kernel, simulated(rng, root, 80)[1]


def test_traits_that_are_environments_are_traits_of_the_index():
    table = pd.DataFrame(
        {"trait": "all traits", "environment": ["overall", "oil"], "sample": "a", "predicted": [1.0, 2.0]}
    )
    assert by_trait(table, True).to_dict("records") == [{"trait": "oil", "sample": "a", "predicted": 2.0}]
    assert by_trait(table, False) is table
