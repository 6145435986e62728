"""The kernel of crosses by one of their parents, or by both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from dnngp.base.errors import UserError
from dnngp.encodings.samples.arrays_and_kernels import Kernel
from dnngp.encodings.samples.population import Samples, Selection
from dnngp.genotypes.crosses import SIDES
from dnngp.genotypes.grm import blocks, is_missing, standardised, vanraden_scale
from dnngp.genotypes.store import Genotypes

#: Both sides: crosses are related by the product of the relationships of their females and their males.
BOTH = "both"


class ParentKernel:
    """Relationships of crosses through their parents on one side, or the product of those of both.

    The dosages of parents are centred at their mean over the training crosses; missing ones stand there. The
    product is of VanRaden's first matrices, element by element, as the covariance of specific combining
    abilities is (Bernardo 1994, Crop Sci 34:20). A sample of a population without crosses is both of its
    parents.
    """

    def __init__(self, selection: Selection, side: str) -> None:
        selection.saw(f"relationships of parents ({side})")
        self._sides = [_Side(selection, one) for one in SIDES if side in (one, BOTH)]
        self.training = _product([one.training for one in self._sides])
        self.fitted: Sequence[np.ndarray] = [array for one in self._sides for array in one.fitted]
        self.details: dict[str, float] = {}

    def transform(self, samples: Samples) -> Kernel:
        """As of every encoding."""
        return _product([one.transform(samples) for one in self._sides])


class _Side:
    def __init__(self, selection: Selection, side: str) -> None:
        self._selection, self._side = selection, side
        self._calls, self._of_cross = _parents(selection.source.genotypes, side, selection.rows)
        if self._calls.shape[0] != len(selection.markers):
            self._calls = self._calls[selection.markers]
        ploidy = selection.ploidy
        self._means = _means(self._calls, np.bincount(self._of_cross, minlength=self._calls.shape[1]))
        products, squares = self._products(self._calls)
        values = products[np.ix_(self._of_cross, self._of_cross)]
        scale = len(self._means) if ploidy is None else vanraden_scale(self._means / ploidy, ploidy)
        self.training = Kernel(values, squares[self._of_cross], scale or 1.0, selection.source.name)
        self.fitted = (self._means, values)

    def transform(self, samples: Samples) -> Kernel:
        genotypes, own = samples.source.genotypes, self._selection.source
        if genotypes.crosses is None and own.genotypes.crosses is not None:
            raise UserError(
                "the parents of the samples are not known, and the model reads them.",
                remedy="Name a table of crosses of the dataset's lines.",
            )
        calls, of_cross = _parents(genotypes, self._side, samples.rows)
        products, squares = self._products(calls[self._selection.markers] if samples.source is own else calls)
        values = products[np.ix_(of_cross, self._of_cross)]
        return Kernel(values, squares[of_cross], self.training.scale, self.training.omics)

    def _products(self, calls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cross products (q, k) of parents with those of the training crosses, and squared lengths (q,)."""
        products, squares = np.zeros((calls.shape[1], self._calls.shape[1])), np.zeros(calls.shape[1])
        for part in blocks(len(self._means)):
            ones = np.ones(len(self._means[part]))
            own, others = (standardised(one[part], self._means[part], ones) for one in (self._calls, calls))
            products += others.T @ own
            squares += np.einsum("pq,pq->q", others, others)
        return products, squares


def _parents(genotypes: Genotypes, side: str, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Dosages (P, q) of the parents of some crosses on one side, and the number (n,) of each cross's."""
    crosses = genotypes.crosses
    if crosses is None:
        return genotypes.dosages[:, rows], np.arange(len(rows))
    used, of_cross = np.unique(getattr(crosses, side)[rows], return_inverse=True)
    return crosses.lines.dosages[:, used], of_cross


def _means(calls: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Mean (p,) of each marker over crosses, of whose parents' dosages (p, q) each has so many."""
    called = ~is_missing(calls)
    return np.where(called, calls, 0) @ counts / np.maximum(called @ counts, 1)


def _product(kernels: Sequence[Kernel]) -> Kernel:
    """Of one kernel itself; of two the product of the relationships."""
    if len(kernels) == 1:
        return kernels[0]
    values, diagonal = (
        reduce(np.multiply, parts)
        for parts in (
            [one.values / one.scale for one in kernels],
            [one.diagonal / one.scale for one in kernels],
        )
    )
    return Kernel(values, diagonal, 1.0, kernels[0].omics)
