"""Faster layers, losses and optimisers against Keras' own and against closed forms."""

import numpy as np
import pytest

from dnngp.methods.networks import optimizers
from dnngp.methods.networks.backend import keras, tf
from dnngp.methods.networks.layers import BitDropout, FusedBatchNormalization, layer_set
from dnngp.methods.networks.losses import LOSSES

# batch normalisation


def twins(shape, **settings):
    """The fused layer and Keras' own with the same random weights."""
    pair = FusedBatchNormalization(**settings), keras.layers.BatchNormalization(**settings)
    draw = np.random.default_rng(1)
    weights = None
    for layer in pair:
        layer.build((None, *shape))
        if weights is None:
            weights = [draw.uniform(0.5, 1.5, weight.shape) for weight in layer.weights]
        layer.set_weights(weights)
    return pair


def forward_and_back(layer, x, upstream, training):
    """Output, gradients for input and trained weights, all weights afterwards."""
    x = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = layer(x, training=training)
        total = tf.reduce_sum(output * upstream)
    variables = [weight.value for weight in layer.trainable_weights]
    gradients = tape.gradient(total, [x, *variables])
    return [output.numpy(), *(gradient.numpy() for gradient in gradients), *layer.get_weights()]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(5,), (7, 3), (50, 64)])
@pytest.mark.parametrize(
    "settings", [{}, {"center": False}, {"scale": False, "momentum": 0.5, "epsilon": 0.1}]
)
def test_batch_normalisation_equals_keras(training, shape, settings):
    draw = np.random.default_rng(0)
    x = draw.normal(3, 2, size=(28, *shape)).astype(np.float32)
    upstream = draw.normal(size=x.shape).astype(np.float32)
    ours, theirs = (forward_and_back(layer, x, upstream, training) for layer in twins(shape, **settings))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=2e-4)


def test_batch_normalisation_by_hand():
    """Biased variance in the output and in the moving average; the kernel hands out the unbiased one."""
    x = np.array([[1.0], [3.0], [8.0]], np.float32)
    layer = FusedBatchNormalization(momentum=0.9, epsilon=0.001)
    output = layer(x, training=True).numpy()
    mean, variance = 4.0, (9 + 1 + 16) / 3
    np.testing.assert_allclose(output, (x - mean) / np.sqrt(variance + 0.001), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_mean, [0.1 * mean], rtol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, [0.9 + 0.1 * variance], rtol=1e-6)


def test_one_value_is_no_batch():
    layer = FusedBatchNormalization()
    assert np.isfinite(layer(np.ones((1, 1), np.float32), training=True)).all()
    assert np.isfinite(layer.get_weights()).all()


def test_frozen_batch_normalisation_uses_its_averages():
    layer = FusedBatchNormalization()
    layer.build((None, 2))
    layer.trainable = False
    x = np.array([[5.0, 7.0], [6.0, 9.0]], np.float32)
    np.testing.assert_allclose(layer(x, training=True), x / np.sqrt(1.001), rtol=1e-6)


# dropout


def dropped(rate, x, seed=1):
    """Output and gradient, with the given upstream gradient 2, of a dropout layer in training."""
    layer = BitDropout(rate, seed=seed)
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = layer(x, training=True)
    return output.numpy(), tape.gradient(output, x, output_gradients=2 * tf.ones_like(x)).numpy()


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.5, 0.75, 0.999])
def test_dropout_keeps_its_share_and_scales_it_up(rate):
    x = np.full((100, 41, 13), 3.0, np.float32)  # an odd number of values: half a word is left over
    output, gradient = dropped(rate, x)
    kept = output != 0
    n = kept.size
    assert abs(kept.mean() - (1 - rate)) < 4 * np.sqrt(rate * (1 - rate) / n) + 2**-16
    rounded = round(rate * 2**16) / 2**16
    np.testing.assert_allclose(output[kept], 3 / (1 - rounded), rtol=1e-6)
    np.testing.assert_allclose(gradient, np.where(kept, 2 / (1 - rounded), 0), rtol=1e-6)


def test_dropout_of_nothing_and_of_everything():
    x = np.arange(6, dtype=np.float32)
    np.testing.assert_array_equal(dropped(0.0, x)[0], x)
    np.testing.assert_array_equal(BitDropout(1.0)(x, training=True), np.zeros(6))
    np.testing.assert_array_equal(BitDropout(0.7)(x, training=False), x)


def test_dropped_values_are_independent():
    """Neighbours within a word, channels, positions, rows and steps: no correlation beyond chance."""
    layer = BitDropout(0.5, seed=4)
    x = np.ones((64, 50, 64), np.float32)
    first, second = (layer(x, training=True).numpy() > 0 for _ in range(2))
    pairs = [
        (first, second),
        (first[1:], first[:-1]),
        (first[:, 1:], first[:, :-1]),
        (first[..., 1:], first[..., :-1]),
        (first[..., 2:], first[..., :-2]),
    ]
    for one, other in pairs:
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 4 / np.sqrt(one.size)


def test_dropout_follows_its_seed():
    x = np.ones((20, 30), np.float32)
    assert np.array_equal(dropped(0.3, x, seed=5)[0], dropped(0.3, x, seed=5)[0])
    assert not np.array_equal(dropped(0.3, x, seed=5)[0], dropped(0.3, x, seed=6)[0])


def test_layer_sets():
    fast, stock = layer_set("fused"), layer_set("keras")
    assert (fast.Dropout, fast.BatchNormalization) == (BitDropout, FusedBatchNormalization)
    assert (stock.Dropout, stock.BatchNormalization) == (
        keras.layers.Dropout,
        keras.layers.BatchNormalization,
    )
    assert fast.Conv1D is stock.Conv1D is keras.layers.Conv1D
    with pytest.raises(ValueError, match="kernels must be one of fused, keras, not 'slow'"):
        layer_set("slow")


# losses


def lin(y, output):
    """Lin's concordance from numpy's own moments, biased."""
    covariance = np.cov(y, output, bias=True)[0, 1]
    return 2 * covariance / (y.var() + output.var() + (y.mean() - output.mean()) ** 2)


@pytest.mark.parametrize("seed", range(3))
def test_losses_follow_their_formulas(seed):
    draw = np.random.default_rng(seed)
    y = draw.normal(2, 3, 40).astype(np.float32)
    output = (0.5 * y + draw.normal(size=40)).astype(np.float32)
    assert LOSSES["mse"](y, output).numpy() == pytest.approx(np.mean((y - output) ** 2), rel=1e-5)
    assert LOSSES["half_mse"](y, output).numpy() == pytest.approx(np.mean((y - output) ** 2) / 2, rel=1e-5)
    assert LOSSES["ccc"](y, output).numpy() == pytest.approx(1 - lin(y, output), rel=1e-5)


def test_concordance_at_its_ends():
    y = np.array([1.0, 2.0, 4.0], np.float32)
    ccc = LOSSES["ccc"]
    assert float(ccc(y, y)) == pytest.approx(0, abs=1e-6)
    assert float(ccc(y, 2 * y.mean() - y)) == pytest.approx(2, abs=1e-6)  # same moments, order reversed
    assert float(ccc(y, np.full(3, 9.0, np.float32))) == 1
    # Another scale or mean costs, though Pearson's r is 1.
    assert float(ccc(y, 2 * y)) > 0.3
    assert float(ccc(y, y + 2)) > 0.3


@pytest.mark.parametrize("y", [[1.0], [1.0, 1.0]])
def test_concordance_of_what_does_not_vary(y):
    output = tf.constant(y)
    with tf.GradientTape() as tape:
        tape.watch(output)
        loss = LOSSES["ccc"](np.array(y, np.float32), output)
    assert float(loss) == 1
    assert np.isfinite(tape.gradient(loss, output)).all()


# optimisers


def steps(optimizer, gradients, rate):
    """Where two weights are after descending the given gradients."""
    weight = keras.Variable(np.array([1.0, -2.0], np.float32))
    optimizer.build([weight])
    optimizer.learning_rate.assign(rate)
    for gradient in gradients:
        optimizer.apply([tf.constant(gradient)])
    return weight.numpy()


GRADIENTS = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)


def test_adam_equals_keras_and_the_paper():
    """Kingma and Ba (2015), algorithm 1 with the rate that absorbs both bias corrections."""
    weight, m, v = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    for t, g in enumerate(GRADIENTS.astype(float), 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        weight -= 0.01 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-7)
    ours = steps(optimizers.create("adam"), GRADIENTS, 0.01)
    theirs = steps(optimizers.create("adam", fused=False), GRADIENTS, 0.01)
    assert type(optimizers.create("adam", fused=False)) is keras.optimizers.Adam
    np.testing.assert_allclose(ours, weight, rtol=1e-5)
    np.testing.assert_allclose(theirs, weight, rtol=1e-5)


def test_gradient_descent_with_momentum_by_hand():
    weight, velocity = np.array([1.0, -2.0]), np.zeros(2)
    for g in GRADIENTS:
        velocity = 0.5 * velocity - 0.01 * g
        weight += velocity
    np.testing.assert_allclose(steps(optimizers.create("sgd"), GRADIENTS, 0.01), weight, rtol=1e-5)


def test_adadelta_by_hand():
    """Zeiler (2012), algorithm 1, times the rate."""
    weight, squares, updates = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    for g in GRADIENTS.astype(float):
        squares = 0.95 * squares + 0.05 * g**2
        update = np.sqrt(updates + 1e-7) / np.sqrt(squares + 1e-7) * g
        updates = 0.95 * updates + 0.05 * update**2
        weight -= update
    np.testing.assert_allclose(steps(optimizers.create("adadelta"), GRADIENTS, 1.0), weight, rtol=1e-4)
