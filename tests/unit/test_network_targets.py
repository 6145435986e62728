"""Networks on weighted records, counts and classes: losses, links and training."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.metrics import log_loss, mean_poisson_deviance, roc_auc_score

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.encodings.samples.rows import Rows
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.methods.kernel_net import KernelNet
from dnngp.methods.mlp import MLP
from dnngp.methods.networks import losses
from dnngp.methods.networks.backend import keras, tf
from dnngp.methods.networks.network_regressor import NetworkRegressor
from dnngp.methods.sparse_net import SparseNet
from dnngp.validation.inner_split import inner_split

COUNT, BINARY = TraitType("count"), TraitType("binary", ("no", "yes"))
ORDINAL = TraitType("ordinal", ("low", "middle", "high", "top"))
TRAITS = {trait.kind: trait for trait in (CONTINUOUS, COUNT, BINARY, ORDINAL)}


def linear(shape, layers, penalty):
    """One unit over all inputs."""
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Flatten(),
            layers.Dense(1, kernel_initializer="zeros", kernel_regularizer=keras.regularizers.L2(penalty)),
        ]
    )


@dataclass(eq=False, repr=False)
class Linear(NetworkRegressor):
    """A network without a hidden layer, trained to the minimum of its loss."""

    WEIGHTS = True
    penalty: float = 0.0
    stopping: str = "none"
    batch_size: int = 1000
    epochs: int = 400
    learning_rate: float | None = 0.05
    plateau_patience: int = 50

    def _network(self):
        return linear, {"penalty": self.penalty}


@pytest.fixture(scope="module")
def simulated():
    """Features (120, 3), their sum, and a trait of each kind that follows it."""
    draw = np.random.default_rng(3)
    x = draw.normal(size=(120, 3))
    liability = x @ [1.0, -0.7, 0.4]
    noisy = liability + draw.logistic(size=120)
    traits = {
        "continuous": 50 + 4 * noisy,
        "count": draw.poisson(3 * np.exp(0.5 * liability)).astype(float),
        "binary": (noisy > 0.5).astype(float),
        "ordinal": np.digitize(noisy, [-1.5, 0.0, 1.0]).astype(float),
    }
    return x, liability, traits


def predicted(model, x):
    """Everything that a fitted network predicts of rows."""
    return model.predict(model._rows.rows_to_predict(x))


def mlp(**parameters):
    return MLP(**{"hidden": (4,), "dropout": 0.0, "epochs": 5, "random_state": 2, **parameters})


# losses


def of_classes(y, output, steps):
    """Negative log likelihood (n,) by differences of cumulative probabilities."""
    cuts = np.cumsum([steps[0], *np.exp(steps[1:])])
    over = expit(output[:, None] - cuts)
    probability = -np.diff(np.column_stack([np.ones(len(y)), over, np.zeros(len(y))]))
    return -np.log(probability[np.arange(len(y)), y.astype(int)])


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_loss_of_classes_is_their_likelihood(classes):
    draw = np.random.default_rng(classes)
    y, output = draw.integers(0, classes, 40).astype(float), draw.normal(size=40) * 2
    weight, steps = draw.uniform(0.5, 2, 40), draw.normal(size=classes - 1)
    tensors = [tf.constant(one, tf.float32) for one in (output, steps)]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        loss = losses.cumulative(np.float32(y), tensors[0], np.float32(weight), tensors[1])
    gradients = np.concatenate(tape.gradient(loss, tensors))

    def expected(values):
        return np.mean(weight * of_classes(y, values[:40], values[40:]))

    both = np.concatenate([output, steps])
    assert float(loss) == pytest.approx(expected(both), rel=1e-5)
    differences = [(expected(both + e) - expected(both - e)) / 2e-5 for e in 1e-5 * np.eye(len(both))]
    np.testing.assert_allclose(gradients, differences, atol=1e-5)
    if classes == 2:
        probability = expit(output - steps[0])
        assert float(loss) == pytest.approx(
            log_loss(y, probability, sample_weight=weight) * weight.mean(), rel=1e-5
        )


def test_far_outputs_keep_a_finite_loss_and_gradient():
    output = tf.constant([-300.0, 300.0, 300.0])
    with tf.GradientTape() as tape:
        tape.watch(output)
        loss = losses.cumulative(tf.constant([2.0, 0.0, 1.0]), output, None, tf.constant([0.0, -2.0]))
    assert np.isfinite(float(loss))
    np.testing.assert_allclose(tape.gradient(loss, output), np.array([-1, 1, 1]) / 3, atol=1e-6)


def test_the_loss_of_counts_is_half_their_deviance():
    draw = np.random.default_rng(0)
    y, output = draw.poisson(2.0, 30).astype(np.float32), draw.normal(size=30).astype(np.float32)
    weight = draw.uniform(0.5, 2, 30).astype(np.float32)
    expected = mean_poisson_deviance(y, np.exp(output), sample_weight=weight) / 2
    found = float(losses.poisson(y, output, weight / weight.mean()))
    assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", losses.LOSSES)
def test_a_weight_of_two_is_a_row_twice_in_the_losses_of_quantities(name):
    draw = np.random.default_rng(1)
    y, output = draw.normal(size=(2, 20)).astype(np.float32)
    times = draw.integers(1, 4, 20)
    loss = losses.LOSSES[name]
    weighted = loss(y, output, np.float32(times / times.mean()))
    assert float(weighted) == pytest.approx(float(loss(y.repeat(times), output.repeat(times))), abs=1e-6)


# training


@pytest.mark.parametrize("kernels", ["fused", "keras"])
@pytest.mark.parametrize("kind", TRAITS)
def test_a_weight_of_two_is_a_row_twice(simulated, kind, kernels):
    x, _, traits = simulated
    times = np.where(np.arange(120) % 3 == 0, 2, 1)
    whole = {"stopping": "none", "batch_size": 1000, "kernels": kernels, "learning_rate": 0.01}
    weighted = mlp(**whole).fit(Rows(x, weights=RecordWeights(times), trait=TRAITS[kind]), traits[kind])
    twice = mlp(**whole).fit(Rows(x.repeat(times, axis=0), trait=TRAITS[kind]), traits[kind].repeat(times))
    alike = mlp(**whole).fit(Rows(x, trait=TRAITS[kind]), traits[kind])
    found, expected = predicted(weighted, x), predicted(twice, x)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-5, atol=1e-5)
    assert np.abs(found.mean - predicted(alike, x).mean).max() > 1e-3
    if TRAITS[kind].has_classes:
        np.testing.assert_allclose(found.probability, expected.probability, atol=1e-5)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("kind", ["continuous", "ordinal"])
def test_equal_weights_are_none_to_the_byte(simulated, kind, known):
    x, _, traits = simulated
    weights = RecordWeights(np.full(120, 7.0), known)
    found, expected = (
        mlp(epochs=2).fit(Rows(x, weights=one, trait=TRAITS[kind]), traits[kind]) for one in (weights, None)
    )
    assert np.array_equal(found.predict(x), expected.predict(x))
    assert found.history_.equals(expected.history_)


def test_multiplying_all_weights_changes_nothing(simulated):
    x, _, traits = simulated
    weight = np.random.default_rng(0).uniform(1, 8, 120)
    models = [mlp(epochs=3).fit(x, traits["continuous"], weight * times) for times in (1, 8)]
    assert np.array_equal(models[0].predict(x), models[1].predict(x))


@pytest.mark.parametrize("kind", ["continuous", "binary"])
def test_early_stopping_and_its_r_are_weighted(simulated, kind):
    x, _, traits = simulated
    y, weight = traits[kind], np.random.default_rng(0).uniform(0.2, 5, 120)
    model = mlp(stopping="best", penalty=0.0, inner_fraction=0.3)
    model.fit(Rows(x, weights=RecordWeights(weight), trait=TRAITS[kind]), y)
    held = inner_split(120, 0.3, 2, classes=y if kind == "binary" else None)[1]
    at_best = model.history_["val_loss"].min()
    found, of_held = predicted(model, x[held]), weight[held]
    if kind == "binary":
        expected, output = log_loss(y[held], found.mean, sample_weight=of_held), found.liability
    else:
        mean = np.average(y, weights=weight)
        variance = np.average((y - mean) ** 2, weights=weight)
        expected = np.average((y[held] - found.mean) ** 2, weights=of_held) / variance
        output = found.mean
    assert at_best == pytest.approx(expected, rel=1e-4)
    covariance = np.cov(y[held], output, aweights=of_held)
    r = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert model.diagnostics_["inner_r"] == pytest.approx(r, abs=1e-5)


def test_one_unit_is_logistic_regression(simulated):
    x, _, traits = simulated
    y, weight = traits["binary"], np.where(np.arange(120) < 40, 3.0, 0.5)
    model = Linear(penalty=0.02).fit(Rows(x, weights=RecordWeights(weight), trait=BINARY), y)
    # A penalty of 0.02 w'w beside a mean loss is w'w / 2 beside C times a sum.
    other = LogisticRegression(C=1 / (2 * 0.02 * weight.sum()), tol=1e-8).fit(x, y, weight)
    found = predicted(model, x)
    np.testing.assert_allclose(found.mean, other.predict_proba(x)[:, 1], atol=2e-3)
    np.testing.assert_allclose(found.liability, other.decision_function(x), atol=1e-2)
    np.testing.assert_allclose(model.gradients(x[:2], x[:1]), np.tile(other.coef_, (2, 1)), atol=5e-3)


def test_one_unit_is_the_proportional_odds_model(simulated):
    x, _, traits = simulated
    y = traits["ordinal"]
    model = Linear().fit(Rows(x, trait=ORDINAL), y)

    def loss(values):
        return of_classes(y, x @ values[:3], values[3:]).mean()

    best = minimize(loss, np.zeros(6), method="BFGS").x
    found = predicted(model, x)
    over = expit((x @ best[:3])[:, None] - np.cumsum([best[3], *np.exp(best[4:])]))
    np.testing.assert_allclose(found.probability.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(1 - found.probability.cumsum(axis=1)[:, :-1], over, atol=3e-3)
    np.testing.assert_allclose(found.mean, found.probability @ np.arange(4), rtol=1e-12)
    np.testing.assert_allclose(found.liability, x @ best[:3] - best[3], atol=2e-2)


def test_one_unit_is_poisson_regression(simulated):
    x, _, traits = simulated
    y = traits["count"]
    model = Linear().fit(Rows(x, trait=COUNT), y)
    other = PoissonRegressor(alpha=0, tol=1e-8).fit(x, y)
    found = predicted(model, x)
    np.testing.assert_allclose(found.mean, other.predict(x), rtol=5e-3)
    np.testing.assert_allclose(found.liability, np.log(other.predict(x)), atol=5e-3)
    assert found.mean.mean() == pytest.approx(y.mean(), rel=1e-3)


@pytest.mark.parametrize("kind", ["count", "binary", "ordinal"])
def test_a_network_starts_at_the_mean_and_the_shares(simulated, kind):
    x, _, traits = simulated
    y = traits[kind]
    found = predicted(Linear(epochs=1, learning_rate=1e-9).fit(Rows(x, trait=TRAITS[kind]), y), x)
    assert found.mean == pytest.approx(np.full(120, y.mean()), rel=0.02)
    if kind != "count":
        assert found.probability[0] == pytest.approx(np.bincount(y.astype(int)) / 120, abs=0.01)


@pytest.mark.parametrize(("kind", "levels"), [("count", [0]), ("ordinal", [0, 3])])
def test_a_class_without_records_is_rare(simulated, kind, levels):
    x, y = simulated[0], np.resize(levels, 120).astype(float)
    found = predicted(Linear(epochs=10).fit(Rows(x, trait=TRAITS[kind]), y), x)
    assert np.isfinite(found.mean).all()
    if kind == "ordinal":
        assert (found.probability[:, 1:3] < 0.05).all()
    else:
        assert (found.mean < 0.1).all()


def test_permuted_classes_are_not_predicted():
    draw = np.random.default_rng(5)
    x, y = draw.normal(size=(300, 4)), draw.permutation(np.repeat([0.0, 1.0], 150))
    model = mlp(epochs=10).fit(Rows(x[:100], trait=BINARY), y[:100])
    ones = y[100:].sum()
    error = np.sqrt(201 / (12 * ones * (200 - ones)))  # of the rank sum without any difference
    assert abs(roc_auc_score(y[100:], model.predict(x[100:])) - 0.5) < 3 * error


@pytest.mark.parametrize("network", [MLP, SparseNet, KernelNet])
@pytest.mark.parametrize("kind", ["count", "ordinal"])
def test_members_of_stored_networks_predict_classes(simulated, network, kind):
    x, liability, traits = simulated
    trait = TRAITS[kind]
    model = network(members=2, epochs=20, learning_rate=0.01, random_state=1)
    model.fit(Rows(x, trait=trait), traits[kind])
    rows = model._rows.rows_to_predict(x)
    found = model.predict(rows)
    assert np.corrcoef(found.liability, liability)[0, 1] > 0.5
    assert (found.spread > 0).all()
    again = network(**model.get_params())
    again.trait = trait
    again = again.from_arrays(model.to_arrays()).predict(rows)
    for name in ("mean", "spread", "probability", "liability"):
        assert np.array_equal(getattr(again, name), getattr(found, name)), name
    if trait.has_classes:
        np.testing.assert_allclose(found.probability.sum(axis=1), 1, rtol=1e-12)


def test_a_loss_of_quantities_is_none_of_classes(simulated):
    x, _, traits = simulated
    with pytest.raises(ValueError, match="loss 'ccc' is for quantities; a binary trait has its own"):
        mlp(loss="ccc").fit(Rows(x, trait=BINARY), traits["binary"])


def test_the_check_refuses_a_loss_of_quantities_for_classes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"s{n},{n % 3},{n % 2}\n" for n in range(30))
    for name, columns in (("g", "m1,m2"), ("p", "height,ill")):
        (tmp_path / f"{name}.csv").write_text(f"id,{columns}\n{rows}")
    types = {"height": "continuous", "ill": "binary"}
    dataset = {"name": "d", "genotypes": "g.csv", "phenotypes": "p.csv", "trait_types": types}
    models = {"v3": {"method": "dnngp", "params": {"loss": "ccc"}}}
    with pytest.raises(UserError) as told:
        read_configuration({"datasets": [dataset], "models": models})
    assert "models: v3.params.loss: 'ccc' is for quantities; a binary trait has its own (ill of d)" in str(
        told.value
    )
    assert "height of d" not in str(told.value)
