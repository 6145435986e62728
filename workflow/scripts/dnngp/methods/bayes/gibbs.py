"""The compiled sweeps of Gibbs samplers of marker effects."""

from __future__ import annotations

import numpy as np

from dnngp.base.compiled import compiled


@compiled
def inner(x: np.ndarray, y: np.ndarray) -> float:
    """x'y of float64 (n,), in eight running sums of a fixed order.

    As fast as the processor's vectors, and the same bits everywhere.
    """
    n = len(x)
    whole = n - n % 8
    a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(0, whole, 8):
        a += x[i] * y[i]
        b += x[i + 1] * y[i + 1]
        c += x[i + 2] * y[i + 2]
        d += x[i + 3] * y[i + 3]
        e += x[i + 4] * y[i + 4]
        f += x[i + 5] * y[i + 5]
        g += x[i + 6] * y[i + 6]
        h += x[i + 7] * y[i + 7]
    product = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(whole, n):
        product += x[i] * y[i]
    return product


@compiled
def sweep(
    columns: np.ndarray,
    squares: np.ndarray,
    residuals: np.ndarray,
    effects: np.ndarray,
    variances: np.ndarray,
    included: float,
    noise: float,
    uniforms: np.ndarray,
    normals: np.ndarray,
) -> int:
    """Draw every marker effect once, given all others, keeping the residuals up to date.

    A marker is in the model with prior probability ``included`` and then has a
    normal effect of its variance; indicator and effect are drawn together, the
    effect integrated out of the first.

    Parameters
    ----------
    columns
        (p, n) float64, centred, a marker a row.
    squares
        (p,) their squared lengths.
    residuals
        (n,) y minus everything fitted; changed in place.
    effects
        (p,) changed in place; 0 for a marker that is out.
    variances
        (p,) prior variance of each effect.
    included, noise
        Prior probability of being in the model; residual variance.
    uniforms, normals
        (p,) random numbers.

    Returns
    -------
    Number of markers in the model.
    """
    n = columns.shape[1]
    prior = np.log(included) - np.log(1 - included) if included < 1 else np.inf
    count = 0
    for j in range(len(effects)):
        x = columns[j]
        old = effects[j]
        product = inner(x, residuals) + squares[j] * old
        precision = squares[j] / noise + 1 / variances[j]
        mean = product / noise / precision
        odds = prior + 0.5 * (mean * mean * precision - np.log(variances[j] * precision))
        new = 0.0
        if uniforms[j] * (1 + np.exp(-odds)) < 1:
            new = mean + normals[j] / np.sqrt(precision)
            count += 1
        effects[j] = new
        change = old - new
        if change != 0:
            for i in range(n):
                residuals[i] += change * x[i]
    return count


@compiled
def mixture_sweep(
    columns: np.ndarray,
    squares: np.ndarray,
    residuals: np.ndarray,
    effects: np.ndarray,
    variances: np.ndarray,
    shares: np.ndarray,
    noise: float,
    uniforms: np.ndarray,
    normals: np.ndarray,
) -> tuple[np.ndarray, float]:
    """As :func:`sweep`, where the prior of an effect is a mixture of zero and normal distributions.

    Parameters
    ----------
    columns, squares, residuals, effects, noise, uniforms, normals
        As of :func:`sweep`.
    variances, shares
        (k,) of the classes, the variance of the first being 0; their prior probabilities.

    Returns
    -------
    members
        (k,) int64, number of markers in each class.
    scaled
        Sum of squared effects, each over the variance of its class.
    """
    n, classes = columns.shape[1], len(variances)
    members, scaled = np.zeros(classes, np.int64), 0.0
    precisions, logs = np.empty(classes), np.empty(classes)
    log_shares = np.log(shares)
    for j in range(len(effects)):
        x = columns[j]
        old = effects[j]
        product = inner(x, residuals) + squares[j] * old
        logs[0] = log_shares[0]
        for k in range(1, classes):
            precisions[k] = squares[j] / noise + 1 / variances[k]
            square = (product / noise) ** 2 / precisions[k]
            logs[k] = log_shares[k] + 0.5 * (square - np.log(variances[k] * precisions[k]))
        chances = np.exp(logs - logs.max())
        left = uniforms[j] * chances.sum()
        chosen = 0
        while chosen < classes - 1 and left >= chances[chosen]:
            left -= chances[chosen]
            chosen += 1
        new = 0.0
        if chosen > 0:
            new = product / noise / precisions[chosen] + normals[j] / np.sqrt(precisions[chosen])
            scaled += new * new / variances[chosen]
        members[chosen] += 1
        effects[j] = new
        change = old - new
        if change != 0:
            for i in range(n):
                residuals[i] += change * x[i]
    return members, scaled
