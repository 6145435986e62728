"""What training minimises, by name: functions of targets (n,) and outputs (n,), float32, to a scalar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dnngp.methods.networks.backend import tf


def mse(y: Any, output: Any) -> Any:
    """Mean squared error."""
    return tf.reduce_mean(tf.square(y - output))


def half_mse(y: Any, output: Any) -> Any:
    """Half the mean squared error, whose gradient is the error: what DeepGS' framework descends.

    A rate of plain gradient descent means the same there as here.
    """
    return 0.5 * mse(y, output)


def one_minus_ccc(y: Any, output: Any) -> Any:
    """One minus Lin's concordance correlation, 2 s_xy / (s_x^2 + s_y^2 + (mean x - mean y)^2).

    0 where outputs equal targets, 1 where they say nothing about them, at most
    2. It asks for the scale and the mean of the targets as well as for their
    order. Of a single row, or where neither side varies, it is 1.

    References
    ----------
    Lin L. I.-K. (1989) A concordance correlation coefficient to evaluate
    reproducibility. Biometrics 45:255-268.
    """
    mean_y, mean_output = tf.reduce_mean(y), tf.reduce_mean(output)
    centred_y, centred_output = y - mean_y, output - mean_output
    covariance = tf.reduce_mean(centred_y * centred_output)
    spread = tf.reduce_mean(tf.square(centred_y)) + tf.reduce_mean(tf.square(centred_output))
    return 1.0 - tf.math.divide_no_nan(2.0 * covariance, spread + tf.square(mean_y - mean_output))


LOSSES: dict[str, Callable[[Any, Any], Any]] = {"mse": mse, "half_mse": half_mse, "ccc": one_minus_ccc}
