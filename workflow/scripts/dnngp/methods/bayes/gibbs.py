"""The compiled sweep of the Gibbs sampler for spike-and-slab regression on markers."""

from __future__ import annotations

import numpy as np

from dnngp.base.compiled import compiled


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
    whole = n - n % 8
    prior = np.log(included) - np.log(1 - included) if included < 1 else np.inf
    count = 0
    for j in range(len(effects)):
        x = columns[j]
        # Eight running sums in a fixed order: as fast as the processor's vectors, the same bits everywhere.
        a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(0, whole, 8):
            a += x[i] * residuals[i]
            b += x[i + 1] * residuals[i + 1]
            c += x[i + 2] * residuals[i + 2]
            d += x[i + 3] * residuals[i + 3]
            e += x[i + 4] * residuals[i + 4]
            f += x[i + 5] * residuals[i + 5]
            g += x[i + 6] * residuals[i + 6]
            h += x[i + 7] * residuals[i + 7]
        product = ((a + b) + (c + d)) + ((e + f) + (g + h))
        for i in range(whole, n):
            product += x[i] * residuals[i]
        old = effects[j]
        product += squares[j] * old
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
