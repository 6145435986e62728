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

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.base.seeds import seed
from dnngp.base.serialisation import PATH
from dnngp.encodings.model_encoding import LineEncoder, key_of
from dnngp.genotypes.grm import is_missing
from dnngp.genotypes.store import Genotypes
from dnngp.methods.registry import METHODS, Method
from dnngp.prediction.bundle import Bundle

#: Windows of a chromosome, of each of which the picture shows the most important marker.
WINDOWS = 100

#: Columns of the markers that a picture shows.
DRAWN = ["chrom", "pos", "id", "place", "importance", "parity", "middle"]

COLUMNS = ["chrom", "pos", "id", "ref", "alt", "importance", "effect", "gain", "permutation", "rank"]


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
        among lines (both of trees alone), ``rank`` 1 the most important.
    """
    found = contributions(METHODS[bundle.method], bundle.model, bundle.fitted, bundle.encoding, training)
    rows = training.rows().astype(float)
    rows[is_missing(training.rows())] = np.nan
    centred = np.nan_to_num(rows - np.nanmean(rows, axis=0))
    table = training.variants.copy()
    table["importance"] = np.abs(found).mean(axis=0)
    table["effect"] = (found * centred).sum(axis=0) / (centred**2).sum(axis=0)
    table[["gain", "permutation"]] = np.nan
    if hasattr(bundle.model, "gain"):
        gain = bundle.model.gain()
        table["gain"] = gain / (gain.sum() or 1.0)
        encoder = bundle.fitted[key_of(bundle.encoding, "array")]
        X = encoder.encode(training, np.zeros(training.n_variants, bool)).test
        assert X is not None
        table["permutation"] = permutation_importance(bundle.model, X, gain > 0, bundle.seed)
    table["rank"] = table["importance"].rank(method="min", ascending=False).astype(int)
    return table[COLUMNS]


def permutation_importance(model: Any, X: np.ndarray, used: np.ndarray, random_state: int) -> np.ndarray:
    """Mean size of the change of a prediction when one column is exchanged among rows (Breiman 2001).

    Predictions are compared with those of the whole rows, not with phenotypes, which a bundle does not hold.

    Parameters
    ----------
    model
        A fitted method of the form ``array``.
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
    found, whole = np.zeros(X.shape[1]), model.predict(X)
    changed = X.copy()
    for column in np.flatnonzero(used):
        order = np.random.default_rng(seed(random_state, "permutation", column)).permutation(len(X))
        changed[:, column] = X[order, column]
        found[column] = np.abs(model.predict(changed) - whole).mean()
        changed[:, column] = X[:, column]
    return found


def along_genome(table: pd.DataFrame) -> pd.DataFrame:
    """Markers to draw along the genome.

    Parameters
    ----------
    table
        As from :func:`marker_importance`.

    Returns
    -------
    DataFrame
        :data:`DRAWN`: the most important marker of each of :data:`WINDOWS` windows of a chromosome (``all``
        where it has no name). Chromosomes lie behind one another, markers without positions in their order;
        ``parity`` is ``odd`` for the first, third, ... chromosome, ``middle`` its middle.
    """
    start, parts = 0.0, []
    for number, (chrom, part) in enumerate(table.groupby("chrom", sort=False)):
        order = part["pos"].to_numpy(float)
        if not (order > 0).any():
            order = np.arange(len(part), dtype=float)
        span = float(order.max() - order.min()) or 1.0
        window = np.minimum((order - order.min()) / span * WINDOWS, WINDOWS - 1).astype(int)
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


def contributions(
    method: Method,
    model: Any,
    fitted: Mapping[tuple[str, str], LineEncoder],
    encoding: Mapping[str, Any],
    training: Genotypes,
) -> np.ndarray:
    """What each marker adds to the prediction of each training line: (n, p) float64.

    The sum over markers is the prediction minus that of the reference.

    Raises
    ------
    UserError
        Trees on components, whose splits no loading carries back to markers.
    """
    if method.name == "stack":
        parts = [
            weight * contributions(member.method, member.model, fitted, member.encoding, training)
            for member, weight in model.weighted()
        ]
        return np.sum(parts, axis=0)
    if method.name == "gblup_ad":
        total = np.zeros((training.n_samples, training.n_variants))
        for name, weights in zip(("additive", "dominance"), model.weights(), strict=True):
            rows = _encoded({"name": name}, training)
            total += rows * (weights @ rows)
        return total
    if method.form == "gram":
        return _of_kernel(model, _encoded(encoding, training))
    encoder = fitted[key_of(encoding, "array")]
    X = encoder.encode(training, np.zeros(training.n_variants, bool)).test
    assert X is not None
    if not hasattr(model, "gradients"):
        if encoding["name"] != "additive":
            raise UserError(
                f"the importance of markers is not known for {method.name} on the encoding "
                f"{encoding['name']}: only the encoding additive leads back to markers.",
                remedy="Use additive, or leave the model out of `importance`.",
            )
        return np.asarray(model.contributions(X), float)
    base = encoder.reference()
    gradients = model.gradients(X, base)
    if encoding["name"] == "pca":
        # A score is a sum over markers: loading times deviation from the mean.
        loadings = encoder.loadings()
        return (gradients @ loadings) * _encoded({**_imputing(encoding), "name": "additive"}, training)
    shares = gradients * (X - base)
    return shares.sum(axis=2) if shares.ndim == 3 else shares


def _of_kernel(model: Any, rows: np.ndarray) -> np.ndarray:
    """Integrated gradients of a method that reads cross products, from the centred rows behind them."""
    gram = rows @ rows.T
    squares = np.diagonal(gram)
    by_lines, alone = np.zeros_like(gram), np.zeros(len(gram))
    for share in PATH:
        slopes, own = model.slopes(share * gram, share**2 * squares)
        by_lines += slopes / len(PATH)
        alone += 2 * share * own / len(PATH)
    return rows * (by_lines @ rows + alone[:, None] * rows)


def _encoded(encoding: Mapping[str, Any], training: Genotypes) -> np.ndarray:
    """Rows (n, p) float64 of training lines in an encoding fitted on them."""
    encoded = LineEncoder(encoding, "array", training.ploidy).fit(training)
    return np.asarray(encoded.train, float)


def _imputing(encoding: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in encoding.items() if key == "impute"}
