"""Ridge and elastic net against other implementations and their definitions."""

import numpy as np
import pytest
from sklearn import linear_model

from dnngp.encodings.samples.rows import Rows
from dnngp.methods.elastic_net import ElasticNet
from dnngp.methods.ridge import Ridge


def simulated(n=60, p=90, seed=0):
    """Rows (n, p) of dosages and a trait of mean 5."""
    rng = np.random.default_rng(seed)
    rows = rng.binomial(2, rng.uniform(0.2, 0.8, p), (n, p)).astype(float)
    return rows, 5 + rows[:, :10] @ rng.normal(size=10) + 2 * rng.normal(size=n)


def unit(rows):
    """Mean squared length of the centred rows, in which the penalty is told."""
    return ((rows - rows.mean(axis=0)) ** 2).sum() / len(rows)


def test_leave_one_out_error_equals_leaving_one_out():
    rows, y = simulated()
    model = Ridge(penalty=0.3).fit(rows, y)
    centred = rows - rows.mean(axis=0)  # centred once: the penalty does not move with the line left out
    errors = []
    for i in range(len(y)):
        others = np.arange(len(y)) != i
        fit = linear_model.Ridge(0.3 * unit(rows), solver="svd").fit(centred[others], y[others])
        errors.append(fit.predict(centred[[i]])[0] - y[i])
    assert model.diagnostics_["loo_rmse"] == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-9)


def test_penalty_is_that_of_scikit_learn():
    rows, y = simulated()
    expected = linear_model.RidgeCV(np.array(Ridge.PENALTIES) * unit(rows)).fit(rows, y)
    found = Ridge().fit(rows, y)
    assert found.diagnostics_["penalty"] * unit(rows) == pytest.approx(expected.alpha_)
    np.testing.assert_allclose(found.predict(rows), expected.predict(rows), atol=1e-8)


@pytest.mark.parametrize("penalty", ["cv", 0, -1.0])
def test_bad_penalties_are_refused(penalty):
    with pytest.raises(ValueError, match="penalty must be one of loo or a number above 0"):
        Ridge(penalty).fit(*simulated())


@pytest.mark.parametrize("l1_ratio", [0.1, 1.0])
def test_elastic_net_minimises_its_objective(l1_ratio):
    """At the chosen penalty, scikit-learn's fit of standardised columns predicts the same."""
    rows, y = simulated(n=150)
    model = ElasticNet(l1_ratio=l1_ratio, random_state=3).fit(rows, y)
    centred = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    z = (y - y.mean()) / y.std()
    expected = linear_model.ElasticNet(
        model.diagnostics_["penalty"], l1_ratio=l1_ratio, tol=1e-8, max_iter=100_000
    )
    predicted = y.mean() + y.std() * expected.fit(centred, z).predict(centred)
    np.testing.assert_allclose(model.predict(rows), predicted, atol=0.02 * y.std())
    assert np.corrcoef(model.predict(rows), y)[0, 1] > 0.5


def test_elastic_net_folds_follow_ids_and_not_rows():
    rows, y = simulated(n=80)
    ids = [f"line{i}" for i in range(80)]
    order = np.random.default_rng(0).permutation(80)
    straight = ElasticNet(random_state=1).fit(Rows(rows, ids), y)
    shuffled = ElasticNet(random_state=1).fit(Rows(rows[order], [ids[i] for i in order]), y[order])
    assert shuffled.diagnostics_["penalty"] == pytest.approx(straight.diagnostics_["penalty"])
    np.testing.assert_allclose(shuffled.predict(rows), straight.predict(rows), atol=1e-3 * y.std())


def test_noise_is_predicted_by_the_mean():
    """Most of ten traits without a genetic part leave no or few markers in the model."""
    rng = np.random.default_rng(0)
    rows, _ = simulated(n=100)
    kept = [ElasticNet().fit(rows, rng.normal(size=100)).diagnostics_["features"] for _ in range(10)]
    assert np.median(kept) < 15
