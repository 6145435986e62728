"""The encoding that gives centred markers as a stream, for solvers without matrices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dnngp.base.serialisation import Stored
from dnngp.encodings.samples.population import Samples, Selection, Source
from dnngp.genotypes.streamed import Streamed


class StreamedMarkers(Stored):
    """Markers of training samples, centred on their means and streamed.

    With ``standardise``, dosages are divided by their expected standard deviations. Values are those behind
    the kernel of the same encoding (:class:`dnngp.encodings.samples.products.CentredProducts`).
    """

    STATE = ("_means", "_deviations", "_scale")

    def __init__(self, selection: Selection | None = None, standardise: bool = False) -> None:
        self._source: Source | None = None
        self.details: dict[str, float] = {}
        if selection is not None:
            self._fit(selection, standardise)

    def _fit(self, selection: Selection, standardise: bool) -> None:
        source = self._source = selection.source
        self._means, self._deviations, self._scale = found = selection.centring(standardise)
        self.training = Streamed(source.genotypes.dosages, selection.rows, selection.markers, *found)

    @property
    def fitted(self) -> Sequence[np.ndarray]:
        """As of every encoding."""
        return list(self.to_arrays().values())

    def transform(self, samples: Samples) -> Streamed:
        """As of every encoding."""
        markers = self.training.markers if samples.source is self._source else None
        dosages = samples.source.genotypes.dosages
        return Streamed(dosages, samples.rows, markers, self._means, self._deviations, self._scale)
