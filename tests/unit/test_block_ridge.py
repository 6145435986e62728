"""Ridge regression in two levels, beside a dense one written out from the textbook."""

import numpy as np
import pytest
from tests.unit.test_iterative import genotypes_of

from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.methods import GBLUP, BlockRidge
from dnngp.methods.blocks.two_levels import Blend, BlockPredictors

N, P = 260, 120
H2 = (0.1, 0.5, 0.9)


@pytest.fixture(scope="module")
def lines():
    """Dosages (n, p) in linkage disequilibrium, and phenotypes (n,) of half their variance."""
    random = np.random.default_rng(8)
    founders = random.binomial(2, random.uniform(0.2, 0.8, (20, P)))
    parts = [founders[random.integers(0, 20, N)][:, part : part + 12] for part in range(0, P, 12)]
    X = np.concatenate(parts, axis=1)
    genetic = X @ random.normal(size=P)
    return X.astype(float), genetic / genetic.std() + random.normal(size=N)


def ridge(X, y, penalty):
    """Slopes, means of the columns and of y."""
    centred = X - X.mean(axis=0)
    slopes = np.linalg.solve(centred.T @ centred + penalty * np.eye(X.shape[1]), centred.T @ (y - y.mean()))
    return slopes, X.mean(axis=0), y.mean()


def dense(X, y, folds, size):
    """Effects (p,) and mean of block ridge, as Mbatchou et al. 2021 describe it."""
    columns, effects, blocks = [], [], range(0, X.shape[1], size)
    for start in blocks:
        block = X[:, start : start + size]
        for h2 in H2:
            penalty = X.shape[1] * block.var(axis=0).mean() * (1 - h2) / h2
            column = np.empty(len(y))
            for held in folds:
                fit = np.setdiff1d(np.arange(len(y)), held)
                slopes, means, _ = ridge(block[fit], y[fit], penalty)
                column[held] = (block[held] - means) @ slopes
            columns.append(column.astype(np.float32).astype(float))  # as they are kept
            whole = np.zeros(X.shape[1])
            whole[start : start + size] = ridge(block, y, penalty)[0]
            effects.append(whole)
    W = np.column_stack(columns)
    deviations = W.std(axis=0)
    W = (W - W.mean(axis=0)) / deviations
    penalties = [W.shape[1] * (1 - h2) / h2 for h2 in H2]
    errors = []
    for penalty in penalties:
        off = np.empty(len(y))
        for held in folds:
            fit = np.setdiff1d(np.arange(len(y)), held)
            slopes, means, mean = ridge(W[fit], y[fit], penalty)
            off[held] = mean + (W[held] - means) @ slopes - y[held]
        errors.append(np.sum(off**2))
    slopes = ridge(W, y, penalties[int(np.argmin(errors))])[0]
    return np.column_stack(effects) @ (slopes / deviations), y.mean()


def test_effects_are_those_of_the_dense_regressions(lines):
    X, y = lines
    folds = np.array_split(np.random.default_rng(1).permutation(N), 4)
    blocks = (X[:, start : start + 50].T for start in range(0, P, 50))
    found = BlockPredictors.of(blocks, y, folds, H2, P)
    assert found.sizes.tolist() == [50, 50, 20]
    blend = Blend.of(found, y, folds, H2)
    effects, mean = dense(X, y, folds, 50)
    np.testing.assert_allclose(blend.effects, effects, rtol=0, atol=1e-8 * np.abs(effects).max())
    assert blend.mean == pytest.approx(mean, abs=1e-12)


def test_one_block_and_one_penalty_is_ridge_regression_times_a_number(lines):
    X, y = lines
    model = BlockRidge(block_size=P, heritabilities=[0.5], random_state=3).fit(X, y)
    effects = model._effects
    expected = ridge(X, y, P * X.var(axis=0).mean())[0]
    factor = effects @ expected / (expected @ expected)
    np.testing.assert_allclose(effects, factor * expected, atol=1e-10)
    assert 0.3 < factor < 1.2


def test_streamed_markers_and_rows_give_the_same(lines):
    X, y = lines
    genotypes = genotypes_of(np.ascontiguousarray(X.T, np.int8))
    training = TrainingSet(Population(genotypes), np.arange(200))
    model = BlockRidge(block_size=50).fit(training, y[:200])
    others = training.records(np.arange(200, N))
    predicted = model.predict(others).mean
    centred = X - X[:200].mean(axis=0)
    np.testing.assert_allclose(predicted, model._mean + centred[200:] @ model._effects, atol=1e-6)
    again = BlockRidge(block_size=50).from_arrays(model.to_arrays())
    assert np.array_equal(again.predict(others).mean, predicted)


def test_a_block_is_a_stretch_of_the_genome_whatever_varies():
    """So that the cuts are where they are in a job that knows a part of the markers."""
    dosages = np.random.default_rng(2).binomial(2, 0.5, (40, 30)).astype(np.int8)
    dosages[[3, 17, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]] = 1
    training = TrainingSet(Population(genotypes_of(dosages)), np.arange(25))
    sizes = [block.shape for block in training.streamed({"name": "additive"}).along_genome(10)]
    assert sizes == [(9, 25), (9, 25), (10, 25)]


def test_beside_gblup_on_a_known_trait(lines):
    """Many small effects: r with the phenotypes of new samples is that of GBLUP to a few hundredths."""
    X, y = lines
    genotypes = genotypes_of(np.ascontiguousarray(X.T, np.int8))
    training = TrainingSet(Population(genotypes), np.arange(200))
    others = training.records(np.arange(200, N))
    r = [
        np.corrcoef(model.fit(training, y[:200]).predict(others).mean, y[200:])[0, 1]
        for model in (BlockRidge(block_size=30), GBLUP())
    ]
    assert r[0] > 0.4
    assert r[0] > r[1] - 0.05
