"""Stacking and nested tuning: known weights, inner folds, no leak."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from dnngp.base.errors import UserError
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import INNER_FOLDS, TrainingSet, inner_folds
from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.tuning import settings, tune
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.genotypes.trait_types import BINARY
from dnngp.methods.declaration import Span
from dnngp.methods.gblup import GBLUP
from dnngp.methods.registry import METHODS
from dnngp.methods.stack import Stack, simplex_weights
from dnngp.methods.svr import SVR
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units


def population(n=120, p=150, seed=0):
    """Genotypes of n lines and an additive trait of heritability about 0.7."""
    rng = np.random.default_rng(seed)
    dosages = rng.binomial(2, rng.uniform(0.2, 0.8, (p, 1)), (p, n)).astype(np.int8)
    genetic = dosages.T @ rng.normal(size=p)
    ids = np.array([f"line{i}" for i in range(n)])
    genotypes = Genotypes(ids, variant_table("", 0, [f"m{j}" for j in range(p)], "", ""), dosages, 2, {})
    return genotypes, genetic + 0.65 * genetic.std() * rng.normal(size=n)


def whole(genotypes, test=0, groups=None):
    """A training set of all but the last samples."""
    return TrainingSet(Population(genotypes), np.arange(genotypes.n_samples - test), groups)


def rest(training):
    """The samples that a training set leaves, to predict."""
    n = training.population.genotypes.n_samples
    return training.records(np.arange(len(training.rows), n))


# weights


@given(st.integers(0, 10_000))
def test_weights_are_the_best_on_the_simplex(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, 5))
    y = 100 + rng.normal(size=40)
    predictions = 100 + rng.normal(size=(40, k)) + rng.uniform(0, 1, k) * (y - 100)[:, None]
    weights = simplex_weights(predictions, y)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)
    general = minimize(
        lambda w: np.sum((y - predictions @ w) ** 2),
        np.full(k, 1 / k),
        bounds=[(0, 1)] * k,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-12},
    )
    assert np.sum((y - predictions @ weights) ** 2) <= general.fun * (1 + 1e-6) + 1e-9


def test_weights_of_known_mixtures_are_found_again():
    rng = np.random.default_rng(0)
    parts = rng.normal(size=(500, 3))
    y = parts @ [0.7, 0.3, 0.0] + 0.01 * rng.normal(size=500)
    np.testing.assert_allclose(simplex_weights(parts, y), [0.7, 0.3, 0.0], atol=0.01)
    np.testing.assert_allclose(simplex_weights(parts + 50, y + 50), [0.7, 0.3, 0.0], atol=0.01)


# inner folds


@given(st.integers(5, 40), st.integers(2, 6))
def test_inner_folds_hold_out_each_line_once_whatever_the_order(n, folds):
    ids = [f"line{i}" for i in range(n)]
    held = np.concatenate([held for _, held in inner_folds(ids, None, folds, 1)])
    assert sorted(held) == list(range(n))
    backwards = ids[::-1]
    one = [{ids[i] for i in held} for _, held in inner_folds(ids, None, folds, 1)]
    other = [{backwards[i] for i in held} for _, held in inner_folds(backwards, None, folds, 1)]
    assert one == other


@pytest.mark.parametrize("several", [False, True])
def test_inner_folds_of_classes_have_their_share_of_each(several):
    """Of samples with two records, too; phenotypes that are no classes are not looked at."""
    genotypes, _ = population(n=60, p=20)
    sample = np.repeat(np.arange(60), 2) if several else np.arange(60)
    rare = np.isin(sample, np.arange(0, 60, 5)).astype(float)  # 12 of 60
    training = whole(genotypes)
    training.sample = sample
    plain = list(training.inner_folds(4, rare, 1))
    training.trait = BINARY
    folds = list(training.inner_folds(4, rare, 1))
    assert [np.unique(sample[held][rare[held] > 0]).size for _, held, *_ in folds] == [3] * 4
    assert sorted(np.concatenate([held for _, held, *_ in folds])) == list(range(len(sample)))
    without = training.inner_folds(4, np.zeros(len(sample)), 1)
    assert all(np.array_equal(one[1], other[1]) for one, other in zip(plain, without, strict=True))


def test_inner_folds_keep_groups_whole():
    groups = [f"family{i % 7}" for i in range(50)]
    for fit, held in inner_folds([str(i) for i in range(50)], groups, 5, 1):
        assert not {groups[i] for i in fit} & {groups[i] for i in held}


@pytest.mark.parametrize("groups", ["ab", "abc"])
def test_inner_fits_work_where_one_group_is_all_that_is_left(groups):
    """With one of two groups left out, lines of the other are held out, as nothing else can be."""
    genotypes, y = population(n=60, p=40)
    of = [groups[i % len(groups)] for i in range(60)]
    ids = genotypes.samples.tolist()
    splits = split_table(Units("few", ids, ids, of), "leave_group_out", 5, 1)
    result = evaluate(
        genotypes, pd.Series(y, genotypes.samples), splits, method="stack", encoding={"name": "own"},
        params={"members": ["gblup", {"method": "lightgbm", "params": {"n_estimators": 5}}], "folds": 3},
        maf=0.0, names=("few",),
    )  # fmt: skip
    assert result.folds["message"].tolist() == [""] * len(groups)


def test_inner_folds_are_encoded_from_their_own_training_lines():
    """Frequencies, and with them the scale, are those of the inner training lines alone."""
    genotypes, y = population()
    for fit, held, _, records in whole(genotypes, test=20).inner_folds(4, y, 1):
        assert len(fit) + len(held) == 100
        means = genotypes.rows(fit).mean(axis=0)
        rows = genotypes.rows(held) - means
        encoded = records.array({"name": "additive"}).values
        np.testing.assert_allclose(encoded, rows[:, encoded_columns(genotypes, fit)], atol=1e-5)


def encoded_columns(genotypes, lines):
    """Markers that vary among some lines."""
    return np.ptp(genotypes.rows(lines), axis=0) > 0


# the stack


def test_a_stack_of_one_is_its_member():
    genotypes, y = population()
    fold = whole(genotypes, test=20)
    stack = Stack(["gblup"]).fit(fold, y[:100])
    alone = GBLUP().fit(fold, y[:100]).predict(rest(fold)).mean
    np.testing.assert_allclose(stack.predict(rest(fold)).mean, alone)
    assert stack.weights_.tolist() == [1.0]


def test_a_useless_member_gets_no_weight_and_costs_nothing():
    genotypes, y = population(p=20)
    fold = whole(genotypes, test=20)
    stack = Stack(["mean", "gblup"]).fit(fold, y[:100])
    assert stack.weights_[1] > 0.8
    assert stack.diagnostics_["weight_gblup"] == stack.weights_[1]


def test_members_have_their_own_encodings_and_parameters():
    genotypes, y = population()
    fold = whole(genotypes, test=20)
    members = ["svr", {"method": "svr", "encoding": {"name": "pca", "components": 5}, "params": {"C": 0.2}}]
    stack = Stack(members).fit(fold, y[:100])
    assert set(stack.diagnostics_) == {"weight_svr", "weight_svr2", "inner_rmse"}
    assert np.isfinite(stack.predict(rest(fold)).mean).all()


@pytest.mark.parametrize(("members", "message"), [([], "needs members"), (["gblub"], "'gblup'")])
def test_bad_members_are_refused(members, message):
    genotypes, y = population(n=30)
    with pytest.raises(UserError, match=message):
        Stack(members).fit(whole(genotypes), y)


def test_phenotypes_of_test_lines_and_of_held_out_lines_do_not_reach_the_weights():
    """A member that remembers its training lines would look perfect if it were scored on them."""
    genotypes, _ = population()
    noise = np.random.default_rng(3).normal(size=120)
    memory = {"method": "svr", "params": {"C": 1000.0}}
    weights = [
        Stack(["mean", memory], random_state=seed).fit(whole(genotypes), noise).weights_ for seed in range(5)
    ]
    assert np.mean(weights, axis=0)[0] > 0.7


# tuning


def test_settings_begin_with_the_default_and_stay_within_their_spans():
    search = {"a": Span(1, 100, log=True, whole=True), "b": Span(-1.0, 1.0), "c": ("x", "y")}
    tried = settings(search, 200, 1)
    assert tried[0] == {}
    assert len(tried) == 200
    assert all(1 <= one["a"] <= 100 and isinstance(one["a"], int) for one in tried[1:])
    assert all(-1 <= one["b"] <= 1 for one in tried[1:])
    assert {one["c"] for one in tried[1:]} == {"x", "y"}
    # Evenly on the log scale: half of the draws below the geometric mean.
    assert np.mean([one["a"] <= 10 for one in tried[1:]]) == pytest.approx(0.5, abs=0.12)
    assert settings(search, 50, 1) == tried[:50]
    assert settings({}, 50, 1) == [{}]


def test_tuning_finds_a_setting_that_is_needed():
    """With epsilon fixed at a useless 3, only C is tuned; with nothing fixed, r is higher."""
    genotypes, y = population()
    fold = whole(genotypes)
    free = tune(METHODS["svr"], {}, {"name": "additive"}, fold, y, 6, 1)
    bad = tune(METHODS["svr"], {"epsilon": 3.0}, {"name": "additive"}, fold, y, 6, 1)
    assert "epsilon" not in bad.params
    assert free.score > bad.score
    assert free.tried == bad.tried == 6


def test_a_score_is_that_of_cross_validation_by_hand():
    genotypes, y = population()
    fold = whole(genotypes)
    found = tune(METHODS["svr"], {}, {"name": "additive"}, fold, y, 4, 9)
    abilities = []
    for fit, held, inner, records in fold.inner_folds(INNER_FOLDS, y, 9):
        rows, others = (seen.array({"name": "additive"}).values for seen in (inner, records))
        predicted = SVR(**found.params).fit(rows, y[fit]).predict(others)
        abilities.append(np.corrcoef(predicted, y[held])[0, 1])
    assert found.score == pytest.approx(np.mean(abilities), abs=1e-12)


def test_settings_that_fail_are_passed_over(monkeypatch):
    genotypes, y = population(n=60)
    method = METHODS["svr"]
    monkeypatch.setattr(SVR, "fit", failing(SVR.fit))
    found = tune(method, {}, {"name": "additive"}, whole(genotypes), y, 5, 1)
    assert found.params == {}


def failing(fit):
    """A fit that breaks down at everything but the default."""

    def broken(self, X, y):
        if self.C != 1.0:
            raise ArithmeticError("no convergence")
        return fit(self, X, y)

    return broken


@pytest.mark.slow
def test_tuning_on_a_permuted_trait_predicts_nothing():
    """Nested: however many settings are tried, r of the outer folds stays around 0."""
    genotypes, y = population(n=200, p=120, seed=1)
    rng = np.random.default_rng(7)
    ids = genotypes.samples.tolist()
    splits = split_table(Units("null", ids, ids), "random", 5, 1)
    abilities = []
    for permutation in range(12):
        phenotype = pd.Series(rng.permutation(y), index=genotypes.samples)
        result = evaluate(
            genotypes, phenotype, splits, method="svr", encoding={"name": "additive"}, params={},
            maf=0.0, names=("null", permutation), tune=8,
        )  # fmt: skip
        abilities.append(result.folds["pearson"].mean())
    assert abs(np.mean(abilities)) <= 0.06
