"""The samples of a dataset in each omics layer, and what the folds of one dataset share of them.

Cross products of dosages are exact integers (:mod:`dnngp.genotypes.grm`), so those of all samples serve every
fold, and nothing about the test samples can leak into what is fitted, not even through rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dnngp.base import ledger
from dnngp.base.errors import UserError
from dnngp.encodings.encoding import Choice, chosen
from dnngp.encodings.omics import MARKERS
from dnngp.genotypes import grm
from dnngp.genotypes.grm import blocks, is_missing, side_by_side
from dnngp.genotypes.moments import Sums, varying
from dnngp.genotypes.relationship_centring import Centring
from dnngp.genotypes.store import Genotypes


class Source:
    """The values of all samples in one omics layer.

    Parameters
    ----------
    genotypes
        Dosages or features; missing where a sample has none.
    maf, mac
        Smallest minor allele frequency, and count, among the training samples of a fold.
    name
        Of the layer.
    """

    def __init__(self, genotypes: Genotypes, maf: float = 0.0, mac: int = 0, name: str = MARKERS) -> None:
        self.genotypes, self.maf, self.mac, self.name = genotypes, maf, mac, name

    def select(self, samples: np.ndarray, features: np.ndarray) -> Source:
        """Some samples and features."""
        return Source(self.genotypes.select(samples, features), self.maf, self.mac, self.name)

    def joined(self, rows: np.ndarray, markers: np.ndarray, others: Genotypes) -> Source:
        """Some samples and markers of this source, then all samples of another with those markers."""
        own = self.genotypes.select(rows, markers)
        values = side_by_side([own.dosages, others.dosages])
        samples = np.concatenate([own.samples, others.samples])
        both = replace(own, samples=samples, dosages=values, crosses=None)
        return Source(both, name=self.name)

    @property
    def integer(self) -> bool:
        """Whether the values are whole numbers, of which sums are exact."""
        return np.issubdtype(self.genotypes.dosages.dtype, np.integer)

    @cached_property
    def complete(self) -> np.ndarray:
        """(N,) whether a sample has no missing call; False throughout for values that are not integers."""
        dosages = self.genotypes.dosages
        complete = np.full(dosages.shape[1], self.integer)
        for part in blocks(len(dosages)):
            complete &= ~is_missing(dosages[part]).any(axis=0)
        return complete

    @cached_property
    def _counts(self) -> Sums:
        return Sums.of(self.genotypes.dosages)

    def counts(self, rows: np.ndarray) -> Sums:
        """Sums and numbers of the calls of some samples."""
        dosages = self.genotypes.dosages
        others = np.setdiff1d(np.arange(dosages.shape[1]), rows)
        if self.integer and len(others) < len(rows):
            # Integers: what is left when the fewer others are taken away is the same to the bit.
            return self._counts - Sums.of(dosages, others)
        return Sums.of(dosages, rows)

    def varying(self, rows: np.ndarray | None, counts: Sums) -> np.ndarray:
        """(P,) bool: markers that vary among some samples (None: all) and reach the limits."""
        return varying(self.genotypes.dosages, rows, counts, self.maf, self.mac, self.genotypes.ploidy)

    @cached_property
    def _products(self) -> tuple[np.ndarray, np.ndarray]:
        """The markers that vary among all samples, and the exact cross products of all samples over them.

        Which markers these are touches the cost of a fold alone: those that a fold keeps or leaves out in
        addition are added or taken away exactly.
        """
        base = self.varying(None, self._counts)
        return base, grm.cross_products(self.genotypes.dosages.T, np.flatnonzero(base))

    def products(self, markers: np.ndarray) -> np.ndarray:
        """Exact cross products (N, N) of all samples over some markers, missing calls as 0."""
        base, products = self._products
        wanted = np.zeros(len(base), bool)
        wanted[markers] = True
        rows = self.genotypes.dosages.T
        if (added := wanted & ~base).any():
            products = products + grm.cross_products(rows, np.flatnonzero(added))
        if (removed := base & ~wanted).any():
            products = products - grm.cross_products(rows, np.flatnonzero(removed))
        return products


@dataclass(frozen=True, eq=False)
class Samples:
    """Some samples of a source.

    Attributes
    ----------
    source, rows
        The source and row numbers (m,) in it.
    absent
        (p,) bool, markers that were measured in none of them; None: no such marker.
    """

    source: Source
    rows: np.ndarray
    absent: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Selection:
    """Training samples, and the markers that vary among them.

    Attributes
    ----------
    source, rows
        The source and row numbers (n,) in it.
    markers
        (p,) row numbers of the markers.
    counts
        Of these markers among the training samples.
    """

    source: Source
    rows: np.ndarray
    markers: np.ndarray
    counts: Sums

    @classmethod
    def of(cls, source: Source, rows: np.ndarray) -> Selection:
        """The markers that vary among training samples and reach the limits of frequency and count.

        Raises
        ------
        UserError
            None does.
        """
        rows = np.asarray(rows, np.int64)
        saw(source, "allele frequencies, marker filter", rows)
        counts = source.counts(rows)
        kept = source.varying(rows, counts)
        if not kept.any():
            raise UserError(
                f"none of {len(kept)} {source.name} varies among the {len(rows)} training samples of a fold "
                f"with a minor allele frequency of at least {source.maf} and {source.mac} copies.",
                remedy="Lower `qc.maf` and `qc.mac`, and check genotypes and `ploidy` of the dataset.",
            )
        return cls(source, rows, np.flatnonzero(kept), Sums(counts.sums[kept], counts.observed[kept]))

    @property
    def ploidy(self) -> int | None:
        """Sets of chromosomes; None for features."""
        return self.source.genotypes.ploidy

    def saw(self, step: str) -> None:
        """Write down that a step is fitted on the training samples."""
        saw(self.source, step, self.rows)

    def centring(self, standardise: bool) -> Centring:
        """How the markers are centred; with ``standardise``, dosages by expected standard deviations."""
        self.saw("centring, relationships")
        return Centring.of(self.source.genotypes, self.rows, self.markers, self.counts, standardise)

    def values(self) -> np.ndarray:
        """(n, p) values of the training samples."""
        return self.source.genotypes.rows(self.rows, self.markers)

    def filled(self, rows: np.ndarray) -> Selection:
        """The same samples and markers with values (n, p) that have no missing call."""
        chosen = self.source.genotypes.select(self.rows, self.markers)
        filled = replace(chosen, dosages=np.ascontiguousarray(rows.T))
        return Selection.of(Source(filled, name=self.source.name), np.arange(len(rows)))

    def values_of(self, samples: Samples) -> np.ndarray:
        """(m, p) values of other samples, of this source or of one that has the selected markers alone."""
        markers = self.markers if samples.source is self.source else None
        return samples.source.genotypes.rows(samples.rows, markers)

    def beside(self, samples: Samples) -> tuple[Source, np.ndarray, np.ndarray, np.ndarray]:
        """One source that holds both, rows of the training and the other samples in it, and the markers."""
        if samples.source is self.source:
            return self.source, self.rows, samples.rows, self.markers
        others = samples.source.genotypes.select(samples.rows)
        both = self.source.joined(self.rows, self.markers, others)
        n, m = len(self.rows), others.n_samples
        return both, np.arange(n), np.arange(n, n + m), np.arange(len(self.markers))


def saw(source: Source, step: str, rows: np.ndarray) -> None:
    """Write down which samples a step is fitted on."""
    named = step if source.name == MARKERS else f"{source.name}: {step}"
    ledger.saw(named, source.genotypes.samples[rows].tolist())


class Population:
    """All samples of a dataset, by omics layer.

    Parameters
    ----------
    genotypes
        The markers of all samples.
    maf, mac
        As of :class:`Source`.
    omics
        Further layers by name, their samples in the same order.
    """

    def __init__(
        self, genotypes: Genotypes, maf: float = 0.0, mac: int = 0, omics: Mapping[str, Source] | None = None
    ) -> None:
        self.sources = {MARKERS: Source(genotypes, maf, mac), **(omics or {})}

    @property
    def genotypes(self) -> Genotypes:
        """The markers of all samples."""
        return self.sources[MARKERS].genotypes

    def check(self, encoding: Choice | Sequence[Choice]) -> None:
        """Whether encodings suit the data; raises :class:`UserError` where one does not."""
        for one in chosen(encoding):
            one.check(self.sources[one.omics])


def load_omics(
    folders: Iterable[str | Path], limits: Mapping[str, Mapping[str, Any]], samples: np.ndarray
) -> dict[str, Source]:
    """Omics layers by name, joined to the samples of a dataset by id.

    Parameters
    ----------
    folders
        Where :meth:`dnngp.genotypes.store.Genotypes.save` put each; the name of the folder is that of the
        layer.
    limits
        ``maf`` and ``mac`` of each layer.
    samples
        (n,) ids of the samples.
    """
    return {
        name: Source(Genotypes.load(folder).at_lines(samples), **limits[name], name=name)
        for folder in map(Path, folders)
        for name in [folder.name]
    }
