"""Level 0 of models that take markers in blocks, made from a part of the markers for all folds of all traits.

A job reads its own part of the genotypes. In each fold it is handed the phenotypes of the training samples
alone; its ledger is compared with the test samples, as that of a fit is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base import ledger
from dnngp.base.array_archives import write_one_by_one
from dnngp.base.errors import UserError
from dnngp.base.seeds import digest, seed
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.evaluation.fold_records import FoldRecords, RecordLedger, groups_in
from dnngp.genotypes.store import Genotypes
from dnngp.methods.blocks.two_levels import BlockPredictors
from dnngp.methods.registry import create


def part_of_markers(markers: int, block_size: int, part: int, parts: int) -> np.ndarray:
    """Rows of the markers of one of several jobs (from 1): whole blocks, none where there are more jobs."""
    blocks = -(-markers // block_size)
    first, end = ((number * blocks) // parts * block_size for number in (part - 1, part))
    return np.arange(first, min(end, markers))


@dataclass(frozen=True, eq=False)
class TraitFolds:
    """A trait and its folds.

    Attributes
    ----------
    names
        Hashed, with repeat and fold, into the seed of each fit.
    phenotype
        Values (float) by sample.
    splits
        As of :func:`dnngp.evaluation.evaluate.evaluate`.
    """

    names: tuple[object, ...]
    phenotype: pd.Series
    splits: pd.DataFrame


def write_marker_blocks(
    path: str | Path,
    genotypes: Genotypes,
    markers: int,
    traits: Mapping[str, TraitFolds],
    model: Mapping[str, Any],
    filters: Mapping[str, Any],
) -> None:
    """Write what a model makes of a part of the markers in every fold of every trait.

    Parameters
    ----------
    genotypes
        All samples, with the part of the markers.
    markers
        How many there are in all.
    traits
        By folder.
    model
        ``method``, ``encoding`` and ``params``.
    filters
        ``maf`` and ``mac`` of the training samples.
    """
    population = Population(genotypes, **filters)
    write_one_by_one(
        (
            (f"{trait}/r{repeat}f{fold}/{name}", array)
            for trait, folds in traits.items()
            for (repeat, fold), part in folds.splits.groupby(["repeat", "fold"], sort=True)
            for name, array in _of_fold(population, markers, folds, part, model, (repeat, fold))
        ),
        path,
    )


def _of_fold(
    population: Population,
    markers: int,
    folds: TraitFolds,
    part: pd.DataFrame,
    model: Mapping[str, Any],
    place: tuple[object, object],
) -> Iterator[tuple[str, np.ndarray]]:
    tested = part["role"] == "test"
    train, test = (FoldRecords.of(part[chosen], None) for chosen in (~tested, tested))
    y = folds.phenotype.loc[train.ids].to_numpy(float)
    number = seed(*folds.names, *place)
    regressor = create(model["method"], model["params"], number, model["encoding"])
    training = TrainingSet(population, population.genotypes.positions(train.samples), groups_in(part, train))
    book = RecordLedger(train, test, dict(zip(train.ids, y, strict=True)))
    with ledger.recording(book):
        made = BlockPredictors.none(len(y), len(regressor.heritabilities))
        if varies(training):
            made = regressor.level_zero(training, y, markers)
    told = book.table()
    if told[["test_genotypes_seen", "test_phenotypes_seen"]].to_numpy().any():
        raise RuntimeError(f"a step of level 0 saw test samples: {told.to_dict('records')}")
    yield from vars(made).items()
    yield "basis", np.frombuffer(basis(train.ids, y, number, model).encode(), np.uint8)


def varies(training: TrainingSet) -> bool:
    """Whether any marker varies among training samples and reaches the limits."""
    (source,) = training.population.sources.values()
    return bool(source.varying(training.rows, source.counts(training.rows)).any())


def basis(ids: Sequence[str], y: np.ndarray, seed: int, model: Mapping[str, Any]) -> str:
    """Digest of what level 0 of a fold is made from beside the markers."""
    settings = [model[name] for name in ("method", "encoding", "params")]
    return digest(*ids, y.tobytes().hex(), seed, *settings)


@dataclass(frozen=True)
class PreparedBlocks:
    """What jobs made from the parts of the markers, ``paths`` in their order, for folds of a ``trait``."""

    paths: Sequence[str]
    trait: str
    model: Mapping[str, Any]

    @classmethod
    def read(cls, paths: Sequence[str] | None, trait: str, model: Mapping[str, Any]) -> PreparedBlocks | None:
        """Those of some files; None without any."""
        if not paths:
            return None
        return cls([paths] if isinstance(paths, str) else list(paths), trait, model)

    def of(
        self, repeat: object, fold: object, ids: Sequence[str], y: np.ndarray, seed: int
    ) -> BlockPredictors:
        """Level 0 of a fold, whose training records, phenotypes (n,) and seed are given.

        Raises
        ------
        UserError
            It was made from others.
        """
        expected, parts = basis(ids, y, seed, self.model), []
        for path in self.paths:
            with np.load(path, allow_pickle=False) as stored:
                place = f"{self.trait}/r{repeat}f{fold}"
                if stored[f"{place}/basis"].tobytes().decode() != expected:
                    raise UserError(
                        f"repeat {repeat} fold {fold} of {self.trait} was made from other training samples, "
                        "phenotypes or parameters.",
                        file=path,
                        remedy="Delete the file, so that it is made again.",
                    )
                names = ("predictors", "effects", "sizes")
                parts.append(BlockPredictors(**{name: stored[f"{place}/{name}"] for name in names}))
        return BlockPredictors.joined(parts)
