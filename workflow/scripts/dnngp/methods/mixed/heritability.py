"""Genomic heritability of one trait."""

from __future__ import annotations

import numpy as np

from dnngp.encodings.additive import Additive
from dnngp.genotypes import grm
from dnngp.methods.mixed.error_contrasts import Contrasts, spread_of
from dnngp.methods.mixed.kernel_fit import varies
from dnngp.methods.mixed.spectral import best_ratio


def heritability(rows: np.ndarray, y: np.ndarray, standardise: bool = False) -> dict[str, float | int]:
    """Genomic heritability of one trait by REML, with its standard error.

    The kernel is that of :class:`dnngp.methods.gblup.GBLUP`, scaled such that ``vu`` is the
    variance among the lines and h2 = vu / (vu + ve).

    Parameters
    ----------
    rows
        (n, p) dosages or features: integers, -1 missing, or floats, NaN missing.
    y
        (n,) phenotypes without missing values.
    standardise
        Whether to divide columns by their standard deviations, as is done with features.

    Returns
    -------
    dict
        ``h2``, ``h2_se``, ``vu``, ``ve``, ``lambda`` = ve / vu, ``log_likelihood``, ``n``.
        All NaN but n where y or the rows are constant.
    """
    encoder = Additive(scale=standardise).fit(rows)
    n, p = np.shape(rows)
    gram, _ = grm.centred_products(
        np.asarray(rows).T, np.arange(p), np.arange(n), encoder.mean_, encoder.scale_
    )
    return kernel_heritability(gram, y)


def kernel_heritability(kernel: np.ndarray, y: np.ndarray) -> dict[str, float | int]:
    """:func:`heritability` with any kernel (n, n).

    Notes
    -----
    The standard error comes from the average information of vu and ve (Gilmour et
    al. 1995, Biometrics 51:1440) by the delta method. Near 0 or 1 it says little:
    the estimate is bounded there.
    """
    y = np.asarray(y, float)
    kernel = kernel / (spread_of(kernel) or 1.0)
    contrasts = Contrasts(kernel)
    z = contrasts.of(y)
    names = ("h2", "h2_se", "vu", "ve", "lambda", "log_likelihood")
    if not varies(y, z, contrasts, kernel):
        return {**dict.fromkeys(names, float("nan")), "n": len(y)}
    found = best_ratio(contrasts, z)
    gradients = np.stack([contrasts.values, np.ones_like(z)])
    variances = found.vu * contrasts.values + found.ve
    information = np.einsum("ai,bi,i->ab", gradients, gradients, z**2 / variances**3) / 2
    slope = np.array([found.ve, -found.vu]) / (found.vu + found.ve) ** 2
    variance = float(slope @ np.linalg.pinv(information) @ slope)
    figures = (found.h2, variance**0.5, found.vu, found.ve, found.ratio, found.log_likelihood)
    return {**dict(zip(names, figures, strict=True)), "n": len(y)}
