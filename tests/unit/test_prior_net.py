"""A network over marker statistics: features in closed form, its start is rkhs, its weights are checked."""

import base64
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr

from dnngp.base.errors import UserError
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.rows import Rows
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.methods.gblup import GBLUP
from dnngp.methods.prior import network
from dnngp.methods.prior.marker_features import Genome, disequilibrium, facts, marker_features, scores
from dnngp.methods.prior_net import MILD, PriorNet
from dnngp.methods.rkhs import RKHS


@pytest.fixture(scope="module")
def lines():
    """Rows (80, 60), phenotypes (80,) with a large locus, rows of 30 others, fixed effects (80, 1)."""
    rng = np.random.default_rng(5)
    rows = rng.binomial(2, rng.uniform(0.2, 0.8, 60), (110, 60)).astype(float)
    y = rows[:, :30] @ rng.normal(size=30) / 4 + rows[:, 44] + rng.normal(size=110)
    return rows[:80], 10 + y[:80], rows[80:], rng.normal(size=(80, 1))


@pytest.fixture
def untrained(monkeypatch):
    monkeypatch.setattr(network, "trained", network.untrained)


def test_untrained_it_is_rkhs(lines, untrained):
    X, y, others, _ = lines
    weight = np.linspace(0.5, 2, len(y))
    for given in (None, weight):
        expected, model = RKHS().fit(X, y, given), PriorNet().fit(X, y, given)
        np.testing.assert_allclose(model.predict(others), expected.predict(others), rtol=1e-8)
        records = Rows(X).rows_to_predict(others)
        reliability = [one._predict(records).reliability for one in (model, expected)]
        np.testing.assert_allclose(*reliability, rtol=1e-6, atol=1e-8)
        assert model.diagnostics_["h2"] == pytest.approx(expected.diagnostics_["h2"])


def test_it_has_as_many_parameters_as_is_said():
    assert sum(int(np.prod(shape)) for shape in network.SHAPES.values()) == 1759
    stored = network.trained()
    assert {name: value.shape for name, value in stored.items()} == network.SHAPES | network.RANGES
    assert all(np.isfinite(value).all() for value in stored.values())


def test_other_weights_than_those_published_are_refused(tmp_path):
    changed = bytearray(base64.b64decode(network.WEIGHTS.read_bytes()))
    changed[-200] ^= 1
    (tmp_path / "weights").write_bytes(base64.encodebytes(changed))
    with pytest.raises(UserError, match="does not hold the weights"):
        network.trained(tmp_path / "weights")
    with pytest.raises(UserError, match="Restore the file"):
        network.trained(tmp_path / "absent")


def test_order_of_samples_alleles_and_columns_changes_nothing(lines):
    """Columns of a table without positions are their order; with positions, the order is the genome's."""
    X, y, others, _ = lines
    expected = PriorNet().fit(X, y).predict(others)
    order = np.random.default_rng(1).permutation(len(y))
    np.testing.assert_allclose(PriorNet().fit(X[order], y[order]).predict(others), expected, rtol=1e-7)
    other_allele = np.arange(X.shape[1]) % 3 == 0
    recoded = [np.where(other_allele, 2 - rows, rows) for rows in (X, others)]
    np.testing.assert_allclose(PriorNet().fit(recoded[0], y).predict(recoded[1]), expected, rtol=1e-7)
    np.testing.assert_allclose(PriorNet().fit(3 * X, 7 * y).predict(3 * others), 7 * expected, rtol=1e-7)

    predicted = []
    for columns in (np.arange(60), np.random.default_rng(2).permutation(60)):
        variants = variant_table(
            ["1"] * 25 + ["2"] * 35, np.arange(60) + 1, [f"m{i}" for i in range(60)], "", ""
        )
        dosages = np.concatenate([X, others]).T.astype(np.int8)[columns]
        table = variants.iloc[columns].reset_index(drop=True)
        samples = np.array([f"s{i}" for i in range(110)])
        population = Population(Genotypes(samples, table, np.ascontiguousarray(dosages), 2, {}))
        training = TrainingSet(population, np.arange(80))
        predicted.append(PriorNet().fit(training, y).predict(training.records(np.arange(80, 110))).mean)
    np.testing.assert_allclose(*predicted, rtol=1e-5)


def test_scores_are_those_of_generalised_least_squares(lines):
    """Of each marker as a fixed effect, the variances held."""
    X, y, _, fixed = lines
    fit = GBLUP().fit(Rows(X, fixed=fixed), y).fit_
    centred = X - X.mean(axis=0)
    z, spread = scores(lambda part: centred[:, part], 60, fit)
    kernel = Rows(X).kernel("additive")
    v = fit.components.vu * kernel.values / kernel.scale + fit.components.ve * np.eye(80)
    inverse, design = np.linalg.inv(v), np.column_stack([np.ones(80), fixed])
    p = inverse - inverse @ design @ np.linalg.solve(design.T @ inverse @ design, design.T @ inverse)
    expected = X.T @ p @ y / np.sqrt(np.einsum("np,nm,mp->p", X, p, X))
    np.testing.assert_allclose(z, expected, rtol=1e-6)
    np.testing.assert_allclose(spread, X.var(axis=0))
    assert np.abs(z).argmax() == 44


def test_windows_end_where_chromosomes_do():
    variants = pd.DataFrame({"chrom": ["b", "a", "a", "b", "b"], "pos": [30, 2, 1, 10, 20]})
    genome = Genome.of(variants, 5)
    assert genome.order.tolist() == [3, 4, 0, 2, 1]
    values = np.array([1.0, 2.0, 6.0, 10.0, 20.0])
    np.testing.assert_allclose(genome.means(values, 1), [1.5, 3, 4, 15, 15])
    assert genome.maxima(values, 1).tolist() == [2, 6, 6, 20, 20]
    assert genome.shifted(values, 1).tolist() == [2, 6, 0, 20, 0]
    assert Genome.of(None, 3).order.tolist() == [0, 1, 2]
    assert Genome.of(variants.assign(chrom="", pos=0), 5).order.tolist() == [0, 1, 2, 3, 4]


def test_linkage_disequilibrium_is_mean_r2_of_neighbours():
    rng = np.random.default_rng(3)
    first = rng.normal(size=50)
    rows = np.column_stack([first, first, rng.normal(size=50)])
    rows -= rows.mean(axis=0)
    genome = Genome(np.arange(3), np.zeros(3, int), np.full(3, 3))
    chance = (pearsonr(rows[:, 0], rows[:, 2]).statistic ** 2 - 1 / 50) / (1 - 1 / 50)
    found = disequilibrium(lambda part: rows[:, part], rows.var(axis=0), genome)
    np.testing.assert_allclose(found, [(1 + chance) / 2, (1 + chance) / 2, chance])


def test_features_and_facts_of_known_statistics(lines):
    X, y, _, _ = lines
    gblup, rkhs = GBLUP().fit(X, y), RKHS().fit(X, y)
    z, genome = np.array([0.0, -2.0, 1.0]), Genome.of(None, 3)
    found = marker_features(z, np.ones(3), np.array([0.1, 0.2, 0.3]), genome)
    mean = 5 / 3
    np.testing.assert_allclose(
        found[1], [2, np.log(5), *[np.log1p(mean)] * 2, 1, np.log1p(4 / mean), np.log(6), 0, 0.2]
    )
    known = facts(z, np.array([0.1, 0.2, 0.3]), gblup.fit_, rkhs.fit_, 0.5)
    expected = {0: np.log(80), 1: np.log(3), 5: np.log(0.5), 6: np.log(5), 8: np.log(mean), 11: 0.2}
    np.testing.assert_allclose(known[[*expected]], [*expected.values()])
    assert known[4] == pytest.approx(
        rkhs.diagnostics_["log_likelihood"] - gblup.diagnostics_["log_likelihood"]
    )


def test_the_rule_without_a_network_is_the_gaussian_kernel_of_weighted_markers(lines):
    X, y, others, _ = lines
    model = PriorNet(rule="score").fit(X, y)
    centred = X - X.mean(axis=0)
    z, _ = scores(lambda part: centred[:, part], 60, GBLUP().fit(X, y).fit_)
    root = MILD ** (np.abs(z) / 2)
    expected = RKHS().fit(X * root, y).predict(others * root)
    np.testing.assert_allclose(model.predict(others), expected, rtol=1e-6)


def test_what_lies_beyond_the_ranges_of_training_is_taken_to_their_end():
    parameters, genome = network.trained(), Genome.of(None, 4)
    features, known = (
        np.tile(parameters[f"{name}_range"][1], (rows, 1)) for name, rows in (("feature", 4), ("fact", 1))
    )
    at_end = network.output(parameters, features, known[0], genome)
    beyond = network.output(parameters, features + 100, known[0] + 100, genome)
    assert np.array_equal(at_end.weights, beyond.weights)
    assert np.array_equal(at_end.mixture, beyond.mixture)
    assert at_end.mixture.sum() == pytest.approx(1)


def test_training_predicts_as_the_method_does_and_its_gradients_are_exact(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import mosaics
    import pretrain

    task = mosaics.task(np.random.default_rng(3), 2)
    folds = pretrain.ready(replace(task, chromosome=task.chromosome * 0))
    parameters = pretrain.start(np.random.default_rng(0), folds)
    parameters["outer"] *= 5
    fold = replace(folds[1], rows=folds[1].rows.astype(float))

    n = len(fold.y)
    monkeypatch.setattr(network, "trained", lambda: parameters)
    predicted = PriorNet().fit(task.dosages[:n], task.y[1]).predict(task.dosages[n:])
    found = pretrain.forward(parameters, fold).predicted
    np.testing.assert_allclose(found, predicted - predicted.mean(), atol=1e-6)
    _, slopes = pretrain.gradient(parameters, fold)
    for name, slope in slopes.items():
        place = np.unravel_index(np.abs(slope).argmax(), slope.shape)
        values = []
        for step in (1e-4, -1e-4):
            moved = parameters | {name: parameters[name].copy()}
            moved[name][place] += step
            values.append(pretrain.loss(pretrain.forward(moved, fold), fold)[0])
        assert (values[0] - values[1]) / 2e-4 == pytest.approx(slope[place], rel=0.02, abs=1e-6), name
    del sys.modules["pretrain"], sys.modules["mosaics"]
