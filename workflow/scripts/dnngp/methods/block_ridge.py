"""Ridge regression in two levels, within blocks of markers and over their predictors: regenie's step 1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dnngp.base import ledger
from dnngp.base.lazy import np
from dnngp.base.parameters import Parameter, setting, whole
from dnngp.methods.declaration import Method
from dnngp.methods.regressor import LinearRegressor, Prediction

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet
    from dnngp.methods.blocks.two_levels import BlockPredictors


#: The step that makes predictors from blocks, as the ledger names it.
LEVEL_ZERO = "ridge within blocks"


@dataclass(eq=False, repr=False)
class BlockRidge(LinearRegressor):
    """Ridge regression on each block of markers at several penalties, then on the predictors of all blocks.

    Level 0: the phenotype is predicted from each block of neighbouring markers alone, at every shrinkage
    value, of training samples by what was fitted on the inner folds that they are not in. Level 1: a ridge
    regression over these predictors, standardised, whose penalty has the smallest error on the same folds.
    Both are linear, so that a fit is one effect for each marker. Memory grows with n samples x markers of a
    block, time with n x p x markers of a block.

    Parameters
    ----------
    block_size
        Markers of a block.
    heritabilities
        Shrinkage values of both levels, above 0 and below 1: parts of the variance that all markers, or all
        predictors, explain.
    folds
        Inner folds, drawn by hashing ids (or made of groups).

    Attributes
    ----------
    diagnostics_ : dict
        blocks; blend_h2, the shrinkage value of level 1; inner_rmse.

    References
    ----------
    Mbatchou et al. 2021, Nat Genet 53:1097.
    """

    block_size: int = setting(whole(1000, 1))
    heritabilities: Sequence[float] = setting(
        Parameter((0.01, 0.25, 0.5, 0.75, 0.99), float, 0, 1, above=True, below=True, many="list")
    )
    folds: int = setting(whole(5, 2))

    STATE: ClassVar[tuple[str, ...]] = ("_effects", "_means", "_mean", "_streamed")

    #: Level 0 where other jobs have made it, of these training samples and phenotypes.
    prepared: ClassVar[BlockPredictors | None] = None

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        from dnngp.methods.blocks.two_levels import Blend

        if self.prepared is None:
            blocks = self.level_zero(training, y)
        else:
            ledger.saw(LEVEL_ZERO, training.record_ids, y)
            blocks, self._streamed, self._means = self.prepared, True, np.zeros(0)
        blend = Blend.of(blocks, y, self._inner(training, y), self.heritabilities)
        self._effects, self._mean = blend.effects, blend.mean
        self.diagnostics_ = {
            "blocks": len(blocks.sizes),
            "blend_h2": blend.heritability,
            "inner_rmse": blend.error,
        }

    def level_zero(self, training: TrainingSet, y: np.ndarray, markers: int | None = None) -> BlockPredictors:
        """Predictors from the blocks of training samples with phenotypes y (n,).

        Where these have a part of the markers alone, which begins with a block, ``markers`` is how many there
        are in all.
        """
        from dnngp.methods.blocks.two_levels import BlockPredictors

        ledger.saw(LEVEL_ZERO, training.record_ids, y)
        self._streamed = training.streams(self._reads)
        blocks: Iterable[np.ndarray]
        if self._streamed:
            streamed = training.streamed(self._reads)
            self._means, total = np.zeros(0), len(streamed.dosages)
            blocks = streamed.along_genome(self.block_size)
        else:
            X = self._read(training)
            self._means, total = X.mean(axis=0), X.shape[1]
            starts = range(0, total, self.block_size)
            blocks = (X[:, start : start + self.block_size].T for start in starts)
        inner = self._inner(training, y)
        return BlockPredictors.of(blocks, y, inner, self.heritabilities, markers or total)

    def _inner(self, training: TrainingSet, y: np.ndarray) -> list[np.ndarray]:
        """Positions of the training records of each inner fold."""
        return [held for _, held, _, _ in training.inner_folds(self.folds, y, self.random_state)]

    def _predict(self, records: Records) -> Prediction:
        if not self._streamed:
            return super()._predict(records)
        markers, read = records.streamed(self._reads), 0
        predicted = np.full(len(markers), self._mean)
        for block in markers.along_genome(self.block_size):
            predicted += self._effects[read : read + len(block)] @ block
            read += len(block)
        return Prediction(predicted)


METHOD = Method(
    name="block_ridge",
    label="Block ridge",
    estimator=BlockRidge,
    family="linear",
    summary="Ridge regression within blocks of markers, then over their predictors, as in regenie's step 1.",
    fitted_by="five penalties in each block; that of the blend by five inner folds",
    citation="Mbatchou et al. 2021, Nat Genet 53:1097",
    cost="n p b, of blocks of b markers",
    cheap=True,
    importance="gradients",
    in_blocks=True,
    order=75,
)
