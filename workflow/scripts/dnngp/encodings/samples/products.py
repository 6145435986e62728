"""Cross products of samples: relationship matrices, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from dnngp.encodings.dominance import Dominance
from dnngp.encodings.pca import PCAScores, Spectrum
from dnngp.encodings.samples.arrays_and_kernels import Array, Kernel
from dnngp.encodings.samples.fitting import TransformedRows
from dnngp.encodings.samples.population import Samples, Selection
from dnngp.genotypes import grm
from dnngp.genotypes.grm import blocks


class CentredProducts:
    """Cross products of centred dosages or standardised features of the training samples.

    With ``standardise``, dosages are divided by their expected standard deviations.
    """

    def __init__(self, selection: Selection, standardise: bool = False) -> None:
        self._selection = selection
        source = selection.source
        self._means, self._deviations, self._scale = selection.centring(standardise)
        standardised = standardise and selection.ploidy is not None
        # Decided by the training samples alone, so that a missing call of a test sample changes no bit of it.
        self._exact = not standardised and bool(source.complete[selection.rows].all())
        values = self._centred_products()
        self.training = Kernel(values, np.diagonal(values).copy(), self._scale, source.name)
        self.fitted: Sequence[np.ndarray] = (self._means, values, np.array(self._scale))
        self.details: dict[str, float] = {}

    def transform(self, samples: Samples) -> Kernel:
        """As of every encoding."""
        selection = self._selection
        source, train, test, markers = selection.beside(samples)
        if self._exact and source.complete[test].all():
            raw = source.products(markers)
            values, diagonal = grm.centre_cross(
                raw[np.ix_(train, train)], raw[np.ix_(test, train)], np.diagonal(raw)[test]
            )
        else:
            values, diagonal = grm.centred_products(
                source.genotypes.dosages, markers, train, self._means, self._deviations, others=test
            )
        return Kernel(values, diagonal, self._scale, selection.source.name)

    def _centred_products(self) -> np.ndarray:
        source, rows, markers = self._selection.source, self._selection.rows, self._selection.markers
        if self._exact:
            return grm.centre(source.products(markers)[np.ix_(rows, rows)])
        return grm.centred_products(source.genotypes.dosages, markers, rows, self._means, self._deviations)[0]


class DominanceProducts:
    """Cross products of dominance deviations of the training samples."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        selection.saw("dominance relationships")
        values = np.zeros((len(selection.rows),) * 2)
        self._parts, self._scale = list(blocks(len(selection.markers))), 0.0
        self._encoders = []
        for part in self._parts:
            calls = selection.source.genotypes.rows(selection.rows, selection.markers[part])
            self._encoders.append(Dominance().fit(calls))
            encoded = self._encoders[-1].transform(calls)
            values += encoded @ encoded.T
            self._scale += float(self._encoders[-1].variance_.sum())
        self.training = Kernel(values, np.diagonal(values).copy(), self._scale, selection.source.name)
        self.fitted: Sequence[np.ndarray] = (values, np.array(self._scale))
        self.details: dict[str, float] = {}

    def transform(self, samples: Samples) -> Kernel:
        """As of every encoding."""
        source, train, test, markers = self._selection.beside(samples)
        values, diagonal = np.zeros((len(test), len(train))), np.zeros(len(test))
        for part, encoder in zip(self._parts, self._encoders, strict=True):
            rows, others = (
                encoder.transform(source.genotypes.rows(some, markers[part])) for some in (train, test)
            )
            values += others @ rows.T
            diagonal += np.einsum("mp,mp->m", others, others)
        return Kernel(values, diagonal, self._scale, self._selection.source.name)


class Scores:
    """Principal component scores; those of no fewer markers than samples come from cross products.

    ``transformer`` is unfitted; it is fitted for samples of other sources.
    """

    def __init__(self, selection: Selection, transformer: PCAScores) -> None:
        self._selection, self._unfitted = selection, transformer
        self._products: CentredProducts | None = None
        if len(selection.markers) < len(selection.rows):
            selection.saw("encoding (pca)")
            self._rows = TransformedRows(transformer, selection)
            self.training, shares = self._rows.training, transformer.explained_variance_ratio_
            self.fitted: Sequence[np.ndarray] = self._rows.fitted
        else:
            self._products = CentredProducts(selection)
            selection.saw("principal components")
            spectrum = Spectrum.of(
                self._products.training.values, transformer.components, transformer.variance
            )
            self._spectrum, self._lengths = spectrum, np.sqrt(spectrum.values)
            scores, shares = spectrum.vectors * self._lengths, spectrum.shares
            self.training = Array(scores, (scores.shape[1],))
            self.fitted = (self._products.fitted[0], spectrum.values, spectrum.vectors)
        self.details = {"components": len(shares), "variance_kept": float(shares.sum())}

    def transform(self, samples: Samples) -> Array:
        """As of every encoding."""
        if self._products is None or samples.source is not self._selection.source:
            rows = self._selection.values_of(samples)
            scores = self.transformer.transform(rows)
        else:
            cross = self._products.transform(samples).values
            scores = cross @ self._spectrum.vectors / self._lengths
        return Array(scores, (scores.shape[1],))

    @cached_property
    def transformer(self) -> PCAScores:
        """The directions, which lead from scores back to markers."""
        if self._products is None:
            return self._unfitted
        return self._unfitted.fit_spectrum(self._selection.values(), self._spectrum)
