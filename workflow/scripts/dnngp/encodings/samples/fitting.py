"""Encodings fitted on training samples: filter, imputation, encoding, in this order, each on them alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.base.serialisation import Arrays, part_of, prefixed
from dnngp.encodings.encoding import IMPUTE, Encoding
from dnngp.encodings.imputation.imputers import IMPUTERS, imputer_of
from dnngp.encodings.samples.arrays_and_kernels import (
    Array,
    Encoded,
    Kernel,
    joined_arrays,
    joined_kernels,
    total_variance,
)
from dnngp.encodings.samples.population import Samples, Selection, Source
from dnngp.genotypes.grm import is_missing
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.streamed import Streamed

#: What is asked of an encoding: rows of numbers, cross products, or markers that are streamed.
FORMS = ("array", "kernel", "streamed")


class TransformedRows:
    """Rows as a transformer in scikit-learn's manner gives them; it was fitted on the training samples."""

    def __init__(
        self, transformer: Any, selection: Selection | None = None, keep_missing: bool = False
    ) -> None:
        self.transformer, self._selection, self._keep_missing = transformer, selection, keep_missing
        self.details: dict[str, float] = {}
        if selection is not None:
            rows = selection.values()
            self.training = self._encoded(transformer.fit(rows), rows)

    @property
    def fitted(self) -> Sequence[np.ndarray]:
        return list(self.transformer.to_arrays().values())

    def transform(self, samples: Samples) -> Array:
        """As of every encoding; markers that none of the samples has stand at the training mean."""
        selection = self._selection
        rows = (
            samples.source.genotypes.rows(samples.rows) if selection is None else selection.values_of(samples)
        )
        encoded = self._encoded(self.transformer, rows)
        if self._keep_missing and samples.absent is not None:
            encoded.values[:, samples.absent] = self.transformer.reference()[samples.absent]
        return encoded

    def _encoded(self, transformer: Any, rows: np.ndarray) -> Array:
        values = transformer.transform(rows)
        if self._keep_missing:
            values[is_missing(rows)] = np.nan
        return Array(values, (values.shape[1],))


class FittedEncoding:
    """One encoding of one omics layer, fitted on training samples.

    Attributes
    ----------
    encoding, form
        What was asked for; the form is one of :data:`FORMS`.
    training
        The training samples: :class:`Array`, :class:`Kernel` or
        :class:`dnngp.genotypes.streamed.Streamed`.
    n_features
        Markers, features or components behind it.
    fingerprint
        SHA-256 over everything that was fitted; the same training samples give the same fingerprint whatever
        the test samples are.
    details
        As of :class:`Encoded`.
    """

    training: Array | Kernel | Streamed
    n_features: int
    fingerprint: str
    details: dict[str, float]

    def __init__(self, encoding: Encoding, form: str) -> None:
        self.encoding, self.form = encoding, form
        self._imputer: Any = None
        self._raw: Selection | None = None
        self._encoded: Encoded

    def fit(self, source: Source, rows: np.ndarray) -> FittedEncoding:
        """Fit on samples of a source, by row number (n,).

        Raises
        ------
        UserError
            An encoding that does not suit the data or the form; no marker that varies.
        """
        encoding = self.encoding
        encoding.check(source)
        if self.form != "array":
            self._check_kernel()
        selection = self._raw = Selection.of(source, rows)
        learnt: list[np.ndarray] = [selection.markers]
        self._imputer = imputer_of(encoding.impute, source.genotypes, selection.markers)
        if self._imputer is not None:
            selection.saw(f"imputation ({encoding.impute})")
            values = selection.values()
            filled = self._imputer.fit(values).transform(values)
            learnt.append(self._imputer.learnt)
            selection = selection.filled(filled)
        self._encoded = self._fitted(selection)
        self.training, self.details = self._encoded.training, self._encoded.details
        columns = self.training.values.shape[1] if isinstance(self.training, Array) else None
        self.n_features = len(selection.markers) if columns is None else columns
        self.fingerprint = fingerprint(*learnt, *self._encoded.fitted)
        return self

    def transform(self, samples: Samples) -> Array | Kernel | Streamed:
        """Encode other samples: of the same source, or of one with the markers of the training samples."""
        if self._imputer is not None:
            raw = self._raw
            same = raw is not None and samples.source is raw.source
            chosen = samples.source.genotypes.select(samples.rows, raw.markers if raw and same else None)
            filled = np.ascontiguousarray(self._imputer.transform(chosen.dosages.T).T)
            samples = Samples(
                Source(replace(chosen, dosages=filled)), np.arange(filled.shape[1]), samples.absent
            )
        return self._encoded.transform(samples)

    @property
    def variants(self) -> pd.DataFrame:
        """The markers (p rows) that vary among the training samples, which must be at hand."""
        assert self._raw is not None
        return self._raw.source.genotypes.variants.iloc[self._raw.markers]

    def reference(self) -> np.ndarray:
        """The mean genotype of the training samples in the form ``array``: (q,) or (p, channels)."""
        return cast(np.ndarray, self._transformer.reference())

    def on_markers(self, shares: np.ndarray) -> np.ndarray:
        """What is shared out among the columns in the form ``array``, by marker (n, p)."""
        return cast(np.ndarray, self._transformer.on_markers(shares))

    def loadings(self) -> np.ndarray:
        """Of the components (q, p), the encoding ``pca`` alone."""
        return cast(np.ndarray, self._transformer.components_)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """What was fitted, but the genotypes of training samples that a kernel needs."""
        if self.form == "kernel":
            return {}
        fitted = self._encoded if self.form == "streamed" else self._transformer
        arrays = prefixed("transformer", cast(Any, fitted).to_arrays())
        return arrays if self._imputer is None else arrays | prefixed("imputer", self._imputer.to_arrays())

    @classmethod
    def from_arrays(
        cls, encoding: Encoding, form: str, ploidy: int | None, arrays: Arrays, training: Genotypes | None
    ) -> FittedEncoding:
        """The encoding that :meth:`to_arrays` took apart; a kernel is fitted again on training samples."""
        fitted = cls(encoding, form)
        if form == "kernel":
            assert training is not None
            return fitted.fit(Source(training), np.arange(training.n_samples))
        if form == "streamed":
            assert encoding.kind.streamed is not None
            fitted._encoded = encoding.kind.streamed(None, encoding.own)
            cast(Any, fitted._encoded).from_arrays(part_of("transformer", arrays))
        else:
            transformer = encoding.kind.transformer(ploidy, encoding.own)
            transformer.from_arrays(part_of("transformer", arrays))
            fitted._encoded = TransformedRows(transformer, keep_missing=encoding.impute == "none")
        if encoding.impute in IMPUTERS:
            fitted._imputer = IMPUTERS[encoding.impute](ploidy or 2).from_arrays(part_of("imputer", arrays))
        return fitted

    @property
    def _transformer(self) -> Any:
        return cast(Any, self._encoded).transformer

    def _fitted(self, selection: Selection) -> Encoded:
        kind, options = self.encoding.kind, self.encoding.own
        special = getattr(kind, self.form)
        if special is not None:
            return special(selection, options)
        selection.saw(f"encoding ({self.encoding.name})")
        keep_missing = self.encoding.impute == "none"
        return TransformedRows(kind.transformer(selection.ploidy, options), selection, keep_missing)

    def _check_kernel(self) -> None:
        if self.encoding.impute == "none":
            raise UserError(
                "`impute: none` leaves missing calls, but a relationship matrix needs every call.",
                remedy=f"Use one of {', '.join(IMPUTE[:-1])}.",
            )
        if self.encoding.kind.kernel is None:
            raise UserError(
                f"the encoding {self.encoding.name} gives no relationship matrix.", remedy="Use additive."
            )


class SideBySide:
    """Several omics layers as one, their columns beside each other or their kernels summed.

    Each layer is multiplied by one number, such that the values of its training samples have the total
    variance of those of the first: otherwise the layer of most columns would drown the others.

    Parameters
    ----------
    layers
        The encoding of each, fitted on the same samples, all in one form.
    """

    def __init__(self, layers: Sequence[FittedEncoding]) -> None:
        self.layers = layers
        training = [cast(Array | Kernel, layer.training) for layer in layers]
        variances = [total_variance(one) for one in training]
        self._factors = [variances[0] / variance for variance in variances]
        self.training = self._joined(training)
        self.n_features = sum(layer.n_features for layer in layers)
        self.fingerprint = fingerprint(
            *(np.frombuffer(layer.fingerprint.encode(), np.uint8) for layer in layers)
        )

    def transform(self, samples: Mapping[str, Samples]) -> Array | Kernel:
        """Encode other samples, given in each omics layer by name."""
        encoded = [layer.transform(samples[layer.encoding.omics]) for layer in self.layers]
        return self._joined(cast(list[Array | Kernel], encoded))

    def _joined(self, parts: Sequence[Array | Kernel]) -> Array | Kernel:
        if all(isinstance(part, Kernel) for part in parts):
            return joined_kernels(cast(Sequence[Kernel], parts), self._factors)
        return joined_arrays(cast(Sequence[Array], parts), self._factors)


def fingerprint(*arrays: np.ndarray) -> str:
    """SHA-256 over types, shapes and bytes of arrays."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
