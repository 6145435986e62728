"""What the transformers of all encodings share, in scikit-learn's manner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from dnngp.base.errors import UserError
from dnngp.base.estimator import Estimator
from dnngp.base.lazy import np
from dnngp.base.serialisation import Stored


@dataclass(eq=False, repr=False)
class RowTransformer(Stored, Estimator):
    """Checks that rows to transform have the columns of the rows fitted on.

    Rows are (n, p) dosages (integers, -1 missing) or features (floats, NaN missing).
    """

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Fit on the rows of training samples."""
        raise NotImplementedError

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Encode rows of the same markers."""
        raise NotImplementedError

    def fit_transform(self, X: np.ndarray, y: object = None) -> np.ndarray:
        """Fit, then encode the same rows."""
        return self.fit(X).transform(X)

    def on_markers(self, shares: np.ndarray) -> np.ndarray:
        """What is shared out among the columns (n, q), or columns and channels, by marker: (n, p)."""
        return shares.sum(axis=2) if shares.ndim == 3 else shares

    def _begin(self, X: np.ndarray) -> np.ndarray:
        X = np.asarray(X)
        if X.ndim != 2 or not len(X):
            raise ValueError(f"Expected rows of markers (n, p), not an array of shape {X.shape}.")
        self.n_features_in_ = X.shape[1]
        return X

    def _checked(self, X: np.ndarray) -> np.ndarray:
        self._check_fitted()
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.n_features_in_:
            raise ValueError(f"X has shape {X.shape}, but was fitted on {self.n_features_in_} markers.")
        return X


@dataclass(eq=False, repr=False)
class MarkerFilter(RowTransformer):
    """Keep the markers that vary among the training samples.

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

    min_maf: float = 0.0
    ploidy: int | None = 2
    min_mac: int = 0

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Count alleles in X (n, p)."""
        from dnngp.genotypes.moments import Sums, varying

        X = self._begin(X)
        self.kept_ = varying(X.T, None, Sums.of(X.T), self.min_maf, self.min_mac, self.ploidy)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """The columns of X that stay, dtype as given."""
        return self._checked(X)[:, self.kept_]


def check_whole(X: np.ndarray, encoding: str) -> None:
    """Raise UserError where dosages X, missing ones apart, are no whole numbers, as an encoding needs."""
    if (np.nan_to_num(X) % 1).any():
        raise UserError(
            f"the encoding {encoding} was fitted on whole dosages, but those of new samples are estimates.",
            remedy="Read their calls (`field: GT`).",
        )
