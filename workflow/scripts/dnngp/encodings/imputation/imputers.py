"""Missing calls filled from the training lines of a fold.

Two imputers in the manner of scikit-learn, for rows (n, p) of dosages: whole numbers with -1 for missing,
or real values with NaN. Both are fitted on the training rows alone, and each row is filled by itself: the
other rows given to ``transform`` make no difference. The mean of the training rows needs no imputer: centring
turns it into 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dnngp.encodings.row_transformer import RowTransformer
from dnngp.genotypes.grm import blocks, is_missing
from dnngp.genotypes.store import Genotypes

#: Markers compared at a time when neighbours in LD are looked for.
TILE = 256

#: Steps between dosage 0 and the ploidy in which distances of lines are counted; fits a signed byte.
STEPS = 120

#: Steps between r2 = 0 and 1 by which markers are weighted; sums of such steps stay exact.
WEIGHTS = 100


@dataclass(eq=False, repr=False)
class ModeImputer(RowTransformer):
    """The most frequent genotype of the training rows; of several equally frequent ones the lowest dosage.

    Real-valued dosages count as the nearest whole number.

    Parameters
    ----------
    ploidy
        Sets of chromosomes.

    Attributes
    ----------
    mode_ : (p,) int8
        What a missing call of each marker becomes; 0 where no training row has a call.
    """

    ploidy: int = 2

    STATE = ("n_features_in_", "mode_")

    @property
    def learnt(self) -> np.ndarray:
        """What was fitted, for a fingerprint."""
        return self.mode_

    def fit(self, X: np.ndarray, y: object = None) -> ModeImputer:
        """Count the genotypes of each marker of X (n, p)."""
        values = np.ascontiguousarray(self._begin(X).T)
        self.mode_ = np.empty(len(values), np.int8)
        for part in blocks(len(values)):
            # NaN rounds to NaN, which equals no dosage.
            rounded = np.rint(values[part])
            counts = [np.count_nonzero(rounded == dosage, axis=1) for dosage in range(self.ploidy + 1)]
            self.mode_[part] = np.argmax(counts, axis=0)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """X (n, p) without missing calls, dtype as given."""
        values = np.array(self._checked(X).T, order="C")
        for part in blocks(len(values)):
            marker, line = np.nonzero(is_missing(values[part]))
            values[part][marker, line] = self.mode_[part][marker]
        return values.T


@dataclass(eq=False, repr=False)
class NearestSamplesImputer(RowTransformer):
    """The genotype of the training lines that are most alike in the markers most in LD.

    For a missing call of a marker, its ``markers`` neighbours in LD are the markers of the same chromosome
    with the highest r2 among the training rows, looked for within ``window`` markers either side. The
    distance d of two lines is the sum of their absolute differences of dosage in these neighbours, each
    weighted by its r2; a neighbour that the line itself misses is left out, one that a training line misses
    counts as the marker's mean. The ``lines`` nearest training lines with a call of the marker (and all that
    tie for the last place) vote with weight 1 / (1 + d); of genotypes with equal votes the lowest dosage
    wins. Real-valued dosages are averaged with these weights. Where no neighbour says anything, all training
    lines vote alike.

    After the LD-kNN imputation of Money et al. 2015, G3 5:2383 (LinkImpute); the weighting by r2, the window
    and the fixed numbers of neighbours are this implementation's.

    Parameters
    ----------
    ploidy
        Sets of chromosomes.
    chromosomes, positions
        (p,) of each marker. Without positions (None, or all 0) the order of the markers counts as their
        position on one chromosome.
    markers, lines
        Numbers of neighbours.
    window
        Markers either side among which neighbours are looked for; None takes :data:`WINDOW`, or
        :data:`WINDOW_UNPLACED` where positions are unknown.

    Attributes
    ----------
    neighbours_ : (p, markers) int32
        Row numbers of the neighbours of each marker, closest in LD first, -1 where there are fewer.
    weights_ : (p, markers) int8
        Their r2 in hundredths.
    training_ : (p, n)
        The training rows, a marker a row.
    """

    ploidy: int = 2
    chromosomes: np.ndarray | None = None
    positions: np.ndarray | None = None
    markers: int = 30
    lines: int = 3
    window: int | None = None

    STATE = ("n_features_in_", "neighbours_", "weights_", "training_")

    @property
    def learnt(self) -> np.ndarray:
        """What was fitted, for a fingerprint."""
        return self.neighbours_

    #: A window covers the reach of LD on a chromosome; without positions a neighbour may be anywhere.
    WINDOW: ClassVar[int] = 100
    WINDOW_UNPLACED: ClassVar[int] = 2500

    def fit(self, X: np.ndarray, y: object = None) -> NearestSamplesImputer:
        """Find the neighbours in LD of each marker of X (n, p)."""
        self.training_ = np.ascontiguousarray(self._begin(X).T)
        p = len(self.training_)
        chromosomes = np.zeros(p) if self.chromosomes is None else np.asarray(self.chromosomes)
        positions = np.zeros(p) if self.positions is None else np.asarray(self.positions)
        placed = bool((positions > 0).any())
        window = self.window or (self.WINDOW if placed else self.WINDOW_UNPLACED)
        runs = [np.arange(p)]
        if placed:
            _, chromosome = np.unique(chromosomes, return_inverse=True)
            order = np.lexsort((positions, chromosome))
            runs = np.split(order, np.flatnonzero(np.diff(chromosome[order])) + 1)
        self.neighbours_ = np.full((p, self.markers), -1, np.int32)
        self.weights_ = np.zeros((p, self.markers), np.int8)
        for run in runs:
            for markers, found, weights in _neighbours(self.training_, run, window, self.markers):
                self.neighbours_[markers, : found.shape[1]] = found
                self.weights_[markers, : found.shape[1]] = weights
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """X (n, p) without missing calls, dtype as given; of the training rows where they are estimates."""
        # Imported where it is needed: loading compiled code costs more than most jobs' encoding.
        from dnngp.encodings.imputation import nearest_samples

        values = np.array(self._checked(X).T, order="C")
        if np.issubdtype(self.training_.dtype, np.floating) and np.issubdtype(values.dtype, np.integer):
            values = np.where(is_missing(values), np.nan, values).astype(self.training_.dtype)
        marker, line = np.nonzero(is_missing(values))
        if not len(marker):
            return values.T
        training = self._steps(self.training_, filled=True)
        rows = self._steps(values, filled=False)
        fill = nearest_samples.vote if np.issubdtype(values.dtype, np.integer) else nearest_samples.average
        filled = np.empty(len(marker), values.dtype)
        fill(
            rows,
            training,
            self.training_,
            self.neighbours_,
            self.weights_,
            marker,
            line,
            self.lines,
            self.ploidy,
            WEIGHTS * (STEPS // self.ploidy),
            filled,
        )
        values[marker, line] = filled
        return values.T

    def _steps(self, values: np.ndarray, filled: bool) -> np.ndarray:
        """(p, n) int8 in steps of ploidy / STEPS; missing values become the training mean, or -1."""
        steps = np.empty(values.shape, np.int8)
        unit = STEPS // self.ploidy
        for part in blocks(len(values)):
            block, absent = values[part], is_missing(values[part])
            if filled:
                calls = np.maximum((~absent).sum(axis=1, keepdims=True), 1)
                means = np.sum(block, axis=1, where=~absent, dtype=float, keepdims=True) / calls
                steps[part] = np.rint(np.where(absent, means, block) * unit)
            else:
                steps[part] = np.rint(np.where(absent, -1 / unit, block) * unit)
        return steps


def _neighbours(
    values: np.ndarray, run: np.ndarray, window: int, count: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Markers (k,) of a chromosome, their neighbours in LD (k, at most count), closest first, and weights.

    ``values`` is (p, n), ``run`` the row numbers of the chromosome's markers in order. r2 is that of dosages
    with missing calls at the mean. The sums behind it are exact integers while they are below 2^24, so that
    every machine finds the same neighbours; of equal r2, the marker that comes first is taken first.
    """
    for start in range(0, len(run), TILE):
        stop = min(start + TILE, len(run))
        first, last = max(0, start - window), min(len(run), stop + window)
        block, absent = values[run[first:last]], is_missing(values[run[first:last]])
        dosages = np.where(absent, 0, block).astype(np.float32)
        called = (~absent).astype(np.float32)
        own = slice(start - first, stop - first)
        calls = called.sum(axis=1, dtype=float)
        means = dosages.sum(axis=1, dtype=float) / np.maximum(calls, 1)
        squares = np.einsum("pn,pn->p", dosages, dosages, dtype=float) - calls * means**2
        products = dosages[own] @ dosages.T
        covariances = products.astype(float)
        covariances -= (dosages[own] @ called.T) * means
        covariances -= means[own, None] * (called[own] @ dosages.T)
        covariances += means[own, None] * means * (called[own] @ called.T)
        scale = squares[own, None] * squares
        r2 = np.divide(covariances**2, scale, out=np.zeros_like(covariances), where=scale > 1e-9)
        distance = np.arange(first, last) - np.arange(start, stop)[:, None]
        r2[(distance == 0) | (np.abs(distance) > window)] = -1
        taken = min(count, r2.shape[1])
        nearest = np.argsort(-r2, axis=1, kind="stable")[:, :taken]
        weights = np.rint(np.take_along_axis(r2, nearest, axis=1) * WEIGHTS)
        found = np.where(weights > 0, run[first:last][nearest], -1)
        yield run[start:stop], found.astype(np.int32), weights.astype(np.int8)


#: Imputers by the option ``impute`` of an encoding; its other values need none.
IMPUTERS: dict[str, type[ModeImputer] | type[NearestSamplesImputer]] = {
    "mode": ModeImputer,
    "knn": NearestSamplesImputer,
}


def imputer_of(
    impute: str, genotypes: Genotypes, markers: np.ndarray
) -> ModeImputer | NearestSamplesImputer | None:
    """The unfitted imputer of some markers; None where the option needs none."""
    if impute not in IMPUTERS:
        return None
    assert genotypes.ploidy is not None
    imputer = IMPUTERS[impute](genotypes.ploidy)
    if isinstance(imputer, NearestSamplesImputer):
        places = genotypes.variants.iloc[markers]
        imputer.set_params(chromosomes=places["chrom"].to_numpy(), positions=places["pos"].to_numpy())
    return imputer
