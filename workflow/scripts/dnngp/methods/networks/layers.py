"""Layers of the networks: faster forms of two of Keras' own, and gates.

Batch normalisation and dropout take a third of the time of a training step of
DNNGP with Keras' layers, which work in several passes over the activations. The
subclasses here compute the same with fewer passes. They are drop-in: names,
options, weights and meaning are Keras', so that a network is written once and
built with either set (:func:`layer_set`). What they save, and that accuracy
does not depend on them, is measured in ``docs/explanation/training.md``.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from dnngp.methods.networks.backend import keras, tf

#: Random bits that decide whether a value is dropped; a rate is exact to 2 to the power of minus this.
DROPOUT_BITS = 16


class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalisation over the last axis, in one kernel a pass.

    TensorFlow's fused kernel normalises with the biased variance of the batch,
    as Keras does, but gives back the unbiased one; the moving average is fed the
    biased variance here too.
    """

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Normalise (n, ..., channels); with ``training``, by the batch's own moments."""
        training = bool(training) and self.trainable
        channels = inputs.shape[-1]
        image = tf.reshape(inputs, (1, -1, 1, channels))  # the kernel wants four axes and reduces over three
        output, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=image,
            scale=self.gamma.value if self.scale else tf.ones((channels,)),
            offset=self.beta.value if self.center else tf.zeros((channels,)),
            mean=self.moving_mean.value if not training else tf.zeros((0,)),
            variance=self.moving_variance.value if not training else tf.zeros((0,)),
            epsilon=self.epsilon,
            is_training=training,
        )
        if training:
            n = tf.cast(tf.shape(image)[1], tf.float32)
            biased = variance * ((n - 1.0) / n)
            for average, seen in ((self.moving_mean, mean), (self.moving_variance, biased)):
                average.assign(average * self.momentum + seen * (1.0 - self.momentum))
        return tf.reshape(output, tf.shape(inputs))


class BitDropout(keras.layers.Dropout):
    """Keras' dropout, decided by 16 random bits a value in place of a random float.

    The rate is rounded to a multiple of 2**-16, and what stays is scaled by the
    rounded rate, so that the expected sum is unchanged exactly.
    """

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Set a share of the values to zero and scale up the others, with ``training``."""
        if not training or self.rate == 0:
            return inputs
        if self.rate == 1:
            return tf.zeros_like(inputs)
        levels = 2**DROPOUT_BITS
        dropped = min(round(self.rate * levels), levels - 1)
        scale = np.float32(levels / (levels - dropped))

        @tf.custom_gradient
        def drop(values: Any, seed: Any) -> tuple[Any, Any]:
            size = tf.size(values)
            words = tf.random.stateless_uniform(((size + 1) // 2,), seed, None, None, tf.int32)
            bits = tf.reshape(tf.bitcast(words, tf.int16), (-1,))[:size]
            kept = tf.reshape(bits >= dropped - levels // 2, tf.shape(values))
            factor = tf.cast(kept, values.dtype) * scale
            return values * factor, lambda gradient: (gradient * factor, None)

        return drop(inputs, tf.cast(self.seed_generator.next(), tf.int32))


class Gate(keras.layers.Layer):
    """Each feature times a weight of its own."""

    def __init__(self, kernel_initializer: Any, kernel_regularizer: Any = None) -> None:
        super().__init__()
        self.kernel_initializer = kernel_initializer
        self.kernel_regularizer = kernel_regularizer

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights for inputs (n, features)."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=(input_shape[-1],),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
        )

    def call(self, inputs: Any) -> Any:
        """(n, features) to (n, features)."""
        return inputs * self.kernel


#: Sets of layers a network can be built with.
KERNELS = ("fused", "keras")


def layer_set(kernels: str) -> Any:
    """Keras' layers as attributes: ``keras`` as they come, ``fused`` with the two of this module."""
    if kernels not in KERNELS:
        raise ValueError(f"kernels must be one of {', '.join(KERNELS)}, not {kernels!r}.")
    layers = SimpleNamespace(**vars(keras.layers))
    if kernels == "fused":
        layers.BatchNormalization, layers.Dropout = FusedBatchNormalization, BitDropout
    return layers
