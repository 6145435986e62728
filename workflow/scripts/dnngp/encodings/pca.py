"""Scores on the leading principal components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from dnngp.base.lazy import np
from dnngp.base.parameters import share, whole
from dnngp.base.sizes import LARGE
from dnngp.encodings.additive import Additive
from dnngp.encodings.encoding import EncodingKind
from dnngp.encodings.row_transformer import RowTransformer

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Encoded
    from dnngp.encodings.samples.population import Selection


@dataclass(eq=False, repr=False)
class PCAScores(RowTransformer):
    """Scores on the leading principal components (not unit-length eigenvectors).

    The score of a sample on component k has variance eigenvalue k, so that later components weigh less;
    networks that do not scale their inputs rely on it. Missing values count as the mean. Fitted through the
    smaller of the two cross product matrices, samples x samples or markers x markers; equal to the full
    decomposition up to sign. The score of largest magnitude among the training samples is made positive.

    Parameters
    ----------
    components
        Number of components to keep, at most the rank; None keeps all.
    variance
        Keep the fewest components that explain this share of variance, in (0, 1], instead of a number.
    scale
        As in :class:`dnngp.encodings.additive.Additive`.

    Attributes
    ----------
    mean_, scale_ : (p,) float64
    components_ : (q, p) float64
        Unit-length directions.
    explained_variance_ratio_ : (q,) float64
    """

    components: int | None = None
    variance: float | None = None
    scale: bool = False

    STATE = ("n_features_in_", "mean_", "scale_", "components_")

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Fit on X (n, p)."""
        from dnngp.genotypes import grm

        X = self._centre(X)
        n, p = X.shape
        if n <= p:
            products, _ = grm.centred_products(X.T, np.arange(p), np.arange(n), self.mean_, self.scale_)
            return self._take(X, Spectrum.of(products, self.components, self.variance))
        block = self._block(X, slice(None))
        spectrum = Spectrum.of(block @ block.T, self.components, self.variance)
        self.components_ = spectrum.vectors.T * signs(block.T @ spectrum.vectors)[:, None]
        self.explained_variance_ratio_ = spectrum.shares
        return self

    def fit_spectrum(self, X: np.ndarray, spectrum: Spectrum) -> Self:
        """Fit on X (n, p), the spectrum of whose cross products is known."""
        return self._take(self._centre(X), spectrum)

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Scores (n, q) float64."""
        from dnngp.genotypes.grm import blocks

        X = self._checked(X)
        scores = np.zeros((len(X), len(self.components_)))
        for part in blocks(X.shape[1]):
            scores += self._block(X, part).T @ self.components_[:, part].T
        return scores

    def reference(self) -> np.ndarray:
        """(q,) the mean genotype, encoded."""
        return np.zeros(len(self.components_))

    def _centre(self, X: np.ndarray) -> np.ndarray:
        X = self._begin(X)
        additive = Additive(self.scale).fit(X)
        self.mean_, self.scale_ = additive.mean_, additive.scale_
        return X

    def _take(self, X: np.ndarray, spectrum: Spectrum) -> Self:
        """Directions from the vectors (n, q) of the samples."""
        from dnngp.genotypes.grm import blocks

        self.components_ = np.empty((len(spectrum.values), X.shape[1]))
        for part in blocks(X.shape[1]):
            directions = self._block(X, part) @ spectrum.vectors / np.sqrt(spectrum.values)
            self.components_[:, part] = directions.T
        self.explained_variance_ratio_ = spectrum.shares
        return self

    def _block(self, X: np.ndarray, part: slice) -> np.ndarray:
        """Some columns of X, standardised, a column a row."""
        from dnngp.genotypes.grm import standardised

        return standardised(X[:, part].T, self.mean_[part], self.scale_[part])


@dataclass(frozen=True)
class Spectrum:
    """Leading eigenvalues (q,), descending, their vectors (n, q) and shares (q,) of the trace."""

    values: np.ndarray
    vectors: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, matrix: np.ndarray, components: int | None = None, variance: float | None = None) -> Spectrum:
        """Decompose a positive semidefinite matrix; the options are those of :class:`PCAScores`."""
        from scipy.linalg import eigh

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


def _transformer(ploidy: int | None, options: Mapping[str, Any]) -> PCAScores:
    return PCAScores(**options, scale=ploidy is None)


def _array(selection: Selection, options: Mapping[str, Any]) -> Encoded:
    from dnngp.encodings.samples.products import Scores
    from dnngp.encodings.samples.streamed_scores import StreamedScores

    scores = StreamedScores if len(selection.rows) > LARGE else Scores
    return scores(selection, _transformer(selection.ploidy, options))


ENCODING = EncodingKind(
    name="pca",
    meaning="scores on the leading principal components, by number (`components`) or explained variance "
    "(`variance`)",
    options={
        "components": whole(None, 1),
        "variance": share(None, above=True),
    },
    transformer=_transformer,
    array=_array,
    components=True,
)
