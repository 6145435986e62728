"""Every network to the last parameter, and as a scikit-learn regressor."""

import importlib
import pickle
import subprocess
import sys
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from dnngp.encodings.pca import PCAScores
from dnngp.encodings.samples.rows import Rows
from dnngp.methods.deepgs import DeepGS, deepgs
from dnngp.methods.dlgwas import DLGWAS, dlgwas, isru
from dnngp.methods.dnngp import DNNGP, PRESETS, released, schematic
from dnngp.methods.mlp import MLP, mlp
from dnngp.methods.networks import network_regressor as regressor
from dnngp.methods.networks import training
from dnngp.methods.networks.layers import layer_set
from dnngp.methods.networks.losses import LOSSES
from dnngp.methods.networks.network_regressor import STOPPING
from dnngp.methods.registry import METHODS
from dnngp.validation import inner_split


def additive(n, p, seed=0, noise=0.5):
    """Standard normal features (n, p) and a trait of mean 50 that adds half of them up."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, p)).astype(np.float32)
    effects = np.where(np.arange(p) < p // 2, 1.0, 0.0)
    genetic = x @ effects
    return x, 50 + 4 * (genetic / genetic.std() + noise * draw.normal(size=n))


def quick(**parameters):
    return DNNGP(**{"epochs": 3, "random_state": 1, **parameters})


# the networks

ACTIVATED = {"activation": "relu", "dropout1": 0.5, "dropout2": 0.3}


def build(network, shape, kernels="keras", **options):
    """A network of Keras' own layers, unless told otherwise."""
    return network(shape, layer_set(kernels), **(options or ACTIVATED))


@pytest.mark.parametrize("kernels", ["fused", "keras"])
@pytest.mark.parametrize("p", [1, 7, 251])
def test_parameter_count(p, kernels):
    network = build(released, (p, 1), kernels)
    assert network.count_params() == 192 * p + 33_991
    assert build(released, (p, 3), kernels).count_params() == 192 * p + 33_991 + 2 * 256
    not_trained = sum(int(np.prod(weight.shape)) for weight in network.non_trainable_weights)
    assert not_trained == 384


def test_layers_follow_the_paper():
    """Order, shapes and settings of the released network, version 1, at p = 251 (82,183 parameters)."""
    layers = build(released, (251, 1)).layers
    kinds = "Conv1D Dropout BatchNormalization Conv1D Dropout BatchNormalization Conv1D BatchNormalization"
    assert [type(layer).__name__ for layer in layers] == [
        *kinds.split(),
        "Flatten",
        "Dense",
        "Dropout",
        "Dense",
    ]
    assert [layer.count_params() for layer in layers] == [
        *(320, 0, 256, 16_448, 0, 256, 16_448, 256, 0, 192 * 251 + 3, 0, 4)
    ]
    convolutions = [layers[i] for i in (0, 3, 6)]
    for layer, (kernel, bias) in zip(convolutions, [(1e-2, 1e-1), (1e-3, 1e-5), (1e-3, 1e-4)], strict=True):
        assert (layer.filters, layer.kernel_size, layer.strides, layer.padding) == (64, (4,), (1,), "same")
        assert layer.activation.__name__ == "relu"
        assert layer.kernel_initializer.get_config() | {"seed": None} == {
            "mean": 0.0,
            "stddev": 0.05,
            "seed": None,
        }
        assert type(layer.kernel_initializer).__name__ == "TruncatedNormal"
        assert type(layer.bias_initializer).__name__ == "Zeros"
        weight = np.full(3, 2.0, np.float32)
        assert float(layer.kernel_regularizer(weight)) == pytest.approx(12 * kernel)
        assert float(layer.bias_regularizer(weight)) == pytest.approx(12 * bias)
    assert [layers[i].rate for i in (1, 4, 10)] == [0.5, 0.3, 0.3]
    for i in (2, 5, 7):
        settings = layers[i].get_config()
        assert (settings["axis"], settings["momentum"], settings["epsilon"]) == (-1, 0.99, 1e-3)
        assert settings["center"]
        assert settings["scale"]
    for i, units in ((9, 3), (11, 1)):
        settings = layers[i].get_config()
        assert (settings["units"], settings["activation"]) == (units, "linear")
        assert type(layers[i].kernel_initializer).__name__ == "GlorotUniform"
        assert layers[i].kernel_regularizer is None
        assert layers[i].bias_regularizer is None


def test_same_padding_is_one_left_two_right():
    """Kernel 4 with 'same' padding reads one feature to the left and two to the right."""
    first = build(released, (9, 1)).layers[0]
    x = np.zeros((1, 9, 1), np.float32)
    x[0, 4] = 1
    touched = np.flatnonzero((np.abs(first(x).numpy()) + np.abs(first(-x).numpy())).sum(axis=(0, 2)))
    assert touched.tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("p", [1, 7, 251])
def test_the_schematic_has_one_normalisation_two_dropouts_and_one_dense_layer(p):
    network = build(schematic, (p, 1))
    kinds = [type(layer).__name__ for layer in network.layers]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counts == {"Conv1D": 3, "BatchNormalization": 1, "Dropout": 2, "Flatten": 1, "Dense": 1}
    assert network.count_params() == 320 + 256 + 2 * 16_448 + 64 * p + 1 == 64 * p + 33_473


def test_swish_changes_the_convolutions_alone():
    layers = build(released, (9, 1), activation="swish", dropout1=0.5, dropout2=0.3).layers
    assert [layers[i].activation.__name__ for i in (0, 3, 6, 9, 11)] == [*["silu"] * 3, *["linear"] * 2]
    x = np.linspace(-3, 3, 7, dtype=np.float32)
    np.testing.assert_allclose(layers[0].activation(x), x / (1 + np.exp(-x)), rtol=1e-5)


@pytest.mark.parametrize("p", [21, 24, 25, 100, 1279])
def test_deepgs_parameters(p):
    network = build(deepgs, (p, 1), spread=0.01)
    assert network.count_params() == 152 + 32 * (8 * ((p - 17) // 4)) + 32 + 33


def test_deepgs_of_the_authors_data():
    """33,709 markers: a convolution of 8 x 33,692, pooled to 8 x 8,423, and 2,156,505 parameters."""
    network = build(deepgs, (33_709, 1), spread=0.01)
    convolution, pool, _, flat = network.layers[:4]
    assert convolution.output.shape[1:] == (33_692, 8)
    assert pool.output.shape[1:] == (8_423, 8)
    assert flat.output.shape[1:] == (67_384,)
    assert network.count_params() == 2_156_505


def test_deepgs_layers():
    network = build(deepgs, (60, 1), spread=0.01)
    kinds = "Conv1D MaxPooling1D Dropout Flatten Dense Dropout Dense Dropout"
    assert [type(layer).__name__ for layer in network.layers] == kinds.split()
    assert [network.layers[i].rate for i in (2, 5, 7)] == [0.2, 0.1, 0.05]
    assert [network.layers[i].activation.__name__ for i in (0, 4, 6)] == ["relu", "sigmoid", "linear"]
    assert all(np.abs(weight).max() <= 0.01 for weight in network.get_weights())
    # Weight decay 1e-5 means a gradient of 1e-5 times the weight, of kernels and biases alike.
    squares = sum(float(np.sum(weight**2)) for weight in network.get_weights())
    assert sum(float(loss) for loss in network.losses) == pytest.approx(0.5e-5 * squares, rel=1e-4)


def test_deepgs_needs_room_for_one_window():
    with pytest.raises(ValueError, match="at least 21 markers, not 20"):
        DeepGS(epochs=1).fit(*additive(30, 20))
    DeepGS(epochs=1).fit(*additive(30, 21))


@pytest.mark.parametrize(("p", "channels"), [(1, 4), (50, 4), (4_236, 4), (50, 3), (50, 5)])
def test_dlgwas_parameters(p, channels):
    network = build(dlgwas, (p, channels), alpha=0.5)
    assert network.count_params() == 10 * p + 80 * channels + 2_441
    if channels == 4:
        assert network.count_params() == 10 * p + 2_761


def test_isru():
    x = np.array([-1e3, -2.0, 0.0, 0.5, 1e3], np.float32)
    np.testing.assert_allclose(isru(x, 0.5), x / np.sqrt(1 + 0.5 * x**2), rtol=1e-6)
    np.testing.assert_allclose(isru(x[[0, -1]], 0.5), [-np.sqrt(2), np.sqrt(2)], rtol=1e-5)


def test_dlgwas_is_two_streams_added():
    """The network from its weights in numpy: k20 after k4, beside a k4, then k4, dense and ISRU."""
    network = build(dlgwas, (30, 4), alpha=0.03)
    draw = np.random.default_rng(1)
    network.set_weights([draw.normal(0, 0.3, weight.shape) for weight in network.weights])
    x = np.eye(4, dtype=np.float32)[draw.integers(0, 4, (5, 30))]

    def convolved(values, layer):
        kernel, bias = layer.get_weights()
        width = len(kernel)
        padded = np.pad(values, ((0, 0), ((width - 1) // 2, width // 2), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)
        return np.einsum("npcw,wcf->npf", windows, kernel) + bias

    by_width = {(layer.kernel_size[0], layer.kernel.shape[1]): [] for layer in convolutions_of(network)}
    for layer in convolutions_of(network):
        by_width[layer.kernel_size[0], layer.kernel.shape[1]].append(layer)
    assert {key: len(found) for key, found in by_width.items()} == {(4, 4): 2, (20, 10): 1, (4, 10): 1}
    (wide,), (last,) = by_width[20, 10], by_width[4, 10]
    first, shortcut = by_width[4, 4]
    if wide.input is not first.output:
        first, shortcut = shortcut, first
    joined = convolved(convolved(x, first), wide) + convolved(x, shortcut)
    kernel, bias = network.layers[-1].get_weights()
    linear = convolved(joined, last).reshape(5, -1) @ kernel + bias
    expected = linear / np.sqrt(1 + 0.03 * linear**2)
    np.testing.assert_allclose(network(x, training=False), expected, rtol=1e-3, atol=1e-4)


def convolutions_of(network):
    return [layer for layer in network.layers if type(layer).__name__ == "Conv1D"]


def test_dlgwas_settings():
    network = build(dlgwas, (30, 4), alpha=0.03)
    assert [layer.rate for layer in network.layers if type(layer).__name__ == "Dropout"] == [0.75] * 3
    two = np.full(3, 2.0, np.float32)
    for layer in convolutions_of(network):
        assert layer.activation.__name__ == "linear"
        assert float(layer.kernel_regularizer(two)) == pytest.approx(1.2)
        assert float(layer.bias_regularizer(two)) == pytest.approx(0.12)
    dense = network.layers[-1]
    assert dense.kernel_regularizer is None
    assert float(dense.bias_regularizer(two)) == pytest.approx(0.12)
    for layer in (*convolutions_of(network), dense):
        assert type(layer.kernel_initializer).__name__ == "TruncatedNormal"
        assert layer.kernel_initializer.get_config()["stddev"] == 0.05


@pytest.mark.parametrize(("p", "channels", "hidden"), [(1, 1, (5,)), (40, 1, (64, 32)), (7, 3, (8, 8, 4))])
def test_mlp_parameters(p, channels, hidden):
    network = build(mlp, (p, channels), hidden=hidden, dropout=0.3, penalty=1e-3)
    sizes = (p * channels, *hidden, 1)
    assert network.count_params() == sum((a + 1) * b for a, b in pairwise(sizes))


# the regressor


def test_learns_an_additive_trait():
    x, y = additive(300, 12)
    model = DNNGP(epochs=40, random_state=2).fit(x[:200], y[:200])
    predicted = model.predict(x[200:])
    assert np.corrcoef(predicted, y[200:])[0, 1] > 0.6
    assert abs(predicted.mean() - y[200:].mean()) < 2  # back on the scale of the trait


@pytest.mark.parametrize("stopping", STOPPING)
def test_history_and_diagnostics(stopping):
    x, y = additive(40, 6)
    model = quick(stopping=stopping, members=2, epochs=4).fit(x, y)
    history, told = model.history_, model.diagnostics_
    assert list(history.columns) == ["phase", "member", "epoch", "loss", "val_loss", "learning_rate"]
    assert sorted(history["member"].unique()) == [0, 1]
    phases = {"refit": {"inner", "refit"}, "none": {"refit"}}.get(stopping, {"inner"})
    assert set(history["phase"]) == phases
    assert history["val_loss"].notna().equals(history["phase"] == "inner")
    assert told["epochs"] == len(history)
    assert told["parameters"] == 192 * 6 + 33_991
    assert told["members"] == 2
    assert 1 <= told["best_epoch"] <= told["stopped_epoch"] <= 4
    assert np.isnan(told["inner_r"]) == (stopping == "none")


def test_members_are_averaged():
    x, y = additive(40, 6)
    both = quick(members=2, stopping="none").fit(x, y)
    halves = []
    for weights in both._weights:
        half = pickle.loads(pickle.dumps(both))
        half._weights = [weights]
        halves.append(half.predict(x))
    assert not np.array_equal(halves[0], halves[1])
    np.testing.assert_allclose(both.predict(x), np.mean(halves, axis=0), rtol=1e-12)
    assert np.array_equal(halves[0], quick(members=1, stopping="none").fit(x, y).predict(x))


def test_best_and_bagged_differ_in_the_split(monkeypatch):
    x, y = additive(40, 6)
    parts = []
    split = inner_split.inner_split

    def noted(*args, **more):
        parts.append(args[-1])
        return split(*args, **more)

    monkeypatch.setattr(inner_split, "inner_split", noted)
    quick(stopping="best", members=3).fit(x, y)
    quick(stopping="bagged", members=3).fit(x, y)
    assert parts == [0, 0, 0, 0, 1, 2]


def test_refit_sees_all_rows():
    """A row of the inner validation set changes the refitted weights, not only the stopping epoch."""
    x, y = additive(40, 6)
    _, validation = inner_split.inner_split(40, 0.1, 1)
    changed = x.copy()
    changed[validation[0]] += 0.1
    for stopping, same in (("refit", False), ("best", True)):
        models = [quick(stopping=stopping, epochs=1).fit(data, y) for data in (x, changed)]
        assert np.array_equal(models[0].predict(x), models[1].predict(x)) is same


def test_a_refit_that_did_not_begin_to_learn_is_not_used(monkeypatch):
    x, y = additive(40, 6)
    best = quick(stopping="bagged", members=2).fit(x, y)
    assert quick(members=2).fit(x, y).diagnostics_["stuck"] == best.diagnostics_["stuck"] == 0
    train = training.train

    def stuck(*args, rates=None):
        fit = train(*args, rates=rates)
        if rates is not None:
            fit.weights = [np.zeros_like(weight) for weight in fit.weights]
        return fit

    monkeypatch.setattr(training, "train", stuck)
    model = quick(members=2).fit(x, y)
    assert model.diagnostics_["stuck"] == 2
    assert np.array_equal(model.predict(x), best.predict(x))
    assert set(model.history_["phase"]) == {"inner", "refit"}


def test_refit_repeats_the_schedule():
    x, y = additive(60, 6)
    model = quick(epochs=60, patience=4, plateau_patience=2).fit(x, y)
    history = model.history_.set_index("phase")
    inner, refit = history.loc["inner"], history.loc["refit"]
    assert len(inner) == model.diagnostics_["stopped_epoch"] < 60
    assert inner["learning_rate"].tolist() == refit["learning_rate"].tolist()
    assert refit["learning_rate"].iloc[-1] < 1e-3


def test_groups_reach_the_inner_split():
    x, y = additive(40, 6)
    groups = np.repeat(["a", "b", "c", "d"], 10)
    seen = []
    split = inner_split.inner_split

    def spy(*args, **more):
        seen.append(split(*args, **more))
        return seen[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inner_split, "inner_split", spy)
        quick().fit(Rows(x, groups=groups), y)
    assert len(set(groups[seen[0][1]])) == 1


PROCESS = """
import hashlib
import numpy as np
from dnngp.methods.dnngp import DNNGP, released
draw = np.random.default_rng(0)
x, y = draw.normal(size=(50, 9)), draw.normal(size=50)
model = DNNGP(epochs=3, random_state=4).fit(x, y)
print(hashlib.sha256(model.predict(x).tobytes() + model.history_.to_csv().encode()).hexdigest())
"""


def test_same_seed_same_bytes_in_any_process(capsys):
    """In a fresh process, and in this one after fits of the same shape and of another."""
    folder = Path(regressor.__file__).parents[3]
    command = [sys.executable, "-c", PROCESS]
    fresh = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    for features, seed in ((9, 7), (5, 8)):
        quick(random_state=seed).fit(*additive(40, features))
    exec(PROCESS, {})
    assert capsys.readouterr().out == fresh.stdout
    assert len(fresh.stdout.strip()) == 64
    assert fresh.stderr == ""  # TensorFlow's greetings are held back


def test_another_seed_is_another_network():
    x, y = additive(40, 6)
    first, second = (quick(random_state=seed).fit(x, y).predict(x) for seed in (1, 2))
    assert not np.array_equal(first, second)


def test_clone_and_parameters():
    model = DNNGP(dropout1=0.2, stopping="bagged", members=3)
    assert clone(model).get_params() == model.get_params()
    assert model.get_params()["dropout1"] == 0.2
    assert set(model.get_params()) >= {"epochs", "patience", "min_delta", "random_state", "inner_fraction"}


def test_pickle_predicts_the_same():
    x, y = additive(30, 6)
    model = quick().fit(x, y)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(x), model.predict(x))


def test_order_of_rows_to_predict_does_not_matter():
    x, y = additive(150, 6)
    model = quick().fit(x, y)
    order = np.random.default_rng(0).permutation(150)
    np.testing.assert_allclose(model.predict(x[order]), model.predict(x)[order], rtol=1e-5)


def test_one_hot_input():
    """Several channels a marker: 64 x 4 more weights in the first convolution for every further channel."""
    draw = np.random.default_rng(0)
    x = draw.integers(0, 2, size=(30, 6, 3)).astype(np.float32)
    model = quick().fit(x, draw.normal(size=30))
    assert model.diagnostics_["parameters"] == 192 * 6 + 33_991 + 2 * 4 * 64
    assert model.predict(x).shape == (30,)


@pytest.mark.parametrize("n", [2, 3, 29])
def test_few_rows(n):
    x, y = additive(n, 4)
    assert np.isfinite(quick().fit(x, y).predict(x)).all()


def test_constant_feature_and_constant_trait():
    x, y = additive(40, 6)
    x[:, 2] = 3
    assert np.isfinite(quick().fit(x, y).predict(x)).all()
    predicted = quick().fit(x, np.full(40, 7.0)).predict(x)
    np.testing.assert_allclose(predicted, 7, atol=1)


NETWORKS = {
    "dnngp v1": DNNGP,
    "dnngp v3.1": partial(DNNGP, preset="v3.1"),
    "dnngp paper": partial(DNNGP, preset="paper"),
    "deepgs": DeepGS,
    "deepgs as published": partial(DeepGS, optimizer="sgd", loss="half_mse", learning_rate=0.01),
    "dlgwas": DLGWAS,
    "mlp": MLP,
}


@pytest.mark.parametrize(
    ("name", "kernels"), [*((name, "fused") for name in NETWORKS), ("dnngp v1", "keras")]
)
def test_every_network_repeats_itself(name, kernels):
    """Same bytes from the same seed after another fit on the same engine: nothing is left of it."""
    x, y = additive(40, 24)
    dosages = np.eye(3, dtype=np.float32)[np.digitize(x, [-0.5, 0.5])] if name == "dlgwas" else x
    predicted = [
        NETWORKS[name](epochs=2, kernels=kernels, random_state=seed).fit(dosages, y).predict(dosages)
        for seed in (1, 2, 1)
    ]
    assert np.array_equal(predicted[0], predicted[2])
    assert not np.array_equal(predicted[0], predicted[1])


def test_presets_train_as_their_versions_did():
    trained = {name: DNNGP(preset=name) for name in PRESETS}
    assert {name: model._objective() for name, model in trained.items()} == {
        "v1": ("mse", "adam"),
        "v3.1": ("ccc", "adadelta"),
        "paper": ("mse", "adam"),
    }
    recipe = trained["v3.1"]._recipe()
    assert (recipe.learning_rate, recipe.plateau_factor, recipe.min_rate) == (1.0, 0.8, 1e-6)
    recipe = trained["v1"]._recipe()
    assert (recipe.learning_rate, recipe.plateau_factor, recipe.min_rate) == (1e-3, 0.1, 1e-5)


def test_parameters_go_before_the_preset():
    model = DNNGP(preset="v3.1", learning_rate=0.5, loss="mse", optimizer="sgd")
    assert model._objective() == ("mse", "sgd")
    assert model._recipe().learning_rate == 0.5


def test_version_3_1_stops_by_concordance():
    x, y = additive(60, 6)
    model = DNNGP(preset="v3.1", stopping="best", epochs=30, random_state=1).fit(x, y)
    _, validation = inner_split.inner_split(60, 0.1, 1)
    best = model.history_.set_index("epoch")["val_loss"][model.diagnostics_["best_epoch"]]
    z = (y - y.mean()) / y.std()
    predicted = (model.predict(x[validation]) - y.mean()) / y.std()
    penalty = sum(float(loss) for loss in model._engine().model.losses)
    assert best == pytest.approx(float(LOSSES["ccc"](z[validation], predicted)) + penalty, abs=1e-4)


def test_unit_length_eigenvectors_are_not_scores():
    """What the default encoding hands over: scores, whose variance falls as the eigenvalues do."""
    encoding = METHODS["dnngp"].default_encoding
    assert encoding == {"name": "pca", "variance": 0.95}
    draw = np.random.default_rng(0)
    dosages = draw.binomial(2, draw.uniform(0.1, 0.9, 80), size=(60, 80))
    encoder = PCAScores(variance=encoding["variance"]).fit(dosages)
    values = encoder.transform(dosages)
    eigenvalues = np.linalg.svd(dosages - dosages.mean(axis=0), compute_uv=False) ** 2
    np.testing.assert_allclose(np.sum(values**2, axis=0), eigenvalues[: values.shape[1]], rtol=1e-6)
    assert eigenvalues[0] > 5 * eigenvalues[values.shape[1] - 1]


def test_bad_arguments_are_refused():
    x, y = additive(20, 4)
    for wrong in ({"preset": "v2"}, {"loss": "mae"}, {"optimizer": "lamb"}, {"kernels": "slow"}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be one of .*, not '"):
            quick(**wrong).fit(x, y)
    with pytest.raises(ValueError, match="stopping must be one of refit, best, bagged, none, not 'late'"):
        quick(stopping="late").fit(x, y)
    with pytest.raises(ValueError, match="NaN"):
        quick().fit(np.where(x > 2, np.nan, x) * np.nan, y)
    with pytest.raises(ValueError, match="the network was fitted on"):
        quick().fit(x, y).predict(x[:, :3])


def test_divergence_raises_after_a_second_try(caplog):
    x, y = additive(30, 4)
    with pytest.raises(training.Diverged):
        quick(learning_rate=1e30).fit(x, y)
    assert "Trying once more at 1e+29" in caplog.text


def test_divergence_is_mended_by_a_lower_rate(monkeypatch):
    x, y = additive(30, 4)
    train, rates = training.train, []

    def first_fails(engine, x, y, recipe, *args, **kwargs):
        rates.append(recipe.learning_rate)
        if len(rates) == 1:
            raise training.Diverged("nan")
        return train(engine, x, y, recipe, *args, **kwargs)

    monkeypatch.setattr(training, "train", first_fails)
    model = quick(stopping="none").fit(x, y)
    assert rates == [1e-3, 1e-4]
    assert model.history_["learning_rate"].tolist() == [1e-4] * 3


@pytest.mark.parametrize(
    ("options", "convolutions", "normalisations", "dropouts"),
    [
        ({}, 3, 3, 3),
        ({"batch_norm": "paper"}, 3, 1, 3),
        ({"batch_norm": "none"}, 3, 0, 3),
        ({"depth": 1}, 1, 1, 2),
        ({"depth": 2}, 2, 2, 3),
        ({"depth": 5}, 5, 5, 3),
    ],
)
def test_parts_of_dnngp_can_be_taken_away(options, convolutions, normalisations, dropouts):
    names = [type(layer).__name__ for layer in build(released, (9, 1), **{**ACTIVATED, **options}).layers]
    assert names.count("Conv1D") == convolutions
    assert names.count("BatchNormalization") == normalisations
    assert names.count("Dropout") == dropouts


def test_a_network_without_its_parts_is_trained_and_its_dropout_is_off():
    parts = {"dropout1": 0.0, "dropout2": 0.0, "dropout3": 0.0, "batch_norm": "none", "depth": 1}
    build_it, options = DNNGP(**parts)._network()
    rates = [
        layer.rate
        for layer in build_it((9, 1), layer_set("keras"), **options).layers
        if hasattr(layer, "rate")
    ]
    assert rates == [0.0, 0.0]
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 9))
    model = DNNGP(**parts, epochs=30, learning_rate=0.01).fit(X, X[:, 0])
    assert np.corrcoef(model.predict(X), X[:, 0])[0, 1] > 0.8
    with pytest.raises(ValueError, match="batch_norm must be one of code, paper, none"):
        DNNGP(batch_norm="some").fit(X, X[:, 0])
    with pytest.raises(ValueError, match="depth must be a whole number from 1"):
        DNNGP(depth=0).fit(X, X[:, 0])


def test_scikit_learn_is_left_out_of_the_import_of_keras_alone(monkeypatch):
    from dnngp.methods.networks.backend import _without_scikit_learn

    with _without_scikit_learn():
        assert sys.modules["sklearn"] is not None
    monkeypatch.delitem(sys.modules, "sklearn")
    with _without_scikit_learn(), pytest.raises(ImportError):
        importlib.import_module("sklearn")
    assert "sklearn" not in sys.modules
