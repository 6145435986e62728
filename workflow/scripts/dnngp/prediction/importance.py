"""Which markers a fitted method uses: what each marker adds to the prediction of each training line.

One measure for all methods. The prediction of a line differs from that of a
reference - the mean genotype; for trees, the mean prediction - and the difference
is shared out among the markers exactly:

- linear and mixed models: effect times deviation from the mean;
- kernels, support vectors and networks: integrated gradients (Sundararajan et al.
  2017, ICML 70:3319), carried back from components to markers by their loadings;
- boosted trees: TreeSHAP (Lundberg et al. 2020, Nat Mach Intell 2:56); forests: the
  changes of the mean along the path (Palczewska et al. 2014);
- a stack: the weighted sum of its members'.

Trees have two measures more, which are usual for them: gain and permutation.

The importance of a marker is the mean size of its share over the training lines,
in the unit of the trait. Markers in linkage disequilibrium share what a causal one
would have: importance is not evidence of a cause.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.base.seeds import seed
from dnngp.base.serialisation import PATH
from dnngp.encodings.encoding import Encoding, encoding_kinds
from dnngp.encodings.samples.arrays_and_kernels import Kernel
from dnngp.encodings.samples.fitting import FittedEncoding
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import Records, TrainingSet
from dnngp.genotypes.grm import is_missing
from dnngp.genotypes.store import Genotypes
from dnngp.methods.registry import METHODS, Method
from dnngp.prediction.bundle import Bundle, BundleFit

#: Windows of a chromosome, of each of which the picture shows the most important marker.
WINDOWS = 100

#: Columns of the markers that a picture shows.
DRAWN = ["chrom", "pos", "id", "place", "importance", "parity", "middle"]

#: What is measured of a marker.
MEASURES = ["importance", "effect", "gain", "permutation"]

COLUMNS = ["chrom", "pos", "id", "ref", "alt", *MEASURES, "rank"]


def marker_importance(bundle: Bundle, training: Genotypes) -> pd.DataFrame:
    """How much a method makes of each marker.

    Parameters
    ----------
    bundle
        The fitted method.
    training
        Its training lines at its markers; takes 16 bytes of memory for each of them a marker.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, in the order of the markers. ``importance`` is the mean
        absolute contribution, ``effect`` the mean change of the prediction with
        one more ALT allele (the regression of contributions on dosages), ``gain``
        the share of all reductions of the loss by splits on the marker, ``permutation``
        the mean size of the change of a prediction when the marker is exchanged
        among lines (both of trees alone), ``rank`` 1 the most important. Of a method that is fitted within
        each environment, means over the environments; of one that takes them together, of the predictions
        in the mean of all.
    """
    parts = [_of_fit(bundle, fit, training) for fit in bundle.fits]
    table = training.variants.copy()
    for name in MEASURES:
        # Of fits within environments the mean; a marker that does not vary in one adds nothing there.
        table[name] = np.mean([part[name] for part in parts], axis=0)
    table["rank"] = table["importance"].rank(method="min", ascending=False).astype(int)
    return table[COLUMNS]


def _of_fit(bundle: Bundle, fit: BundleFit, training: Genotypes) -> dict[str, np.ndarray]:
    """:data:`MEASURES` (p,) of one fit of a bundle, 0 of markers that it does not read."""
    own = training.select(fit.samples, np.flatnonzero(fit.markers))
    samples = TrainingSet(Population(own), np.arange(own.n_samples))
    found = contributions(METHODS[bundle.method], fit.model, bundle.encoding, samples)
    rows = own.rows().astype(float)
    rows[is_missing(own.rows())] = np.nan
    centred = np.nan_to_num(rows - np.nanmean(rows, axis=0))
    measured = {
        "importance": np.abs(found).mean(axis=0),
        "effect": (found * centred).sum(axis=0) / (centred**2).sum(axis=0),
    }
    if METHODS[bundle.method].importance == "shares":
        gain, X = fit.model.gain(), samples.array(bundle.encoding).values
        measured["gain"] = fitted_array(samples, bundle.encoding).on_markers(gain[None])[0] / (
            gain.sum() or 1.0
        )
        # A column that is no marker cannot be exchanged alone.
        if X.shape[1] == own.n_variants:
            measured["permutation"] = permutation_importance(fit.model.predict_rows, X, gain > 0, bundle.seed)
    of_all = {name: np.full(len(fit.markers), 0.0 if name in measured else np.nan) for name in MEASURES}
    for name, values in measured.items():
        of_all[name][fit.markers] = values
    return of_all


def permutation_importance(
    predict: Callable[[np.ndarray], np.ndarray], X: np.ndarray, used: np.ndarray, random_state: int
) -> np.ndarray:
    """Mean size of the change of a prediction when one column is exchanged among rows (Breiman 2001).

    Predictions are compared with those of the whole rows, not with phenotypes, which a bundle does not hold.

    Parameters
    ----------
    predict
        What a fitted method predicts for rows.
    X
        Rows (n, p).
    used
        (p,) bool, columns that a split asks for; others change nothing.
    random_state
        Seed of the orders, of each column its own.

    Returns
    -------
    (p,) float64, in the unit of the trait.
    """
    found, whole = np.zeros(X.shape[1]), predict(X)
    changed = X.copy()
    for column in np.flatnonzero(used):
        order = np.random.default_rng(seed(random_state, "permutation", column)).permutation(len(X))
        changed[:, column] = X[order, column]
        found[column] = np.abs(predict(changed) - whole).mean()
        changed[:, column] = X[:, column]
    return found


def along_genome(table: pd.DataFrame) -> pd.DataFrame:
    """Markers of a table of :func:`marker_importance` to draw along the genome.

    Returns
    -------
    DataFrame
        :data:`DRAWN`: the most important marker of each of :data:`WINDOWS` windows of a chromosome (``all``
        where it has no name). Chromosomes lie behind one another, markers without positions in their order;
        ``parity`` is ``odd`` for the first, third, ... chromosome, ``middle`` its middle.
    """
    start, parts = 0.0, []
    for number, (chrom, part) in enumerate(table.groupby("chrom", sort=False)):
        order = _places(part["pos"].to_numpy())
        span = float(order.max() - order.min()) or 1.0
        window = equal_parts(order, WINDOWS)
        drawn = part.assign(
            chrom=str(chrom) or "all",
            place=start + order - order.min(),
            parity="even" if number % 2 else "odd",
            middle=start + span / 2,
        )
        best = drawn.groupby(window)["importance"].idxmax()
        parts.append(drawn.loc[best, DRAWN])
        start += span * 1.02
    return pd.concat(parts, ignore_index=True)


def equal_parts(positions: np.ndarray, number: int) -> np.ndarray:
    """Which of so many parts of equal length of a chromosome each marker (p,) lies in, from 0."""
    order = _places(positions)
    span = float(order.max() - order.min()) or 1.0
    return np.minimum((order - order.min()) / span * number, number - 1).astype(int)


def _places(positions: np.ndarray) -> np.ndarray:
    """Positions (p,) float64 on a chromosome; numbers in their order where no position is known."""
    order = positions.astype(float)
    return order if (order > 0).any() else np.arange(len(order), dtype=float)


def contributions(
    method: Method,
    model: Any,
    encoding: Mapping[str, Any],
    training: TrainingSet,
    samples: Records | None = None,
) -> np.ndarray:
    """What each marker adds to the prediction of each sample: (m, p) float64.

    The sum over markers is the prediction minus that of the reference.

    Parameters
    ----------
    method, model, encoding
        A method, fitted, and what it reads.
    training
        Its training samples.
    samples
        Others, encoded as these are; None: the training samples.

    Raises
    ------
    UserError
        Trees on components, whose splits no loading carries back to markers; a method that does not know.
    """
    seen = training if samples is None else samples
    if method.importance == "members":
        parts = [
            share * contributions(METHODS[member.method], member.model, member.encoding, training, samples)
            for member, share in model.weighted()
        ]
        return np.sum(parts, axis=0)
    if method.importance == "kernels":
        return _of_kernels(model, model.encodings_read(), training, seen)
    if method.importance == "shares" and not Encoding.of(encoding).kind.components:
        found = np.asarray(model.shares(seen.array(encoding).values), float)
        return fitted_array(training, encoding).on_markers(found)
    if method.importance != "gradients":
        raise UserError(
            f"the importance of markers is not known for {method.name} on the encoding "
            f"{encoding['name']}: only what is read by marker or by block leads back to markers.",
            remedy="Use additive, or leave the model out of `importance`.",
        )
    X, fitted = seen.array(encoding).values, fitted_array(training, encoding)
    base = fitted.reference()
    gradients = model.gradients(X, base)
    if encoding["name"] == "pca":
        # A score is a sum over markers: loading times deviation from the mean.
        return (gradients @ fitted.loadings()) * _rows({**encoding, "name": "additive"}, seen)
    return fitted.on_markers(gradients * (X - base))


def _of_kernels(
    model: Any, encodings: Sequence[Any], training: TrainingSet, seen: TrainingSet | Records
) -> np.ndarray:
    """Integrated gradients of a method that reads kernels, from the centred rows behind each."""
    rows = [_rows(one, training) for one in encodings]
    # The products of rows with themselves have other bits than those of two tables that are equal.
    others = rows if seen is training else [_rows(one, seen) for one in encodings]
    products = [other @ one.T for one, other in zip(rows, others, strict=True)]
    squares = [np.einsum("mp,mp->m", other, other) for other in others]
    slopes = [(np.zeros_like(one), np.zeros(len(one))) for one in products]
    for share in PATH:
        kernels = [Kernel(share * one, share**2 * of, 1.0) for one, of in zip(products, squares, strict=True)]
        for (by_samples, alone), (by_products, by_squares) in zip(slopes, model.slopes(kernels), strict=True):
            by_samples += by_products / len(PATH)
            alone += 2 * share * by_squares / len(PATH)
    found = [
        other * (by_samples @ one + alone[:, None] * other)
        for one, other, (by_samples, alone) in zip(rows, others, slopes, strict=True)
    ]
    carried = [
        fitted_array(training, one).on_markers(part) for one, part in zip(encodings, found, strict=True)
    ]
    return np.sum(carried, axis=0)


def fitted_array(training: TrainingSet, encoding: Mapping[str, Any]) -> FittedEncoding:
    """The encoding of one omics layer in the form ``array``, fitted on training samples."""
    fitted = training.encoded(encoding, "array")
    assert isinstance(fitted, FittedEncoding)
    return fitted


def _rows(encoding: Mapping[str, Any], seen: TrainingSet | Records) -> np.ndarray:
    """Rows (n, q) float64 of samples in an encoding, centred; options that it does not have are left out."""
    own = {"name"} | encoding_kinds()[encoding["name"]].parameters.keys() - {"centre"}
    kept = {key: value for key, value in encoding.items() if key in own}
    return np.asarray(seen.array(kept).values, float)
