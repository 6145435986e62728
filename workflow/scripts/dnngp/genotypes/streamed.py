"""Centred markers of many samples, multiplied block by block and never held in memory.

A solver without matrices asks of markers Z (n, p) for Z u, Z' v and Z Z' v, of a few columns at a time. Each
is one pass over the stored dosages: a block of markers is read, centred, multiplied and forgotten. All
samples that are stored pass by, with zeros for those that do not take part, because to pick columns of a
block costs more than to multiply them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnngp.base.compiled import compiled
from dnngp.genotypes import grm
from dnngp.genotypes.counts import forget

#: Bytes of a block of centred markers: in the caches of most machines for both of its products.
BLOCK_BYTES = 8_000_000


@dataclass(frozen=True, eq=False)
class Streamed:
    """Centred markers of some samples, p of them.

    Attributes
    ----------
    dosages
        (P, N) dosages or features, a marker a row.
    rows
        Columns (n,) of the samples, none twice.
    markers
        (p,) rows of the markers; None: all.
    means, deviations
        (p,) of the training samples; values are (dosage - mean) / deviation, 0 where missing.
    scale
        Z Z' / scale is the kernel, as of :class:`dnngp.encodings.samples.arrays_and_kernels.Kernel`.
    precision
        Of a block of values: float32, or float64 for products to rounding at twice the price.
    """

    dosages: np.ndarray
    rows: np.ndarray
    markers: np.ndarray | None
    means: np.ndarray
    deviations: np.ndarray
    scale: float
    precision: type[np.floating[Any]] = np.float32

    def __len__(self) -> int:
        return len(self.rows)

    def times(self, effects: np.ndarray) -> np.ndarray:
        """Z u (n, k) float64 of effects (p, k)."""
        across = np.ascontiguousarray(effects.T, self.precision)
        sums = np.zeros((len(across), self._total))
        for part, block in self._blocks():
            sums += across[:, part] @ block
        return sums.T[self.rows]

    def transposed_times(self, values: np.ndarray) -> np.ndarray:
        """Z' v (p, k) float64 of values (n, k)."""
        spread = self._spread(values)
        return np.concatenate([block @ spread for _, block in self._blocks()]).astype(float)

    def products_times(self, values: np.ndarray) -> np.ndarray:
        """Z Z' v (n, k) float64 of values (n, k), in one pass."""
        spread = self._spread(values)
        sums = np.zeros(spread.shape[::-1])
        for _, block in self._blocks():
            sums += (block @ spread).T @ block
        return sums.T[self.rows]

    def values(self, chosen: np.ndarray) -> np.ndarray:
        """Centred markers (p, m) of some of the samples, by position (m,)."""
        return np.concatenate([block[:, self.rows[chosen]] for _, block in self._blocks()])

    def squares(self) -> np.ndarray:
        """Squared length (n,) of each sample."""
        sums = np.zeros(self._total)
        for _, block in self._blocks():
            sums += np.einsum("pn,pn->n", block, block)
        return sums[self.rows]

    @property
    def _total(self) -> int:
        return self.dosages.shape[1]

    def _spread(self, values: np.ndarray) -> np.ndarray:
        """Values (N, k) of all samples, 0 for those that are not among these."""
        spread = np.zeros((self._total, values.shape[1]), self.precision)
        spread[self.rows] = values
        return spread

    def along_genome(self, size: int) -> Iterator[np.ndarray]:
        """Values (b, n) of every ``size`` stored markers in a row, those among the p."""
        markers = np.arange(len(self.means)) if self.markers is None else self.markers
        starts = np.flatnonzero(np.diff(markers // size, prepend=-1))
        ends = np.append(starts[1:], len(markers))
        parts = [slice(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        for _, block in self._read(parts, size):
            yield block[:, self.rows]

    def _blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Positions among the p markers, and their values (b, N), overwritten by the next block."""
        size = max(1, BLOCK_BYTES // (4 * self._total))
        return self._read(grm.blocks(len(self.means), size), size)

    def _read(self, parts: Iterable[slice], size: int) -> Iterator[tuple[slice, np.ndarray]]:
        """Likewise of blocks of ``size`` markers at most."""
        dosages = self.dosages
        room = np.empty((min(size, len(self.means)), self._total), self.precision)
        fast = self.precision is np.float32 and np.issubdtype(dosages.dtype, np.integer)
        for part in parts:
            raw = dosages[part] if self.markers is None else _picked(dosages, self.markers[part])
            block = room[: len(raw)]
            if fast:
                _centre(raw, self.means[part], 1 / self.deviations[part], block)
            else:
                block[:] = grm.standardised(raw, self.means[part], self.deviations[part])
            yield part, block
            forget(dosages)


def _picked(dosages: np.ndarray, markers: np.ndarray) -> np.ndarray:
    """Rows of stored dosages; a view where they follow each other."""
    first, last = int(markers[0]), int(markers[-1])
    return dosages[first : last + 1] if last - first + 1 == len(markers) else dosages[markers]


@compiled
def _centre(raw, means, factors, block):  # type: ignore[no-untyped-def]
    """Write (raw - means) x factors of (b, N) int8 dosages into a float32 block, 0 for a missing call."""
    for marker in range(len(raw)):
        row, target = raw[marker], block[marker]
        factor = np.float32(factors[marker])
        shift = np.float32(means[marker] * factors[marker])
        for sample in range(len(row)):
            value = np.float32(row[sample]) * factor - shift
            target[sample] = value if row[sample] >= 0 else np.float32(0)
