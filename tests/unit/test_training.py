"""The engine: inner splits, stopping rules, one epoch against Keras' own, reuse of the compiled graph."""

import math
import re

import numpy as np
import pytest

from dnngp.methods.dnngp import released
from dnngp.methods.networks import training
from dnngp.methods.networks.backend import keras
from dnngp.methods.networks.layers import layer_set
from dnngp.validation.inner_split import inner_split

UNDROPPED = {"activation": "relu", "dropout1": 0.0, "dropout2": 0.0}
RECIPE = training.Recipe(
    epochs=6, batch_size=16, learning_rate=1e-3, patience=100, min_delta=0.0, plateau_patience=100
)


def simulated(n, p, seed=0):
    """Features (n, p, 1) and a standardised additive trait."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, p)).astype(np.float32)
    y = x[:, : p // 2].sum(axis=1) + draw.normal(size=n)
    return x[..., None], ((y - y.mean()) / y.std()).astype(np.float32)


@pytest.fixture(scope="module")
def engine():
    """One compiled network for ten features, without dropout."""
    return training.engine(released, (10, 1), **UNDROPPED)


@pytest.fixture(scope="module", params=["fused", "keras"])
def undropped(request):
    """As ``engine``, also without the fixed dropout before the last layer, with either set of layers."""
    return training.Engine(without_dropout, (10, 1), kernels=request.param)


def without_dropout(shape, layers):
    network = released(shape, layers, **UNDROPPED)
    return keras.Sequential(
        [keras.Input(shape), *(layer for layer in network.layers if "Dropout" not in type(layer).__name__)]
    )


# inner split


@pytest.mark.parametrize(("n", "fraction", "size"), [(540, 0.1, 54), (2, 0.1, 1), (3, 0.9, 2), (25, 0.2, 5)])
def test_inner_split_divides_the_rows(n, fraction, size):
    rows, validation = inner_split(n, fraction, seed=1)
    assert len(validation) == size
    assert sorted([*rows, *validation]) == list(range(n))


def test_inner_split_follows_ids_not_positions():
    ids = [f"line {i}" for i in range(60)]
    shuffled = list(np.random.default_rng(1).permutation(ids))
    held = {ids[i] for i in inner_split(60, 0.2, 7, ids)[1]}
    assert held == {shuffled[i] for i in inner_split(60, 0.2, 7, shuffled)[1]}
    assert held != {ids[i] for i in inner_split(60, 0.2, 8, ids)[1]}


def test_members_take_turns():
    parts = [set(inner_split(50, 0.2, 3, member=member)[1]) for member in range(6)]
    assert set.union(*parts[:5]) == set(range(50))
    assert parts[5] == parts[0]


def test_groups_stay_whole():
    groups = np.repeat(list("abcdefgh"), 5)
    for member in range(8):
        rows, validation = inner_split(40, 0.25, 2, groups=groups, member=member)
        assert len(validation) == 10
        assert not set(groups[rows]) & set(groups[validation])


@pytest.mark.parametrize("groups", [None, [f"family {i // 3}" for i in range(60)]])
def test_both_sides_of_an_inner_split_have_their_share_of_each_class(groups):
    """Of rows and of groups of three, for every member, whatever the order of the rows."""
    classes, ids = np.repeat([0, 2, 1, 0], 15), [f"line {i}" for i in range(60)]
    for member in range(5):
        held = inner_split(60, 0.2, 3, ids, groups, member, classes)[1]
        assert np.bincount(classes[held]).tolist() == [6, 3, 3]
    turned = inner_split(
        *(60, 0.2, 3, ids[::-1], None if groups is None else groups[::-1]), 4, classes[::-1]
    )[1]
    assert {ids[::-1][row] for row in turned} == {ids[row] for row in held}
    parts = [inner_split(60, 0.2, 3, ids, groups, member, classes)[1] for member in range(5)]
    assert sorted(np.concatenate(parts)) == list(range(60))


@pytest.mark.parametrize(
    "arguments",
    [
        {"n": 1, "fraction": 0.1},
        {"n": 10, "fraction": 0.0},
        {"n": 3, "fraction": 0.5, "ids": ["a", "b"]},
        {"n": 2, "fraction": 0.5, "ids": ["a", "a"]},
        {"n": 3, "fraction": 0.5, "groups": ["a", "a", "a"]},
    ],
)
def test_impossible_inner_splits_are_refused(arguments):
    with pytest.raises(ValueError, match=r"inner|ids"):
        inner_split(seed=0, **arguments)


# stopping rules


def test_early_stopping_by_hand():
    rule = training.EarlyStopping(patience=3, min_delta=0.1)
    #         best  best  too little .. better  one  two  three: stop
    losses = [1.0, 0.8, 0.75, 0.71, 0.69, 0.7, 0.65, 0.6]
    better = []
    for epoch, loss in enumerate(losses, 1):
        better.append(rule.better(epoch, loss))
        if rule.stop:
            break
    assert better == [True, True, False, False, True, False, False, False]
    assert (epoch, rule.best_epoch, rule.best) == (8, 5, 0.69)


def test_warm_up_does_not_count():
    rule = training.EarlyStopping(patience=2, warm_up=3)
    better = [rule.better(epoch, loss) for epoch, loss in enumerate([0.1, 0.2, 0.1, 0.9, 0.95], 1)]
    assert better == [False, False, False, True, False]
    assert not rule.stop
    assert not rule.better(6, 0.9)
    assert rule.stop
    assert rule.best_epoch == 4


def losses_that_level_off(seed):
    draw = np.random.default_rng(seed)
    return np.exp(-np.arange(60) / 10) + draw.normal(size=60) * 0.02


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("min_delta", [0.0, 0.01])
def test_early_stopping_equals_keras(seed, min_delta):
    theirs = keras.callbacks.EarlyStopping("val_loss", min_delta=min_delta, patience=4)
    theirs.set_model(keras.Sequential())
    theirs.on_train_begin()
    ours = training.EarlyStopping(patience=4, min_delta=min_delta)
    for epoch, loss in enumerate(losses_that_level_off(seed), 1):
        ours.better(epoch, loss)
        theirs.on_epoch_end(epoch - 1, {"val_loss": loss})
        assert ours.stop == bool(theirs.stopped_epoch)
        if ours.stop:
            break
    assert ours.stop
    assert (ours.best_epoch, ours.best) == (theirs.best_epoch + 1, theirs.best)


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
@pytest.mark.parametrize("seed", range(4))
def test_plateau_equals_keras(seed):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(1e-3))
    theirs = keras.callbacks.ReduceLROnPlateau(
        "loss", factor=0.1, patience=3, min_delta=1e-4, min_lr=1e-5, cooldown=0
    )
    theirs.set_model(model)
    theirs.on_train_begin()
    ours = training.Plateau(rate=1e-3, patience=3)
    rates = []
    for epoch, loss in enumerate(losses_that_level_off(seed)):
        theirs.on_epoch_end(epoch, {"loss": loss})
        rates.append(ours.next_rate(loss))
        assert rates[-1] == pytest.approx(float(model.optimizer.learning_rate), rel=1e-6)
    assert rates[0] == 1e-3
    assert rates[-1] == 1e-5


# one epoch


def keras_twin(engine, rate):
    """The engine's network with its present weights, of Keras' own layers and compiled by Keras itself."""
    twin = without_dropout((10, 1), layer_set("keras"))
    twin.set_weights(engine.weights())
    twin.compile(keras.optimizers.Adam(rate), loss="mse")
    return twin


@pytest.mark.parametrize(("n", "batch_size"), [(16, 16), (20, 16)])
def test_an_epoch_equals_keras_fit(undropped, n, batch_size):
    x, y = simulated(n, 10)
    undropped.reset(5)
    twin = keras_twin(undropped, rate=1e-3)
    theirs = twin.fit(x, y, batch_size=batch_size, epochs=1, shuffle=False, verbose=0)
    data = undropped.data(x, y)
    loss, predicted, val_loss = undropped.epoch(*data, np.arange(n), batch_size, 1e-3, np.arange(n))
    assert loss == pytest.approx(theirs.history["loss"][0], abs=1e-5)
    # Adam divides a gradient by its own size: rounding in a gradient near 0, which differs between
    # processors,
    # moves its weight by a share of the rate. Two per cent of it have been seen to be enough.
    for ours, other in zip(undropped.weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(ours, other, atol=0.02 * 1e-3)
    np.testing.assert_allclose(predicted, twin.predict(x, verbose=0)[:, 0], atol=1e-4)
    assert val_loss == pytest.approx(twin.evaluate(x, y, verbose=0), abs=1e-4)


def test_reset_is_a_new_network(engine):
    x, y = simulated(30, 10)
    engine.reset(1)
    first = engine.weights()
    engine.epoch(*engine.data(x, y), np.arange(30), 16, 1e-3, np.arange(0))
    engine.reset(2)
    other = engine.weights()
    engine.reset(1)
    again = engine.weights()
    kernels = [i for i, weight in enumerate(first) if weight.ndim > 1]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert all(not np.array_equal(first[i], other[i]) for i in kernels)
    assert all(not variable.numpy().any() for variable in engine._optimizer.variables)


def test_reset_draws_from_the_initialisers():
    network = training.Engine(released, (50, 1), activation="relu", dropout1=0.5, dropout2=0.3)
    network.reset(3)
    kernel = network.model.layers[3].kernel.numpy()
    # A normal with sd 0.05, cut at two sd, has sd 0.05 x 0.8796.
    assert kernel.std() == pytest.approx(0.05 * 0.8796, rel=0.02)
    assert abs(kernel).max() <= 0.1
    dense = network.model.layers[9].kernel.numpy()
    limit = math.sqrt(6 / (64 * 50 + 3))  # Glorot uniform
    assert abs(dense).max() == pytest.approx(limit, rel=0.02)


def test_settling_steps(engine):
    """After these steps a moving average of momentum 0.99 holds 5 % of its start."""
    steps = engine.settling_steps()
    assert 0.99**steps <= 0.05 < 0.99 ** (steps - 1)

    def dense(shape, layers):
        return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(1)])

    assert training.Engine(dense, (4, 1)).settling_steps() == 0


def test_no_epoch_is_chosen_before_the_averages_settle(engine):
    x, y = simulated(90, 10)
    rows, validation = inner_split(90, 0.2, 0)  # 72 rows
    recipe = training.Recipe(50, 4, 1e-3, patience=1, min_delta=0.0, plateau_patience=1)
    fit = training.train(engine, x, y, recipe, 3, rows, validation)
    settled = 17  # epochs of 18 steps until 299 steps are done
    assert fit.best_epoch > settled
    assert (fit.history["learning_rate"][: settled + 1] == 1e-3).all()


def test_few_rows_train_for_more_epochs():
    recipe = training.Recipe(100, 28, 1e-3, patience=20, min_delta=0.0, plateau_patience=10)
    few = recipe.allowing(2000, 224)  # 8 steps an epoch
    assert (few.epochs, few.patience, few.plateau_patience) == (250, 50, 25)
    assert recipe.allowing(2000, 560) == recipe.allowing(0, 224) == recipe


def test_reset_forgets_no_weight():
    def unknown(shape, layers):
        return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.PReLU()])

    with pytest.raises(NotImplementedError, match="alpha"):
        training.Engine(unknown, (4, 1)).reset(0)


def test_compiled_once_for_every_size_and_seed(engine):
    for n, batch_size, seed in [(40, 16, 1), (33, 16, 2), (17, 5, 3)]:
        x, y = simulated(n, 10)
        rows, validation = inner_split(n, 0.2, seed)
        recipe = training.Recipe(2, batch_size, 1e-3, 5, 0.0, 5)
        training.train(engine, x, y, recipe, seed, rows, validation)
    assert engine._compiled_epoch.experimental_get_tracing_count() == 1
    assert training.engine(released, (10, 1), **UNDROPPED) is engine


# a whole run


def test_best_weights_are_restored(engine):
    x, y = simulated(60, 10)
    rows, validation = inner_split(60, 0.3, 0)
    recipe = training.Recipe(80, 8, 3e-3, patience=6, min_delta=0.0, plateau_patience=100)
    fit = training.train(engine, x, y, recipe, 11, rows, validation)
    losses = fit.history["val_loss"][40:]  # six steps an epoch: half of the epochs are warm-up
    assert fit.best_epoch == losses.idxmin() + 1
    assert len(fit.history) == fit.best_epoch + 6 < 80  # stopped by patience, so the last weights are others
    predicted = engine.predict(x[validation], fit.weights)
    penalty = sum(float(loss) for loss in engine.model.losses)
    assert np.mean((y[validation] - predicted) ** 2) + penalty == pytest.approx(losses.min(), rel=1e-5)
    assert fit.inner_r == pytest.approx(np.corrcoef(y[validation], predicted)[0, 1], abs=1e-5)


def test_other_rows_do_not_matter(engine):
    x, y = simulated(40, 10)
    rows, validation = np.arange(0, 25), np.arange(25, 32)
    fits = []
    for noise in (0, 1e6):
        changed = y.copy()
        changed[32:] += noise
        fits.append(training.train(engine, x, changed, RECIPE, 4, rows, validation))
    assert all(np.array_equal(a, b) for a, b in zip(fits[0].weights, fits[1].weights, strict=True))
    assert fits[0].history.equals(fits[1].history)


def test_rates_are_replayed(engine):
    x, y = simulated(20, 10)
    fit = training.train(engine, x, y, RECIPE, 1, np.arange(20), rates=[1e-3, 0.0])
    assert fit.history["learning_rate"].tolist() == [1e-3, 0.0]
    assert fit.history["val_loss"].isna().all()
    once = training.train(engine, x, y, RECIPE, 1, np.arange(20), rates=[1e-3])
    trainable = [i for i, weight in enumerate(engine.model.weights) if weight.trainable]
    assert all(np.array_equal(fit.weights[i], once.weights[i]) for i in trainable)


def test_divergence_is_told(engine):
    x, y = simulated(20, 10)
    recipe = training.Recipe(5, 8, learning_rate=1e30, patience=5, min_delta=0.0, plateau_patience=5)
    with pytest.raises(training.Diverged, match=r"epoch \d at learning rate 1e\+30"):
        training.train(engine, x, y, recipe, 1, np.arange(20))


def test_progress_is_logged(engine, caplog, monkeypatch):
    monkeypatch.setattr(training, "PROGRESS_EVERY", -1.0)
    x, y = simulated(20, 10)
    with caplog.at_level("INFO", "dnngp"):
        training.train(engine, x, y, RECIPE, 1, np.arange(15), np.arange(15, 20))
        training.train(engine, x, y, RECIPE, 1, np.arange(20), rates=[1e-3, 1e-3])
    assert re.search(r"epoch 6 of at most 6, validation loss \d+\.\d+, 0 s left", caplog.text)
    assert re.search(r"epoch 1 of at most 2, loss \d+\.\d+, \d+ s left", caplog.text)


def test_correlation():
    draw = np.random.default_rng(0)
    a, b = draw.normal(size=(2, 30))
    assert training._correlation(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert math.isnan(training._correlation(a, np.ones(30)))
