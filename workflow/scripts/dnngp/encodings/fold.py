"""One fold as a method may see it: the genotypes of its lines, encoded as asked for, and inner folds.

Most methods are handed one encoded fold. Those that need more - several
encodings, or inner folds of the training lines - are handed a :class:`Fold`. It
holds no phenotypes: those of the training lines are given to ``fit_lines``
beside it, those of the test lines to nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_array, check_is_fitted, check_X_y

from dnngp.base import ledger
from dnngp.encodings.covariates import FixedEffects
from dnngp.encodings.fold_encoder import EncodedFold, FoldEncoder, side_by_side
from dnngp.encodings.omics import MARKERS, Encoding, each, layer_of
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.validation.draws import draw_folds, pack_groups

#: Inner folds of the training lines, for weights and for tuning.
INNER_FOLDS = 5


def inner_folds(
    ids: Sequence[str], groups: Sequence[object] | None, folds: int, *names: object
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Folds of training lines, drawn by hashing ids, or packed by groups where there are any.

    Parameters
    ----------
    ids, groups
        Of each line; ids are unique.
    folds
        Their number; no more than there are lines or groups.
    names
        Hashed into the draw: same names, same folds, whatever the order of the lines.

    Yields
    ------
    fit, held
        Positions (int64) of the lines to fit on and of those to predict.
    """
    if groups is None:
        key = "|".join(map(str, ("inner", *names)))
        numbers = np.array(draw_folds(ids, key, min(folds, len(ids)), 1))
    else:
        numbers = np.array(pack_groups([str(group) for group in groups], ("inner", *map(str, names)), folds))
    for number in range(1, numbers.max() + 1):
        yield np.flatnonzero(numbers != number), np.flatnonzero(numbers == number)


@dataclass(frozen=True)
class Layer:
    """What the lines of a dataset were measured by, beside the markers.

    Attributes
    ----------
    genotypes
        Dosages or features of all lines, in the order of the dataset's own; missing where a line has none.
    maf, mac
        As in :class:`Encoders`.
    """

    genotypes: Genotypes
    maf: float = 0.0
    mac: int = 0

    def select(self, lines: np.ndarray, features: np.ndarray) -> Layer:
        """Some lines and features."""
        return replace(self, genotypes=self.genotypes.select(lines, features))


def load_layers(
    folders: Iterable[str | Path], limits: Mapping[str, Mapping[str, Any]], samples: np.ndarray
) -> dict[str, Layer]:
    """Layers by name, joined to the lines of a dataset by id.

    Parameters
    ----------
    folders
        Where :meth:`dnngp.genotypes.store.Genotypes.save` put each; the name of the folder is that of the
        layer.
    limits
        ``maf`` and ``mac`` of each layer.
    samples
        (n,) ids of the lines.
    """
    return {
        name: Layer(Genotypes.load(folder).at_lines(samples), **limits[name])
        for folder in map(Path, folders)
        for name in [folder.name]
    }


@dataclass
class Encoders:
    """The encoders of one dataset, one per encoding, so that folds share what does not depend on them.

    Attributes
    ----------
    genotypes
        All lines.
    maf, mac
        Smallest minor allele frequency, and count, among the training lines of a fold.
    layers
        By name, beside the markers.
    """

    genotypes: Genotypes
    maf: float
    mac: int = 0
    layers: Mapping[str, Layer] = field(default_factory=dict)
    _made: dict[str, FoldEncoder] = field(default_factory=dict, repr=False)

    def of(self, encoding: Encoding) -> FoldEncoder:
        """The encoder of one encoding, made when first asked for."""
        key = _text(encoding)
        if key not in self._made:
            name, own = layer_of(encoding), Layer(self.genotypes, self.maf, self.mac)
            layer = own if name == MARKERS else self.layers[name]
            self._made[key] = FoldEncoder(layer.genotypes, dict(encoding), layer.maf, layer.mac)
        return self._made[key]


@dataclass
class Fold:
    """Training and test lines of one fold.

    Attributes
    ----------
    encoders
        Of the dataset.
    train, test
        Row numbers (n,) and (m,) of the lines among ``encoders.genotypes``.
    groups
        Group of each training line; inner folds keep groups whole. None, too, where all are of one group:
        there is nothing to keep apart.
    covariates
        Of all lines, a row per line of ``encoders.genotypes``; None without any.
    """

    encoders: Encoders
    train: np.ndarray
    test: np.ndarray
    groups: Sequence[object] | None = None
    covariates: pd.DataFrame | None = None
    _encoded: dict[tuple[str, str], EncodedFold] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.groups is not None and len(set(self.groups)) < 2:
            self.groups = None

    @property
    def ids(self) -> list[str]:
        """Ids of the training lines."""
        return self.encoders.genotypes.samples[self.train].tolist()

    def encode(self, encoding: Encoding | Sequence[Encoding], form: str) -> EncodedFold:
        """The fold in one encoding, or in one for each of several layers, fitted on its training lines.

        See :meth:`dnngp.encodings.fold_encoder.FoldEncoder.fold` and
        :func:`dnngp.encodings.fold_encoder.side_by_side`.
        """
        key = _text(encoding), form
        if key not in self._encoded:
            if isinstance(encoding, Mapping):
                self._encoded[key] = replace(self._encode_one(encoding, form), layer=layer_of(encoding))
            else:
                self._encoded[key] = side_by_side([self.encode(one, form) for one in encoding])
        return self._encoded[key]

    def _encode_one(self, encoding: Encoding, form: str) -> EncodedFold:
        return self.encoders.of(encoding).fold(self.train, self.test, form)

    @property
    def fixed_train(self) -> np.ndarray | None:
        """Fixed effects (n, q) of the training lines; None without covariates."""
        return self._fixed[0]

    @property
    def fixed_test(self) -> np.ndarray | None:
        """Fixed effects (m, q) of the test lines; None without covariates."""
        return self._fixed[1]

    @cached_property
    def _fixed(self) -> tuple[np.ndarray | None, np.ndarray | None]:
        if self.covariates is None:
            return None, None
        train = self.covariates.iloc[self.train]
        ledger.saw("fixed effects", self.ids)
        coder = FixedEffects().fit(train)
        return coder.transform(train), coder.transform(self.covariates.iloc[self.test])

    def inner(self, folds: int, *names: object) -> Iterator[tuple[np.ndarray, np.ndarray, Fold]]:
        """Folds of the training lines (:func:`inner_folds`).

        Yields
        ------
        fit, held, fold
            Positions among the training lines (int64) of those to fit on and
            those to predict, and the fold that consists of them.
        """
        for fit, held in inner_folds(self.ids, self.groups, folds, *names):
            groups = None if self.groups is None else np.asarray(self.groups, object)[fit].tolist()
            yield fit, held, Fold(self.encoders, self.train[fit], self.train[held], groups, self.covariates)


def _text(encoding: Encoding | Sequence[Encoding]) -> str:
    return json.dumps([dict(one) for one in each(encoding)], sort_keys=True)


class LinesRegressor(RegressorMixin, BaseEstimator):
    """A regressor that is fitted on a :class:`Fold`, and so can take rows of dosages or features as well.

    Subclasses give ``fit_lines(fold, y)`` and ``predict_lines(fold)``.
    """

    def fit_lines(self, fold: Fold, y: np.ndarray) -> LinesRegressor:
        """Fit on the training lines of a fold and their phenotypes y (n,)."""
        raise NotImplementedError

    def predict_lines(self, fold: Fold) -> np.ndarray:
        """Predicted phenotypes (m,) float64 of the test lines of the fold."""
        raise NotImplementedError

    def fit(
        self,
        X: np.ndarray,
        y: np.ndarray,
        ids: Sequence[str] | None = None,
        groups: Sequence[object] | None = None,
    ) -> LinesRegressor:
        """Fit on rows X (n, p) without missing values and phenotypes y (n,).

        Whole numbers from 0 are taken as dosages (of as many chromosome sets as
        the largest, two at least), other values as features.
        """
        X, y = check_X_y(X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        self.n_features_in_ = X.shape[1]
        self._rows, self._ids, self._groups = X, ids, groups
        return self.fit_lines(self._fold(X[:0]), y)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predicted phenotypes (m,) float64 of rows X (m, p)."""
        check_is_fitted(self)
        return self.predict_lines(self._fold(check_array(X, dtype=np.float64)))

    def _fold(self, others: np.ndarray) -> Fold:
        n, rows = len(self._rows), np.concatenate([self._rows, others])
        whole = bool((rows == np.rint(rows)).all())
        dosages = whole and self._rows.min() >= 0 and rows.max() < 127
        ids = list(map(str, range(n) if self._ids is None else self._ids))
        ids += [f"new line {i}" for i in range(len(others))]
        names = [str(i) for i in range(rows.shape[1])]
        genotypes = Genotypes(
            samples=np.array(ids),
            variants=variant_table("", 0, names, "", ""),
            dosages=np.ascontiguousarray(rows.T, np.int8 if dosages else np.float32),
            ploidy=max(2, int(self._rows.max())) if dosages else None,
            source={},
        )
        return Fold(Encoders(genotypes, 0.0), np.arange(n), np.arange(n, len(rows)), self._groups)
