"""The kernel of an omics layer of relationships: they are the cross products."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dnngp.base.errors import UserError
from dnngp.encodings.samples.arrays_and_kernels import Kernel
from dnngp.encodings.samples.population import Samples, Selection, Source


class RelationshipKernel:
    """Relationships of samples with the training samples, both centred at the mean of the training samples.

    Centring changes no prediction beside a mean (Stranden & Christensen 2011, Genet Sel Evol 43:25). A sample
    that the layer lacks is related to nobody.
    """

    def __init__(self, selection: Selection) -> None:
        selection.saw("relationships")
        self._source, self._rows = selection.source, selection.rows
        values = _relationships(self._source, self._rows, self._rows)
        self._means = values.mean(axis=0)
        self.training = self._centred(values, np.diagonal(values))
        self.fitted: Sequence[np.ndarray] = (values,)
        self.details: dict[str, float] = {}

    def transform(self, samples: Samples) -> Kernel:
        """As of every encoding; the samples are of the same layer."""
        own = np.diagonal(_relationships(samples.source, samples.rows, samples.rows))
        return self._centred(_relationships(samples.source, samples.rows, self._rows), own)

    def _centred(self, values: np.ndarray, own: np.ndarray) -> Kernel:
        means, mean = values.mean(axis=1), self._means.mean()
        centred = values - means[:, None] - self._means + mean
        return Kernel(centred, own - 2 * means + mean, 1.0, self._source.name)


def _relationships(source: Source, some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(m, n) float64 relationships of samples by row number."""
    genotypes = source.genotypes
    feature = {name: number for number, name in enumerate(genotypes.variants["id"])}
    ids = genotypes.samples[others].tolist()
    known = np.array([id in feature for id in ids])
    present = ~np.isnan(genotypes.dosages[0, others])
    if (known != present).any():
        one = ids[int(np.flatnonzero(known != present)[0])]
        raise UserError(
            f"the layer {source.name} has no column for {one!r}.",
            remedy="Write ids in the file of the layer as they are in the genotypes.",
        )
    values = np.zeros((len(some), len(ids)))
    features = np.array([feature[id] for id, there in zip(ids, known, strict=True) if there], int)
    values[:, known] = genotypes.dosages[np.ix_(features, some)].T
    values[np.isnan(values)] = 0.0
    same = np.equal.outer(some, others)
    values[same & (values == 0)] = 1.0
    return values
