"""What training minimises, by name: functions of targets (n,), outputs (n,) and weights (n,), to a scalar.

All are float32. Without weights every row counts the same; weights have a mean of 1 over all rows of a
training, so that a step whose rows weigh more moves further.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dnngp.methods.networks.backend import tf


def _mean(values: Any, weight: Any) -> Any:
    return tf.reduce_mean(values if weight is None else weight * values)


def mse(y: Any, output: Any, weight: Any = None) -> Any:
    """Mean squared error."""
    return _mean(tf.square(y - output), weight)


def half_mse(y: Any, output: Any, weight: Any = None) -> Any:
    """Half the mean squared error, whose gradient is the error: what DeepGS' framework descends.

    A rate of plain gradient descent means the same there as here.
    """
    return 0.5 * mse(y, output, weight)


def one_minus_ccc(y: Any, output: Any, weight: Any = None) -> Any:
    """One minus Lin's concordance correlation, 2 s_xy / (s_x^2 + s_y^2 + (mean x - mean y)^2).

    0 where outputs equal targets, 1 where they say nothing about them, at most
    2. It asks for the scale and the mean of the targets as well as for their
    order. Of a single row, or where neither side varies, it is 1. It is no mean
    over rows: with weights, its moments are weighted within the step.

    References
    ----------
    Lin L. I.-K. (1989) A concordance correlation coefficient to evaluate
    reproducibility. Biometrics 45:255-268.
    """
    if weight is not None:
        weight = weight / tf.reduce_mean(weight)
    mean_y, mean_output = _mean(y, weight), _mean(output, weight)
    centred_y, centred_output = y - mean_y, output - mean_output
    covariance = _mean(centred_y * centred_output, weight)
    spread = _mean(tf.square(centred_y), weight) + _mean(tf.square(centred_output), weight)
    return 1.0 - tf.math.divide_no_nan(2.0 * covariance, spread + tf.square(mean_y - mean_output))


def poisson(y: Any, output: Any, weight: Any = None) -> Any:
    """Half the mean deviance of counts whose expectation is exp(output), 0 where they equal it.

    Counts and expectation may both be divided by a number; the loss is divided by it, too.
    """
    return _mean(tf.exp(output) - y * output + tf.math.xlogy(y, y) - y, weight)


def cumulative(y: Any, output: Any, weight: Any, steps: Any) -> Any:
    """Mean negative log likelihood of ordered classes: P(class >= k) = logistic(output - cut_k).

    Of two classes it is the logistic loss.

    Parameters
    ----------
    y
        Number of the class, from 0 to the number of cut points.
    steps
        The lowest cut point, then the logarithm of the distance from each to the next: cut points stay in
        order whatever training does to these.

    References
    ----------
    McCullagh P. (1980) Regression models for ordinal data. J R Stat Soc B 42:109-142.
    """
    gaps = tf.exp(steps[1:])
    cuts = tf.cumsum(tf.concat([steps[:1], gaps], axis=0))
    last = tf.shape(cuts)[0]
    number = tf.cast(y, tf.int32)
    below = tf.nn.softplus(tf.gather(cuts, tf.maximum(number - 1, 0)) - output)
    above = tf.nn.softplus(output - tf.gather(cuts, tf.minimum(number, last - 1)))
    # P(k) = logistic(cut_k+1 - output) logistic(output - cut_k) (1 - exp(-gap)) without cancellation;
    # the lowest class has no cut below, the highest none above.
    between = tf.concat([[0.0], tf.math.log(-tf.math.expm1(-gaps)), [0.0]], axis=0)
    losses = tf.where(number > 0, below, 0.0) + tf.where(number < last, above, 0.0)
    return _mean(losses - tf.gather(between, number), weight)


#: Of quantities, which a user may choose from.
LOSSES: dict[str, Callable[..., Any]] = {"mse": mse, "half_mse": half_mse, "ccc": one_minus_ccc}

#: Of counts and classes (:mod:`dnngp.methods.networks.links`).
CLASS_LOSSES: dict[str, Callable[..., Any]] = {"poisson": poisson, "cumulative": cumulative}
