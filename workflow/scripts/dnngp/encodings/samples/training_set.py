"""Training samples and records to predict, as a method may see them.

They hold no phenotypes: those of the training records are given to ``fit`` beside them, those of the others
to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import cast

import numpy as np
import pandas as pd

from dnngp.base import ledger
from dnngp.base.timing import stage
from dnngp.encodings.encoding import Choice, Encoding, chosen
from dnngp.encodings.samples.arrays_and_kernels import Array, Kernel
from dnngp.encodings.samples.covariates import FixedEffects
from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.encodings.samples.fitting import FittedEncoding, SideBySide
from dnngp.encodings.samples.population import Population, Samples
from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.genotypes.relationship_tables import holds_relationships
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.streamed import Streamed
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.validation.draws import draw_folds, pack_groups

#: Inner folds of the training samples, for weights and for tuning.
INNER_FOLDS = 5

#: An encoding and the form it is asked for in.
Key = tuple[tuple[Encoding, ...], str]
Fitted = FittedEncoding | SideBySide


def inner_folds(
    ids: Sequence[str],
    groups: Sequence[object] | None,
    folds: int,
    *names: object,
    classes: Sequence[int] | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Folds of training samples, drawn by hashing ids, or packed by groups where there are any.

    Parameters
    ----------
    ids, groups
        Of each sample; ids are unique.
    folds
        Their number; no more than there are samples or groups.
    names
        Hashed into the draw: same names, same folds, whatever the order of the samples.
    classes
        Of each sample, of which all folds have about as many; None counts all alike.

    Yields
    ------
    fit, held
        Positions (int64) of the samples to fit on and of those to predict.
    """
    if groups is None:
        key = "|".join(map(str, ("inner", *names)))
        numbers = np.array(draw_folds(ids, key, min(folds, len(ids)), 1, classes))
    else:
        key_of_groups = ("inner", *map(str, names))
        numbers = np.array(pack_groups([str(group) for group in groups], key_of_groups, folds, classes))
    for number in range(1, numbers.max() + 1):
        yield np.flatnonzero(numbers != number), np.flatnonzero(numbers == number)


class Records:
    """Records to predict: what a method may know of them.

    Attributes
    ----------
    ids : list of str
        Sample of each record.
    sample : (M,) int
        Number of each record's sample among those that :meth:`array` and :meth:`kernel` have a row for.
    environments : (M,) int or None
        Number of each record's environment; None where there is one environment.
    rows : (m,) int or None
        Row numbers of the samples in the population; None for samples from elsewhere.
    """

    def __init__(
        self,
        ids: Sequence[str],
        encode: Callable[[Sequence[Choice] | Choice, str], Array | Kernel | Streamed],
        fixed: Callable[[], np.ndarray | None] = lambda: None,
        sample: np.ndarray | None = None,
        environments: np.ndarray | None = None,
        rows: np.ndarray | None = None,
    ) -> None:
        self._encode, self._fixed, self.rows = encode, fixed, rows
        self.sample = np.arange(len(ids)) if sample is None else sample
        self.ids = [ids[int(number)] for number in self.sample]
        self.environments = environments

    def __len__(self) -> int:
        return len(self.sample)

    @property
    def fixed(self) -> np.ndarray | None:
        """Fixed effects (M, q) beside the mean; None without covariates."""
        return self._fixed()

    def array(self, encoding: Choice | Sequence[Choice]) -> Array:
        """Their samples as rows of an encoding, or of one for each omics layer."""
        return cast(Array, self._encode(encoding, "array"))

    def kernel(self, encoding: Choice | Sequence[Choice]) -> Kernel:
        """The kernel between their samples and the training samples."""
        return cast(Kernel, self._encode(encoding, "kernel"))

    def streamed(self, encoding: Choice | Sequence[Choice]) -> Streamed:
        """The markers of their samples, to be multiplied and never held."""
        return cast(Streamed, self._encode(encoding, "streamed"))


class TrainingSet:
    """Training records, and the encodings fitted on their samples.

    Parameters
    ----------
    population
        All samples of the dataset.
    rows
        (n,) row numbers of the training samples in it, none twice.
    groups
        Group of each training record; inner folds keep groups whole. None, too, where all are of one group:
        there is nothing to keep apart.
    covariates
        Of all samples of the population, a row each; None without any.
    sample
        (N,) number of each record's sample among ``rows``; None: one record a sample, in their order.
    environments
        (N,) number of each record's environment; None where there is one environment.
    all_environments
        What they are numbers of.
    record_ids
        Name of each record; None: that of its sample.
    weights
        Of the training records; None where all count the same.
    trait
        What their phenotypes are.
    """

    def __init__(
        self,
        population: Population,
        rows: np.ndarray,
        groups: Sequence[object] | None = None,
        covariates: pd.DataFrame | None = None,
        sample: np.ndarray | None = None,
        environments: np.ndarray | None = None,
        all_environments: Environments | None = None,
        record_ids: list[str] | None = None,
        *,
        weights: RecordWeights | None = None,
        trait: TraitType = CONTINUOUS,
    ) -> None:
        self.population, self.rows, self.covariates = population, np.asarray(rows, np.int64), covariates
        self.groups = None if groups is None or len(set(groups)) < 2 else list(groups)
        self.sample = np.arange(len(self.rows)) if sample is None else sample
        self.environments, self.all_environments = environments, all_environments
        self._record_ids, self.weights, self.trait = record_ids, weights, trait
        self.fitted: dict[Key, Fitted] = {}

    def __len__(self) -> int:
        return len(self.sample)

    @property
    def ids(self) -> list[str]:
        """Sample of each training record."""
        return self.population.genotypes.samples[self.rows][self.sample].tolist()

    @property
    def record_ids(self) -> list[str]:
        """Name of each training record: of its sample and, where there are several, its environment."""
        return self.ids if self._record_ids is None else self._record_ids

    @property
    def fixed(self) -> np.ndarray | None:
        """Fixed effects (N, q) of the training records; None without covariates."""
        return self._fixed_of(self.rows, self.sample)

    def array(self, encoding: Choice | Sequence[Choice]) -> Array:
        """The training samples as rows of an encoding, or of one for each omics layer."""
        return cast(Array, self.encoded(encoding, "array").training)

    def kernel(self, encoding: Choice | Sequence[Choice]) -> Kernel:
        """The kernel of the training samples."""
        return cast(Kernel, self.encoded(encoding, "kernel").training)

    def streamed(self, encoding: Choice | Sequence[Choice]) -> Streamed:
        """The markers of the training samples, to be multiplied and never held."""
        return cast(Streamed, self.encoded(encoding, "streamed").training)

    def streams(self, encoding: Choice | Sequence[Choice]) -> bool:
        """Whether :meth:`streamed` can be asked for: of one omics layer of values, in some encodings."""
        first, *others = chosen(encoding)
        if others or first.kind.streamed is None:
            return False
        return not holds_relationships(self.population.sources[first.omics].genotypes)

    def variants(self, encoding: Choice | Sequence[Choice]) -> pd.DataFrame | None:
        """The markers behind the rows of an encoding; None where several omics layers are side by side."""
        fitted = self.encoded(encoding, "array")
        return fitted.variants if isinstance(fitted, FittedEncoding) else None

    def encoded(self, encoding: Choice | Sequence[Choice], form: str) -> Fitted:
        """An encoding, or one for each omics layer, fitted on the training samples when first asked for."""
        key = chosen(encoding), form
        if key not in self.fitted:
            with stage("encode"):
                self.fitted[key] = self._fit(*key)
        return self.fitted[key]

    def _fit(self, encodings: tuple[Encoding, ...], form: str) -> Fitted:
        if len(encodings) > 1:
            return SideBySide([cast(FittedEncoding, self.encoded(one, form)) for one in encodings])
        (one,) = encodings
        return FittedEncoding(one, form).fit(self.population.sources[one.omics], self.rows)

    def records(
        self,
        rows: np.ndarray,
        sample: np.ndarray | None = None,
        environments: np.ndarray | None = None,
    ) -> Records:
        """Records of samples of the population, by row number (m,), to predict.

        ``sample`` and ``environments`` are as those of the training records.
        """
        rows = np.asarray(rows, np.int64)
        samples = {name: Samples(source, rows) for name, source in self.population.sources.items()}
        return Records(
            self.population.genotypes.samples[rows].tolist(),
            lambda encoding, form: transformed(self.encoded(encoding, form), samples),
            lambda: self._fixed_of(rows, sample),
            sample,
            environments,
            rows,
        )

    def of_environment(self, number: int) -> tuple[np.ndarray, TrainingSet]:
        """Positions of the training records of one environment, and those records alone."""
        assert self.environments is not None
        records = np.flatnonzero(self.environments == number)
        part = self._part(np.unique(self.sample[records]), records)
        part.environments = part.all_environments = None
        return records, part

    def records_of_environment(self, records: Records, chosen: np.ndarray) -> Records:
        """Some records of a population (positions ``chosen``) as these training samples encode them."""
        assert records.rows is not None
        samples, sample = np.unique(records.sample[chosen], return_inverse=True)
        return self.records(records.rows[samples], sample)

    def classes_of(self, y: np.ndarray) -> list[int] | None:
        """Class of each training sample, the middle one of its records (N,); None of quantities."""
        if not self.trait.has_classes:
            return None
        middle = pd.Series(np.asarray(y)).groupby(self.sample).median()
        return [int(one) for one in middle]

    def inner_folds(
        self, folds: int, y: np.ndarray, *names: object
    ) -> Iterator[tuple[np.ndarray, np.ndarray, TrainingSet, Records]]:
        """Folds of the training records (:func:`inner_folds`); all records of a sample stay together.

        Phenotypes y (N,) are looked at where they are classes: all folds have about as many of each.

        Yields
        ------
        fit, held, training, records
            Positions among the training records (int64) of those to fit on and those to predict, and what a
            method may see of both.
        """
        groups = self.groups
        if groups is not None and len(self) > len(self.rows):
            groups = [dict(zip(self.sample, groups, strict=True))[number] for number in range(len(self.rows))]
        ids = self.population.genotypes.samples[self.rows].tolist()
        for fit, held in inner_folds(ids, groups, folds, *names, classes=self.classes_of(y)):
            records_of = [np.flatnonzero(np.isin(self.sample, part)) for part in (fit, held)]
            training = self._part(fit, records_of[0])
            sample, environments = self._within(held, records_of[1])
            records = training.records(self.rows[held], sample, environments)
            yield records_of[0], records_of[1], training, records

    def _part(self, samples: np.ndarray, records: np.ndarray) -> TrainingSet:
        groups = None if self.groups is None else [self.groups[record] for record in records]
        names = None if self._record_ids is None else [self._record_ids[record] for record in records]
        return TrainingSet(
            self.population,
            self.rows[samples],
            groups,
            self.covariates,
            *self._within(samples, records),
            self.all_environments,
            names,
            weights=None if self.weights is None else self.weights.take(records),
            trait=self.trait,
        )

    def _within(self, samples: np.ndarray, records: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Sample among ``samples``, and environment, of some records."""
        environments = None if self.environments is None else self.environments[records]
        return np.searchsorted(samples, self.sample[records]), environments

    @cached_property
    def _effects(self) -> FixedEffects | None:
        if self.covariates is None:
            return None
        ledger.saw("fixed effects", self.ids)
        return FixedEffects().fit(self._covariates_of(self.rows))

    def _fixed_of(self, rows: np.ndarray, sample: np.ndarray | None) -> np.ndarray | None:
        if self._effects is None:
            return None
        fixed = self._effects.transform(self._covariates_of(rows))
        return fixed if sample is None else fixed[sample]

    def _covariates_of(self, rows: np.ndarray) -> pd.DataFrame:
        assert self.covariates is not None
        return self.covariates.iloc[rows]


def new_records(
    genotypes: Genotypes,
    absent: np.ndarray | None,
    encoded: Callable[[Key], Fitted],
    fixed: int | None = None,
    environments: Sequence[int] | None = None,
) -> Records:
    """Records of samples from elsewhere, encoded as the training samples were.

    Parameters
    ----------
    genotypes
        Their genotypes at the markers of the training samples.
    absent
        (p,) bool, markers that none of them has.
    encoded
        The fitted encoding of a key.
    fixed
        Fixed effects of the method beside the mean: new samples stand at the mean of the training samples.
    environments
        Numbers of environments, of each of which there is a record of every sample, one environment behind
        the other; None where there is one.
    """
    population = Population(genotypes)
    rows = np.arange(genotypes.n_samples)
    samples = {name: Samples(source, rows, absent) for name, source in population.sources.items()}
    times = 1 if environments is None else len(environments)
    return Records(
        genotypes.samples.tolist(),
        lambda encoding, form: transformed(encoded((chosen(encoding), form)), samples),
        lambda: None if fixed is None else np.zeros((times * len(rows), fixed)),
        np.tile(rows, times),
        None if environments is None else np.repeat(environments, len(rows)),
    )


def transformed(encoded: Fitted, samples: dict[str, Samples]) -> Array | Kernel | Streamed:
    """Samples, given in each omics layer, in a fitted encoding."""
    with stage("encode"):
        if isinstance(encoded, SideBySide):
            return encoded.transform(samples)
        return encoded.transform(samples[encoded.encoding.omics])
