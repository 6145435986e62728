"""Predictors of the phenotype from each block of markers, and one effect for each marker from them all.

References
----------
Mbatchou et al. 2021, Nat Genet 53:1097 (step 1 of regenie).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dnngp.methods.blocks.fold_sums import FoldSums


@dataclass(frozen=True, eq=False)
class BlockPredictors:
    """Level 0 of b blocks of p markers in all, each at k shrinkage values.

    Attributes
    ----------
    predictors : (n, b k) float32
        Of the training records, by what was fitted on the inner folds that they are not in; the k of a block
        beside each other.
    effects : (p, k) float64
        Of the markers, fitted on all training records.
    sizes : (b,) int64
        Markers of each block.
    """

    predictors: np.ndarray
    effects: np.ndarray
    sizes: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence[BlockPredictors]) -> BlockPredictors:
        """Blocks beside each other, in the order of the parts."""
        return cls(
            np.concatenate([part.predictors for part in parts], axis=1),
            np.concatenate([part.effects for part in parts]),
            np.concatenate([part.sizes for part in parts]),
        )

    @classmethod
    def of(
        cls,
        blocks: Iterable[np.ndarray],
        y: np.ndarray,
        folds: Sequence[np.ndarray],
        heritabilities: Sequence[float],
        markers: int,
    ) -> BlockPredictors:
        """Of blocks, each the values of its markers (m, n), and phenotypes (n,).

        Parameters
        ----------
        folds
            Positions of the training records of each inner fold.
        heritabilities
            Shrinkage values, as parts of the variance that all ``markers`` explain: the penalty of a block is
            markers x mean variance of one x (1 - h2) / h2.
        markers
            Of all blocks, also those that are not among these.
        """
        made = [_of_block(block, y, folds, heritabilities, markers) for block in blocks]
        return cls.joined([cls.none(len(y), len(heritabilities)), *made])

    @classmethod
    def none(cls, n: int, values: int) -> BlockPredictors:
        """Of no block, for n training records and so many shrinkage values."""
        return cls(np.zeros((n, 0), np.float32), np.zeros((0, values)), np.zeros(0, np.int64))


def _of_block(
    block: np.ndarray,
    y: np.ndarray,
    folds: Sequence[np.ndarray],
    heritabilities: Sequence[float],
    markers: int,
) -> BlockPredictors:
    sums = FoldSums.of(block, y, folds)
    unit = markers * sums.variance() or 1.0
    penalties = [unit * (1 - h2) / h2 for h2 in heritabilities]
    predictors = np.zeros((len(y), len(penalties)), np.float32)
    for number, fold in enumerate(folds):
        predictors[fold] = sums.ridges(penalties, without=number).deviations(block[:, fold])
    effects = sums.ridges(penalties).slopes
    return BlockPredictors(predictors, effects, np.array([len(block)]))


@dataclass(frozen=True, eq=False)
class Blend:
    """Level 1: a ridge regression over the predictors of all blocks, as effects of markers.

    Attributes
    ----------
    effects : (p,) float64
        Of the markers.
    mean
        Of the phenotypes.
    heritability
        The shrinkage value with the smallest error.
    error
        Its root mean squared error on inner folds.
    """

    effects: np.ndarray
    mean: float
    heritability: float
    error: float

    @classmethod
    def of(
        cls,
        blocks: BlockPredictors,
        y: np.ndarray,
        folds: Sequence[np.ndarray],
        heritabilities: Sequence[float],
    ) -> Blend:
        """Of predictors of records with phenotypes y (n,); folds are those that the predictors are from."""
        columns, deviations = _standardised(blocks.predictors)
        sums = FoldSums.of(columns, y, folds)
        penalties = [len(columns) * (1 - h2) / h2 for h2 in heritabilities]
        squares = np.zeros(len(penalties))
        for number, fold in enumerate(folds):
            found = sums.ridges(penalties, without=number)
            off = found.mean + found.deviations(columns[:, fold]) - y[fold, None]
            squares += np.sum(off**2, axis=0)
        best = int(np.argmin(squares))
        slopes = sums.ridges([penalties[best]]).slopes[:, 0] / deviations
        of_blocks = slopes.reshape(len(blocks.sizes), -1).repeat(blocks.sizes, axis=0)
        return cls(
            np.einsum("pk,pk->p", blocks.effects, of_blocks),
            float(y.mean()),
            heritabilities[best],
            float(np.sqrt(squares[best] / len(y))),
        )


def _standardised(predictors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns (c, n) float64 of mean 0 and variance 1, and their deviations (c,), 1 for constant ones."""
    columns = np.ascontiguousarray(predictors.T, np.float64)
    columns -= columns.mean(axis=1, keepdims=True)
    deviations = columns.std(axis=1)
    deviations[deviations <= 1e-12 * (deviations.max() or 1.0)] = 1.0
    columns /= deviations[:, None]
    return columns, deviations
