"""Markers to model input: transformers in the manner of scikit-learn, fitted on training lines.

They take rows (n, p) of dosages (integers, -1 missing) or features (floats, NaN missing).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import eigh
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from dnngp.base.serialisation import Stored
from dnngp.genotypes import grm
from dnngp.genotypes.grm import blocks, is_missing, standardised
from dnngp.genotypes.moments import Sums, expected_deviations, observed_deviations, varying


class _RowTransformer(Stored, TransformerMixin, BaseEstimator):
    """Checks that rows to transform have the columns of the rows fitted on."""

    def _begin(self, X: np.ndarray) -> np.ndarray:
        X = np.asarray(X)
        if X.ndim != 2 or not len(X):
            raise ValueError(f"Expected rows of markers (n, p), not an array of shape {X.shape}.")
        self.n_features_in_ = X.shape[1]
        return X

    def _known(self, X: np.ndarray) -> np.ndarray:
        check_is_fitted(self)
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.n_features_in_:
            raise ValueError(f"X has shape {X.shape}, but was fitted on {self.n_features_in_} markers.")
        return X


class MarkerFilter(_RowTransformer):
    """Keep the markers that vary among the training lines.

    Parameters
    ----------
    min_maf
        Smallest minor allele frequency; ignored without a ploidy.
    ploidy
        Sets of chromosomes; None for features, of which only constants go.
    min_mac
        Smallest number of copies of the minor allele; ignored without a ploidy.

    Attributes
    ----------
    kept_ : (p,) bool
        Markers that stay.
    """

    def __init__(self, min_maf: float = 0.0, ploidy: int | None = 2, min_mac: int = 0) -> None:
        self.min_maf = min_maf
        self.ploidy = ploidy
        self.min_mac = min_mac

    def fit(self, X: np.ndarray, y: object = None) -> MarkerFilter:
        """Count alleles in X (n, p)."""
        X = self._begin(X)
        self.kept_ = varying(X.T, None, Sums.of(X.T), self.min_maf, self.min_mac, self.ploidy)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """The columns of X that stay, dtype as given."""
        return self._known(X)[:, self.kept_]


class Additive(_RowTransformer):
    """Values minus the training mean, or as they are; missing becomes the mean.

    Parameters
    ----------
    scale
        Whether to divide by the training standard deviation as well, for
        features in arbitrary units. Markers usually keep their scale: rare
        alleles carry less variance.
    ploidy
        With ``scale``, for dosages: divide by the standard deviation that
        Hardy-Weinberg proportions have, sqrt(ploidy p (1 - p)), as in VanRaden's
        second relationship matrix (2008, J Dairy Sci 91:4414).
    centre
        Whether the mean is taken away. A network that looks at neighbouring
        markers with the same filter everywhere sees the same number for the
        same genotype only without.

    Attributes
    ----------
    mean_, scale_ : (p,) float64
        Mean and divisor of each column.
    """

    STATE = ("n_features_in_", "mean_", "scale_")

    def __init__(self, scale: bool = False, ploidy: int | None = None, centre: bool = True) -> None:
        self.scale = scale
        self.ploidy = ploidy
        self.centre = centre

    def fit(self, X: np.ndarray, y: object = None) -> Additive:
        """Take mean and standard deviation of the columns of X (n, p), leaving out missing values."""
        X = self._begin(X)
        counts = Sums.of(X.T)
        self.mean_ = counts.means
        self.scale_ = np.ones(X.shape[1])
        if self.scale and self.ploidy is not None:
            self.scale_ = expected_deviations(counts, self.ploidy)
        elif self.scale:
            self.scale_ = observed_deviations(X.T, None, counts)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """(n, p) float32."""
        values = standardised(self._known(X).T, self.mean_, self.scale_).T
        if not self.centre:
            values += self.mean_ / self.scale_
        return np.ascontiguousarray(values, np.float32)


class Dominance(_RowTransformer):
    """Dominance deviations of diploids, uncorrelated with breeding values under Hardy-Weinberg proportions.

    No copy of an allele of frequency p becomes -2p^2, one copy 2p(1 - p), two
    copies -2(1 - p)^2 (Vitezica et al. 2013, Genetics 195:1223); then the
    training mean is taken away, which is 0 in those proportions. Missing
    becomes 0.

    Attributes
    ----------
    codes_ : (3, p) float64
        What each dosage becomes.
    variance_ : (p,) float64
        Expected square of the codes, (2p(1 - p))^2.
    """

    STATE = ("n_features_in_", "codes_")

    def fit(self, X: np.ndarray, y: object = None) -> Dominance:
        """Count alleles and genotypes in X (n, p), integers 0 to 2 with -1 for missing."""
        X = self._begin(X)
        frequency = Sums.of(X.T).means / 2
        heterozygous = 2 * frequency * (1 - frequency)
        codes = np.stack([-2 * frequency**2, heterozygous, -2 * (1 - frequency) ** 2])
        counts = np.stack([np.count_nonzero(np.equal(X, dosage), axis=0) for dosage in range(3)])
        self.codes_ = codes - (codes * counts).sum(axis=0) / np.maximum(counts.sum(axis=0), 1)
        self.variance_ = heterozygous**2
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """(n, p) float64."""
        X = self._known(X)
        result = np.zeros(X.shape)
        for dosage, codes in enumerate(self.codes_):
            result += np.where(np.equal(X, dosage), codes, 0.0)
        return result


class OneHot(_RowTransformer):
    """A channel for each dosage 0 to ploidy.

    Parameters
    ----------
    ploidy
        Sets of chromosomes.
    missing
        What a missing call becomes. ``frequency``: the frequencies of the
        marker's genotypes among the training lines, which says nothing about
        the line. ``class``: a channel of its own; the pattern of missing calls
        can then identify batches and families. ``zeros``: nothing in any channel.

    Attributes
    ----------
    frequencies_ : (p, ploidy + 1) float64
        Genotype frequencies among observed calls; 0 where none was observed.
    """

    STATE = ("n_features_in_", "frequencies_")
    MISSING = ("frequency", "class", "zeros")

    def __init__(self, ploidy: int = 2, missing: str = "frequency") -> None:
        self.ploidy = ploidy
        self.missing = missing

    def fit(self, X: np.ndarray, y: object = None) -> OneHot:
        """Count the genotypes of each marker of X (n, p), integers with -1 for missing."""
        if self.missing not in self.MISSING:
            raise ValueError(f"missing must be one of {', '.join(self.MISSING)}, not {self.missing!r}.")
        X = self._begin(X)
        classes = [np.count_nonzero(np.equal(X, dosage), axis=0) for dosage in range(self.ploidy + 1)]
        counts = np.stack(classes, axis=1)
        self.frequencies_ = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """(n, p, ploidy + 1) float32; one channel more with ``missing="class"``."""
        X = self._known(X)
        absent = is_missing(X)
        channels = self.ploidy + 1 + (self.missing == "class")
        result = np.zeros((*X.shape, channels), np.float32)
        for dosage in range(self.ploidy + 1):
            result[..., dosage] = np.equal(X, dosage)
        if self.missing == "class":
            result[..., -1] = absent
        elif self.missing == "frequency":
            line, marker = np.nonzero(absent)
            result[line, marker] = self.frequencies_[marker]
        return result


class PCAScores(_RowTransformer):
    """Scores on the leading principal components (not unit-length eigenvectors).

    The score of a line on component k has variance eigenvalue k, so that later
    components weigh less; networks that do not scale their inputs rely on it.
    Missing values count as the mean. Fitted through the smaller of the two cross
    product matrices, lines x lines or markers x markers; equal to the full
    decomposition up to sign. The score of largest magnitude among the training
    lines is made positive.

    Parameters
    ----------
    components
        Number of components to keep, at most the rank; None keeps all.
    variance
        Keep the fewest components that explain this share of variance, in
        (0, 1], instead of a number.
    scale
        As in :class:`Additive`.

    Attributes
    ----------
    mean_, scale_ : (p,) float64
    components_ : (q, p) float64
        Unit-length directions.
    explained_variance_ratio_ : (q,) float64
    """

    STATE = ("n_features_in_", "mean_", "scale_", "components_")

    def __init__(
        self, components: int | None = None, variance: float | None = None, scale: bool = False
    ) -> None:
        self.components = components
        self.variance = variance
        self.scale = scale

    def fit(self, X: np.ndarray, y: object = None) -> PCAScores:
        """Fit on X (n, p)."""
        X = self._begin(X)
        n, p = X.shape
        additive = Additive(self.scale).fit(X)
        self.mean_, self.scale_ = additive.mean_, additive.scale_
        if n <= p:
            gram, _ = grm.centred_products(X.T, np.arange(p), np.arange(n), self.mean_, self.scale_)
            spectrum = Spectrum.of(gram, self.components, self.variance)
            self.components_ = np.empty((len(spectrum.values), p))
            for part in blocks(p):
                directions = self._block(X, part) @ spectrum.vectors / np.sqrt(spectrum.values)
                self.components_[:, part] = directions.T
        else:
            block = self._block(X, slice(None))
            spectrum = Spectrum.of(block @ block.T, self.components, self.variance)
            self.components_ = spectrum.vectors.T * signs(block.T @ spectrum.vectors)[:, None]
        self.explained_variance_ratio_ = spectrum.shares
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Scores (n, q) float64."""
        X = self._known(X)
        scores = np.zeros((len(X), len(self.components_)))
        for part in blocks(X.shape[1]):
            scores += self._block(X, part).T @ self.components_[:, part].T
        return scores

    def _block(self, X: np.ndarray, part: slice) -> np.ndarray:
        """Some columns of X, standardised, a column a row."""
        return standardised(X[:, part].T, self.mean_[part], self.scale_[part])


def transformer(encoding: Mapping[str, Any], ploidy: int | None) -> Any:
    """The unfitted transformer of an encoding, for the form ``array``.

    Parameters
    ----------
    encoding
        As for :class:`dnngp.encodings.fold_encoder.FoldEncoder`; ``impute`` and ``layer`` are passed over.
    ploidy
        Sets of chromosomes; None for features, which are standardised.
    """
    options = {key: value for key, value in encoding.items() if key not in ("name", "layer", "impute")}
    if encoding["name"] == "onehot" and ploidy is not None:
        return OneHot(ploidy, **options)
    if encoding["name"] == "pca":
        return PCAScores(**options, scale=ploidy is None)
    if encoding["name"] == "dominance":
        return Dominance()
    centre = ploidy is None or options.get("centre", True)
    return Additive(ploidy is None or options.get("standardise", False), ploidy, centre)


@dataclass(frozen=True)
class Spectrum:
    """Leading eigenvalues (q,), descending, their vectors (n, q) and shares (q,) of the trace."""

    values: np.ndarray
    vectors: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, matrix: np.ndarray, components: int | None = None, variance: float | None = None) -> Spectrum:
        """Decompose a positive semidefinite matrix; the options are those of :class:`PCAScores`."""
        if components is not None and variance is not None:
            raise ValueError("Give components or variance, not both.")
        n, total = len(matrix), np.trace(matrix)
        if components is not None and components < n // 4:
            first = n - components
            values, vectors = eigh(matrix, driver="evr", subset_by_index=(first, n - 1), check_finite=False)
        else:
            values, vectors = eigh(matrix, driver="evd", check_finite=False)
        values, vectors = values[::-1], vectors[:, ::-1]
        kept = int(np.sum(values > n * np.finfo(float).eps * values[0]))
        if not kept:
            raise ValueError("The training rows do not vary.")
        if variance is not None:
            # Not beyond the last component, where rounding leaves the sum short of a share of 1.
            kept = min(kept, int(np.searchsorted(np.cumsum(values) / total, variance)) + 1)
        if components is not None:
            kept = min(kept, components)
        values, vectors = values[:kept], vectors[:, :kept]
        return cls(values, vectors * signs(vectors), values / total)


def signs(scores: np.ndarray) -> np.ndarray:
    """(q,) 1 or -1: the sign of the entry of largest magnitude in each column."""
    largest = np.abs(scores).argmax(axis=0)
    return np.where(scores[largest, np.arange(scores.shape[1])] < 0, -1.0, 1.0)
