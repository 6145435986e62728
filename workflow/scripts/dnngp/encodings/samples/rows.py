"""Plain rows of numbers as training samples: what lets every method be used in scikit-learn's manner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from dnngp.encodings.encoding import Choice
from dnngp.encodings.samples.arrays_and_kernels import Array, Kernel
from dnngp.encodings.samples.fitting import FittedEncoding
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.encodings.samples.training_set import Key, Records, TrainingSet, inner_folds, new_records
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType


class Rows(TrainingSet):
    """Rows as they are: whatever encoding is asked for, a method sees these numbers or their products.

    Parameters
    ----------
    X
        (n, p) or (n, p, channels).
    ids
        Name of each row, unique; its number where absent.
    groups
        Group of each row.
    fixed
        Fixed effects (n, q) beside the mean.
    widths
        Columns of each omics layer.
    weights, trait
        As of every training set.
    """

    def __init__(
        self,
        X: np.ndarray,
        ids: Sequence[str] | None = None,
        groups: Sequence[object] | None = None,
        fixed: np.ndarray | None = None,
        widths: Sequence[int] = (),
        *,
        weights: RecordWeights | None = None,
        trait: TraitType = CONTINUOUS,
    ) -> None:
        self.X = _checked(X, dtype="numeric", allow_nd=True, ensure_all_finite="allow-nan")
        names = range(len(self.X)) if ids is None else ids
        self._ids, self._fixed = [str(name) for name in names], fixed
        self.weights, self.trait = weights, trait
        self.groups = None if groups is None else list(groups)
        self.sample, self._widths = np.arange(len(self.X)), tuple(widths)
        self.environments = self.all_environments = self._record_ids = None
        self._means = None if self.X.ndim > 2 else self.X.astype(float).mean(axis=0)

    @property
    def ids(self) -> list[str]:
        """Name of each row."""
        return self._ids

    @property
    def fixed(self) -> np.ndarray | None:
        """Fixed effects (n, q) of each row."""
        return self._fixed

    def array(self, encoding: Choice | Sequence[Choice]) -> Array:
        """The rows."""
        return Array(self.X, self._widths or (self.X.shape[1],))

    def variants(self, encoding: Choice | Sequence[Choice]) -> pd.DataFrame | None:
        """Not known of plain numbers."""
        return None

    def streams(self, encoding: Choice | Sequence[Choice]) -> bool:
        """Rows are in memory."""
        return False

    def kernel(self, encoding: Choice | Sequence[Choice]) -> Kernel:
        """Cross products of the centred rows, on a scale such that their diagonal is 1 on average."""
        return self._products(self.X)

    def rows_to_predict(self, X: np.ndarray, fixed: np.ndarray | None = None) -> Records:
        """Other rows, seen in the same manner."""
        X = _checked(X, dtype="numeric", allow_nd=True, ensure_all_finite="allow-nan")

        def encode(encoding: Choice | Sequence[Choice], form: str) -> Array | Kernel:
            return self._products(X) if form == "kernel" else Array(X, (X.shape[1],))

        return Records([str(number) for number in range(len(X))], encode, lambda: fixed)

    def inner_folds(
        self, folds: int, y: np.ndarray, *names: object
    ) -> Iterator[tuple[np.ndarray, np.ndarray, TrainingSet, Records]]:
        """As of every training set."""
        classes = self.classes_of(y)
        for fit, held in inner_folds(self.ids, self.groups, folds, *names, classes=classes):
            groups = None if self.groups is None else [self.groups[row] for row in fit]
            fixed = [None if self.fixed is None else self.fixed[part] for part in (fit, held)]
            training = Rows(
                self.X[fit],
                [self.ids[row] for row in fit],
                groups,
                fixed[0],
                self._widths,
                weights=None if self.weights is None else self.weights.take(fit),
                trait=self.trait,
            )
            yield fit, held, training, training.rows_to_predict(self.X[held], fixed[1])

    def _products(self, X: np.ndarray) -> Kernel:
        training, rows = self.X - self._means, X - self._means
        scale = float(np.einsum("np,np->", training, training)) / len(training) or 1.0
        return Kernel(rows @ training.T, np.einsum("mp,mp->m", rows, rows), scale)


class GenotypeRows(TrainingSet):
    """Rows of dosages or features, encoded as those of a dataset: for methods that ask for several encodings.

    Parameters
    ----------
    X
        (n, p) without missing values. Whole numbers from 0 are dosages (of as many chromosome sets as the
        largest, two at least), other values features.
    """

    def __init__(self, X: np.ndarray) -> None:
        self.X = X = _checked(X, dtype=np.float64)
        dosages = bool((np.rint(X) == X).all()) and X.min() >= 0 and X.max() < 127
        self._ploidy = max(2, int(X.max())) if dosages else None
        # Records have the markers that the training samples were encoded by.
        self._varying = np.ptp(X, axis=0) > 0
        super().__init__(Population(self._genotypes(X)), np.arange(len(X)))

    def rows_to_predict(self, X: np.ndarray) -> Records:
        """Other rows, seen in the same manner."""

        def encoded(key: Key) -> FittedEncoding:
            return cast(FittedEncoding, self.encoded(*key))

        return new_records(self._genotypes(_checked(X, dtype=np.float64)), None, encoded)

    def _genotypes(self, X: np.ndarray) -> Genotypes:
        samples = np.array([f"row {number}" for number in range(len(X))])
        X = X[:, self._varying]
        variants = variant_table("", 0, [str(number) for number in range(X.shape[1])], "", "")
        whole = self._ploidy is not None and bool((np.rint(X) == X).all())
        values = np.ascontiguousarray(X.T, np.int8 if whole else np.float32)
        return Genotypes(samples, variants, values, self._ploidy, {})


def _checked(X: Any, **options: Any) -> np.ndarray:
    """Rows as scikit-learn takes them. It is imported here: the fits of a run, which have no such rows, do
    without it."""
    from sklearn.utils.validation import check_array

    return cast(np.ndarray, check_array(X, **options))
