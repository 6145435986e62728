"""Principal component scores of more training samples than a matrix may have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dnngp.encodings.pca import PCAScores, signs
from dnngp.encodings.samples.arrays_and_kernels import Array
from dnngp.encodings.samples.population import Samples, Selection
from dnngp.encodings.samples.streamed_markers import StreamedMarkers
from dnngp.genotypes.leading import leading

#: Components looked at where their number is not given.
MOST = 500


class StreamedScores:
    """Scores of the training samples on their leading components, by products with their markers in float64.

    Components are those of :class:`dnngp.encodings.pca.PCAScores`. ``variance`` keeps the fewest of the
    first :data:`MOST` that explain it, all of these where they do not; ``variance_kept`` tells what they
    explain, and ``components_residual`` what products with the vectors leave beside multiples of them, over
    the largest eigenvalue.
    """

    def __init__(self, selection: Selection, transformer: PCAScores) -> None:
        selection.saw("principal components")
        self._selection, self._markers = selection, StreamedMarkers(selection)
        markers = replace(self._markers.training, precision=np.float64)
        n, p = len(selection.rows), len(selection.markers)
        count = min(transformer.components or MOST, n - 1, p)
        values, vectors, residual = leading(markers.products_times, n, count)
        kept = int(np.sum(values > n * np.finfo(float).eps * values[0]))
        shares = values / markers.squares().sum()
        if transformer.variance is not None:
            kept = min(kept, int(np.searchsorted(np.cumsum(shares), transformer.variance)) + 1)
        vectors = vectors[:, :kept] * signs(vectors[:, :kept])
        lengths, shares = np.sqrt(values[:kept]), shares[:kept]
        self.transformer = transformer
        transformer.n_features_in_, transformer.explained_variance_ratio_ = p, shares
        transformer.mean_, transformer.scale_ = markers.means, markers.deviations
        transformer.components_ = np.ascontiguousarray((markers.transposed_times(vectors) / lengths).T)
        self.training = Array(vectors * lengths, (kept,))
        self.fitted: Sequence[np.ndarray] = (markers.means, values[:kept], vectors)
        self.details = {
            "components": kept,
            "variance_kept": float(shares.sum()),
            "components_residual": residual,
        }

    def transform(self, samples: Samples) -> Array:
        """As of every encoding."""
        markers = replace(self._markers.transform(samples), precision=np.float64)
        scores = markers.times(self.transformer.components_.T)
        return Array(scores, (scores.shape[1],))
