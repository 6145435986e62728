"""The kernel of an omics layer of relationships: they are the cross products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dnngp.base.errors import UserError
from dnngp.encodings.samples.arrays_and_kernels import Kernel
from dnngp.encodings.samples.population import Samples, Selection, Source


class RelationshipKernel:
    """Relationships of samples with the training samples, both centred at the mean of the training samples.

    Without ``centre`` they are as they are. A sample that the layer lacks is related to nobody.
    """

    def __init__(self, selection: Selection, centre: bool = True) -> None:
        selection.saw("relationships")
        self._source, self._rows = selection.source, selection.rows
        values = _relationships(self._source, self._rows, self._rows)
        self._means = values.mean(axis=0) if centre else None
        self.training = self._kernel(values, np.diagonal(values))
        self.fitted: Sequence[np.ndarray] = (values,)
        self.details: dict[str, float] = {}

    def transform(self, samples: Samples) -> Kernel:
        """As of every encoding; the samples are of the same layer."""
        values = _relationships(samples.source, samples.rows, self._rows)
        return self._kernel(values, _own(samples.source, samples.rows))

    def _kernel(self, values: np.ndarray, own: np.ndarray) -> Kernel:
        kernel = Kernel(values, own, 1.0, self._source.name)
        return kernel if self._means is None else centred(kernel, self._means)


def centred(kernel: Kernel, training_means: np.ndarray) -> Kernel:
    """A kernel (m, n) of samples as deviations from the mean of the training samples.

    ``training_means`` (n,) are those of the columns of the kernel of the training samples. Centring changes
    no prediction beside a mean (Stranden & Christensen 2011, Genet Sel Evol 43:25).
    """
    means, mean = kernel.values.mean(axis=1), training_means.mean()
    values = kernel.values - means[:, None] - training_means + mean
    return replace(kernel, values=values, diagonal=kernel.diagonal - 2 * means + mean)


def _features(source: Source, rows: np.ndarray) -> np.ndarray:
    """Number of the feature (n,) that holds the relationships to each sample, -1 where the layer lacks it."""
    genotypes = source.genotypes
    place = {name: number for number, name in enumerate(genotypes.variants["id"])}
    ids = genotypes.samples[rows].tolist()
    features = np.array([place.get(id, -1) for id in ids], int)
    wrong = np.flatnonzero((features >= 0) == np.isnan(genotypes.dosages[0, rows]))
    if len(wrong):
        raise UserError(
            f"the layer {source.name} has no column for {ids[wrong[0]]!r}.",
            remedy="Write ids in the file of the layer as they are in the genotypes.",
        )
    return features


def _relationships(source: Source, some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(m, n) float64 relationships of samples by row number."""
    features = _features(source, others)
    known = features >= 0
    values = np.zeros((len(some), len(others)))
    values[:, known] = np.nan_to_num(source.genotypes.dosages[np.ix_(features[known], some)].T)
    values[np.equal.outer(some, others) & ~known] = 1.0
    return values


def _own(source: Source, rows: np.ndarray) -> np.ndarray:
    """(m,) float64 relationships of samples with themselves; 1 where the layer lacks one."""
    features = _features(source, rows)
    return np.where(features >= 0, source.genotypes.dosages[features, rows], 1.0)
