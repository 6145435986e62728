"""The network that chooses markers."""

import numpy as np
import pytest

from dnngp.methods.gblup import GBLUP
from dnngp.methods.networks.layers import layer_set
from dnngp.methods.sparse_net import SparseNet, sparse_net

QTL = [20, 90, 160]


@pytest.fixture(scope="module")
def fitted():
    """The model of a trait with three large effects, rows of 150 other lines and their genetic values."""
    rng = np.random.default_rng(6)
    rows = rng.binomial(2, rng.uniform(0.3, 0.7, 200), (350, 200)).astype(float)
    genetic = rows[:, QTL] @ [1.0, -1.0, 0.8]
    y = 5 + genetic + rng.normal(size=350)
    model = SparseNet(random_state=1).fit(rows[:200], y[:200])
    blup = GBLUP().fit(rows[:200], y[:200])
    return model, blup, rows[200:], genetic[200:]


def test_parameters():
    network = sparse_net((37, 1), layer_set("fused"), 0.1, 1e-3)
    assert network.count_params() == 2 * 37 + 1


def test_large_effects_are_found(fitted):
    model, _, _, _ = fitted
    assert sorted(np.argsort(np.abs(model.effects_))[-3:]) == QTL
    assert np.sign(model.effects_[QTL]).tolist() == [1, -1, 1]
    rest = np.abs(np.delete(model.effects_, QTL))
    assert np.median(rest) < 0.02 * np.abs(model.effects_[QTL]).min()


def test_few_large_effects_are_predicted_better_than_by_blup(fitted):
    """BLUP spreads them over all markers."""
    model, blup, others, genetic = fitted
    sparse, spread = (np.corrcoef(one.predict(others), genetic)[0, 1] for one in (model, blup))
    assert sparse > 0.9
    assert sparse > spread + 0.1


def test_predictions_are_linear_in_the_markers(fitted):
    model, _, others, _ = fitted
    steps = model.predict(others) - model.predict(others[:1])
    np.testing.assert_allclose(steps, (others - others[:1]) @ model.effects_, atol=1e-4)


def test_a_column_that_does_not_vary_has_no_effect(fitted):
    _, _, others, genetic = fitted
    rows = np.column_stack([others, np.full(len(others), 2.0)])
    model = SparseNet(epochs=3, members=1).fit(rows, genetic)
    assert model.effects_[-1] == 0
    rows[:, -1] = 0
    assert np.isfinite(model.predict(rows)).all()
