"""Genomic heritability of one trait."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dnngp.base.seeds import hashed_choice
from dnngp.base.sizes import LARGE
from dnngp.encodings.additive import Additive
from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.genotypes import grm
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.streamed import Streamed
from dnngp.genotypes.structure_streamed import CHOSEN, streamed_relationships
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.methods.mixed.error_contrasts import spread_of
from dnngp.methods.mixed.kernel_fit import variances_of
from dnngp.methods.mixed.spectral import UNKNOWN
from dnngp.methods.mixed.threshold_model import liability_heritability

FIGURES = ("h2", "h2_se", "vu", "ve", "lambda", "log_likelihood")


def heritability(
    rows: np.ndarray,
    y: np.ndarray,
    standardise: bool = False,
    weight: RecordWeights | None = None,
    trait: TraitType = CONTINUOUS,
) -> dict[str, float | int]:
    """Genomic heritability of one trait by REML, with its standard error.

    Of a trait with classes it is that of the liability, by a threshold model.

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
    weight
        Of the phenotypes; None where errors are alike.
    trait
        What the phenotypes are.

    Returns
    -------
    dict
        ``h2``, ``h2_se``, ``vu``, ``ve``, ``lambda`` = ve / vu, ``log_likelihood``, ``n``. Of unequal
        records, ve is the mean of their error variances, and so h2 on the basis of means of as many
        ``replicates`` as their harmonic mean, where weights are their numbers. All NaN but n and replicates
        where y or the rows are constant.
    """
    gram = additive_kernel(rows, standardise)
    if trait.has_classes and np.ptp(y) > 0 and spread_of(gram) > 0:
        counts = 1.0 if weight is None else weight.relative
        return liability_heritability(gram, y, len(trait.classes), counts)
    return kernel_heritability(gram, y, weight)


def heritability_of(
    genotypes: Genotypes,
    lines: np.ndarray,
    y: np.ndarray,
    weight: Callable[[np.ndarray], RecordWeights | None],
    trait: TraitType = CONTINUOUS,
) -> dict[str, float | int]:
    """:func:`heritability` of some lines of a dataset, however many they are.

    Above :data:`dnngp.base.sizes.LARGE` lines no matrix is made: :func:`streamed_heritability`. Classes and
    known error variances, which need one, are taken of that many lines, chosen by hashing their ids; ``n``
    tells it.

    Parameters
    ----------
    lines
        Column numbers (n,).
    y
        (n,) their phenotypes.
    weight
        Of some of the lines, by column number.
    """
    standardise, weights = not genotypes.is_dosage, weight(lines)
    if len(lines) > LARGE:
        if not trait.has_classes and (weights is None or not weights.known):
            return streamed_heritability(streamed_relationships(genotypes, lines), y, weights)
        chosen = hashed_choice(genotypes.samples[lines].tolist(), LARGE, CHOSEN)
        lines, y, weights = lines[chosen], y[chosen], weight(lines[chosen])
    return heritability(genotypes.rows(samples=lines), y, standardise, weights, trait)


def streamed_heritability(
    markers: Streamed, y: np.ndarray, weight: RecordWeights | None = None
) -> dict[str, float | int]:
    """:func:`heritability` of many lines, by products with their markers.

    Returns
    -------
    dict
        As :func:`heritability`, and ``h2_monte_carlo_error``: the standard error that 15 random vectors add
        to that of the estimate.
    """
    from dnngp.methods.mixed.iterative import Projected, search

    kernel = Projected(markers, None, None if weight is None else weight.values)
    reached = search(kernel, y, np.random.default_rng(0))
    each = float(np.mean(1 / kernel.root**2))
    figures = [float("nan")] * (len(FIGURES) + 1)
    if reached is not None:
        found = reached.likelihood.at(reached.ratio)
        genetic, error = found.vu * kernel.spread, found.ve * each
        # Of the unscaled vu and ve, as the kernel of the products has them.
        slope = np.array([kernel.spread * error, -each * genetic]) / (genetic + error) ** 2
        information = reached.likelihood.information(found.vu, found.ve)
        variance = float(slope @ np.linalg.pinv(information) @ slope)
        figures = [genetic / (genetic + error), variance**0.5, genetic, error, error / genetic]
        figures += [found.log_likelihood, reached.likelihood.error(kernel.spread / each)]
    return {
        **dict(zip((*FIGURES, "h2_monte_carlo_error"), figures, strict=True)),
        **_counts(len(y), weight),
    }


def _counts(n: int, weight: RecordWeights | None) -> dict[str, float | int]:
    counts: dict[str, float | int] = {"n": n}
    if weight is not None and not weight.known:
        counts["replicates"] = float(1 / np.mean(1 / weight.values))
    return counts


def additive_kernel(rows: np.ndarray, standardise: bool = False) -> np.ndarray:
    """Kernel (n, n) of :class:`dnngp.methods.gblup.GBLUP`; parameters as of :func:`heritability`."""
    encoder = Additive(scale=standardise).fit(rows)
    n, p = np.shape(rows)
    return grm.centred_products(
        np.asarray(rows).T, np.arange(p), np.arange(n), encoder.mean_, encoder.scale_
    )[0]


def kernel_heritability(
    kernel: np.ndarray, y: np.ndarray, weight: RecordWeights | None = None
) -> dict[str, float | int]:
    """:func:`heritability` with any kernel (n, n).

    Notes
    -----
    The standard error comes from the average information of vu and ve (Gilmour et
    al. 1995, Biometrics 51:1440) by the delta method. Near 0 or 1 it says little:
    the estimate is bounded there.
    """
    y = np.asarray(y, float)
    kernel = kernel / (spread_of(kernel) or 1.0)
    precision, contrasts, found = variances_of(kernel, y, weight=weight)
    counts = _counts(len(y), weight)
    if found is UNKNOWN:
        return {**dict.fromkeys(FIGURES, float("nan")), **counts}
    z, each = contrasts.of(y), 1.0 if precision is None else float(np.mean(1 / precision))
    variances = found.vu * contrasts.values + found.ve
    of_error, error = np.ones_like(z), found.ve * each
    if weight is not None and weight.known:
        # What is estimated beside known errors is alike for all records, and not for their contrasts.
        pulled = z / variances
        of_error, each = contrasts.of(contrasts.back(pulled)) / pulled, 1.0
    gradients = np.stack([contrasts.values, of_error])
    information = np.einsum("ai,bi,i->ab", gradients, gradients, z**2 / variances**3) / 2
    slope = np.array([error, -found.vu * each]) / (found.vu + error) ** 2
    variance = float(slope @ np.linalg.pinv(information) @ slope)
    h2, ratio = found.h2, found.ratio
    if precision is not None:
        h2, ratio = found.vu / (found.vu + error), error / found.vu
    figures = (h2, variance**0.5, found.vu, error, ratio, found.log_likelihood)
    return {**dict(zip(FIGURES, figures, strict=True)), **counts}
