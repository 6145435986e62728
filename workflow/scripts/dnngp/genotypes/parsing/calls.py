"""Genotypes written as alleles (letters or numbers) to dosages.

A file has few different texts of calls: each is parsed once, in Python and strictly; the cells are then
counted by code in compiled loops.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.compiled import compiled
from dnngp.base.delimited import MISSING as MISSING_CELLS
from dnngp.base.errors import UserError
from dnngp.genotypes.parsing.format import Reading, Sink
from dnngp.genotypes.store import (
    MISSING,
    Genotypes,
    defect_table,
    skipped_table,
    variant_names,
)

#: IUPAC codes of two bases (NC-IUB 1985).
IUPAC = {"R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC"}

#: No allele in the table of alleles: the call is missing, or no call.
NONE, BAD = -1, -2

#: ALT where a marker has one allele only, and index of the one not to be found.
_NO_ALLELE = -3

#: Share of cells that may be no calls where the file is not read strictly; beyond it, it is no such file.
MOST_DEFECTS = 0.05

_INDEL = frozenset("+-ID")
_MISSING_CALLS = {text.upper() for text in MISSING_CELLS}
_UNKNOWN = frozenset("N.0?")
#: What KASP's program writes where it calls nothing.
_MISSING_CALLS |= {"UNCALLABLE", "NTC", "BAD", "DUPE", "MISSING", "UNUSED"}
_BASES = re.compile("[ACGT]+")

#: Parses a text: the alleles of a call, or None if it is missing. The flag says that the marker is an
#: insertion or deletion, where ``-`` is an allele. ValueError says what is wrong.
Parser = Callable[[str, bool], tuple[str, ...] | None]


def letter_parser(ploidy: int, ab: bool = False) -> Parser:
    """Parser of calls in letters; with ``ab`` the alleles are called A and B.

    ``AT``, ``A/T``, ``A|T``, ``A:T`` and ``A,T`` are calls of two alleles and so on for other ploidies;
    alleles of several bases need the separator. One base is homozygous; an IUPAC code of two bases is
    heterozygous where the ploidy is two. ``N``, ``-``, ``.``, ``0``, ``?`` for one allele make the call
    missing.
    """

    def parse(text: str, indel: bool) -> tuple[str, ...] | None:
        upper = text.upper()
        if upper in _MISSING_CALLS or (ab and upper == "NC"):
            return None
        parts = re.split(r"[/|:,]", upper)
        unknown = _UNKNOWN if indel else _UNKNOWN | {"-"}
        if len(parts) == 1:
            if indel and upper == "0" and ploidy == 2:  # TASSEL's code of the heterozygote
                return ("+", "-")
            if len(upper) == 1 and not ab and upper in IUPAC:
                if ploidy != 2:
                    raise ValueError(f"{text!r} does not say how many copies of each base there are")
                return tuple(IUPAC[upper])
            parts = list(upper)
            if len(parts) == 1 and upper in "ID" and not indel:
                raise ValueError(f"{text!r} is no base")
        for part in parts:
            if part in unknown or part in ("I", "D") or (indel and part in ("+", "-")):
                continue
            if not (part in ("A", "B") if ab else _BASES.fullmatch(part)):
                raise ValueError(f"{text!r} is no genotype: {part!r} is no base")
        if len(parts) not in (1, ploidy) and not unknown.issuperset(parts):
            raise ValueError(f"the call {text!r} has {len(parts)} alleles, not {ploidy}")
        if not unknown.isdisjoint(parts):
            return None
        return tuple(parts) if len(parts) > 1 else tuple(parts) * ploidy

    return parse


def number_parser(ploidy: int) -> Parser:
    """Parser of calls by the numbers of alleles, as in a VCF: ``0/1``, ``1|1``, ``./.``; 0 is REF.

    One number stands for a homozygote.
    """

    def parse(text: str, indel: bool) -> tuple[str, ...] | None:
        if text.upper() in _MISSING_CALLS:
            return None
        alleles = re.split(r"[/|]", text)
        for allele in alleles:
            if allele != "." and not (allele.isascii() and allele.isdigit() and len(allele) < 4):
                raise ValueError(f"{text!r} is no genotype")
        if len(alleles) not in (1, ploidy):
            raise ValueError(f"the call {text!r} has {len(alleles)} alleles, not {ploidy}")
        if "." in alleles:
            return None
        return tuple(str(int(allele)) for allele in (alleles if len(alleles) > 1 else alleles * ploidy))

    return parse


class Calls:
    """Alleles of the texts of calls, as numbers; ``parse`` makes alleles of a text.

    Attributes
    ----------
    alleles
        Names of the alleles; the number of an allele is its place.
    faults
        What is wrong with a text, by whether the marker is an insertion or deletion, and its code.
    """

    def __init__(self, ploidy: int, parse: Parser) -> None:
        self.ploidy = ploidy
        self.alleles: list[str] = []
        self.faults: dict[tuple[bool, int], str] = {}
        self._parse = parse
        self._numbers: dict[str, int] = {}
        self._rows: list[list[list[int]]] = [[], []]

    def allele(self, name: str) -> int:
        """Number of an allele."""
        if name not in self._numbers:
            self._numbers[name] = len(self.alleles)
            self.alleles.append(name)
        return self._numbers[name]

    def table(self, texts: Sequence[bytes] | Sequence[str]) -> np.ndarray:
        """Alleles (2, T, ploidy) int32 of T texts, for plain markers and for insertions and deletions.

        The first allele is ``NONE`` where the call is missing and ``BAD`` where the text is no call.
        """
        for text in texts[len(self._rows[0]) :]:
            decoded = text.decode(errors="replace") if isinstance(text, bytes) else text
            for indel, rows in enumerate(self._rows):
                try:
                    found = self._parse(decoded, bool(indel))
                except ValueError as fault:
                    self.faults[bool(indel), len(rows)] = str(fault)
                    rows.append([BAD] * self.ploidy)
                    continue
                names = [NONE] * self.ploidy if found is None else [self.allele(name) for name in found]
                rows.append(names)
        return np.array(self._rows, np.int32).reshape(2, -1, self.ploidy)


@dataclass(frozen=True)
class Sites:
    """Dosages of some markers, and what kept others from having any.

    Attributes
    ----------
    marker
        (m,) which of the markers each row is of; one that is split has several rows.
    ref, alt
        (m,) numbers of alleles; negative where there is none.
    dosages
        (m, n) int8.
    skipped
        Marker and number of alleles of those left out.
    """

    marker: np.ndarray
    ref: np.ndarray
    alt: np.ndarray
    dosages: np.ndarray
    skipped: list[tuple[int, int]]


def allele_totals(codes: np.ndarray, table: np.ndarray, indel: np.ndarray, n_alleles: int) -> np.ndarray:
    """Copies (k, A) int64 of every allele in the calls (k, n) uint16 of k markers; ``indel`` (k,) bool."""
    totals = np.zeros((len(codes), n_alleles), np.int64)
    _count(codes, table, indel, totals)
    return totals


def ordered_alleles(totals: np.ndarray, alleles: list[str]) -> list[tuple[int, ...]]:
    """Alleles of each marker, the most common first (it becomes REF), ties in alphabetical order."""
    names = np.argsort(np.array(alleles, dtype=object), kind="stable") if alleles else np.empty(0, np.int64)
    by_name = totals[:, names]
    order = names[np.argsort(-by_name, axis=1, kind="stable")]
    counts = np.count_nonzero(totals, axis=1)
    return [tuple(row[:count]) for row, count in zip(order.tolist(), counts.tolist(), strict=True)]


def dosages_of_sites(
    codes: np.ndarray,
    table: np.ndarray,
    indel: np.ndarray,
    sites: list[tuple[int, ...]],
    multiallelic: str,
) -> Sites:
    """Dosages of ALT.

    Parameters
    ----------
    codes, table, indel
        As in :func:`allele_totals`.
    sites
        Alleles of each marker, REF first.
    multiallelic
        See :class:`dnngp.genotypes.parsing.format.Reading`.
    """
    rows: list[tuple[int, int, int]] = []
    skipped = []
    for marker, alleles in enumerate(sites):
        if len(alleles) > 2 and multiallelic == "skip":
            skipped.append((marker, len(alleles)))
            continue
        ref, *alts = alleles or (_NO_ALLELE,)
        for alt in (alts if multiallelic == "split" else alts[:1]) or [_NO_ALLELE]:
            rows.append((marker, ref, alt))
    which, refs, alternatives = np.array(rows, np.int64).reshape(-1, 3).T.copy()
    dosages = np.empty((len(rows), codes.shape[1]), np.int8)
    _dosages(codes, table, indel, which, refs, alternatives, multiallelic == "split", dosages)
    return Sites(which, refs, alternatives, dosages, skipped)


def foreign_calls(
    totals: np.ndarray,
    codes: np.ndarray,
    table: np.ndarray,
    indel: np.ndarray,
    sites: list[tuple[int, ...]],
    alleles: list[str],
) -> list[tuple[int, int, str]]:
    """Marker, sample and text of what is wrong with each call that has an allele its marker does not have."""
    allowed = np.zeros((len(sites), len(alleles)), bool)
    for marker, numbers in enumerate(sites):
        allowed[marker, list(numbers)] = True
    found = []
    for marker in np.flatnonzero((totals * ~allowed).any(axis=1)).tolist():
        calls = table[int(indel[marker])][codes[marker]]
        wrong = (calls >= 0) & ~allowed[marker][np.maximum(calls, 0)]
        names = "/".join(alleles[number] for number in sites[marker])
        for sample in np.flatnonzero(wrong.any(axis=1)):
            name = alleles[calls[sample][wrong[sample]][0]]
            found.append((marker, int(sample), f"the marker has alleles {names}, not {name}"))
    return found


def bad_calls(
    codes: np.ndarray, table: np.ndarray, indel: np.ndarray, calls: Calls
) -> list[tuple[int, int, str]]:
    """Marker, sample and text of what is wrong with each text that is no call."""
    if not calls.faults:
        return []
    bad = table[indel.astype(np.int64)[:, None], codes, 0] == BAD
    return [
        (int(marker), int(sample), calls.faults[bool(indel[marker]), int(codes[marker, sample])])
        for marker, sample in zip(*np.nonzero(bad), strict=True)
    ]


class CallsWriter:
    """Streams markers whose calls are codes of texts to a :class:`GenotypesWriter`.

    Parameters
    ----------
    path
        The file, for messages.
    samples
        (n,) ids.
    reading
        ``ploidy``, ``multiallelic`` and ``strict``.
    source
        See :class:`dnngp.genotypes.store.Genotypes`.
    sink
        Where the genotypes go.
    parse
        What makes alleles of a text.
    numbered
        Whether alleles are called 0 (REF), 1, 2 and so on, and their names not known.

    Attributes
    ----------
    writer
        What the markers are streamed to.
    """

    def __init__(
        self,
        path: str | Path,
        samples: Sequence[str],
        reading: Reading,
        source: dict[str, Any],
        sink: Sink,
        parse: Parser,
        numbered: bool = False,
    ) -> None:
        self._path = path
        self._reading = reading
        self._numbered = numbered
        self._calls = Calls(reading.ploidy, parse)
        self.writer = sink.writer(samples, reading.ploidy, source)
        self._skipped: list[tuple[str, str]] = []
        self._defects: list[tuple[int, str, str, str]] = []
        self._cells = 0

    def __enter__(self) -> CallsWriter:
        self.writer.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self.writer.__exit__(*exception)

    def add(
        self,
        codes: np.ndarray,
        texts: Sequence[bytes] | Sequence[str],
        variants: pd.DataFrame,
        declared: Sequence[tuple[str, ...]],
        place: Callable[[int, int], tuple[int, str]],
    ) -> None:
        """Append k markers.

        Parameters
        ----------
        codes
            (k, n) uint16, places in ``texts``. Overwritten where a cell holds no call.
        texts
            All texts so far; those of an earlier call first.
        variants
            k rows as of :func:`dnngp.genotypes.store.variant_table`; REF and ALT are filled in here.
        declared
            Alleles of each marker, REF first; empty where the calls must tell.
        place
            Line (0 if there is none) and column of a marker and sample of this call.
        """
        table = self._calls.table(texts)
        indel = np.array([any(allele in _INDEL for allele in alleles) for alleles in declared], bool)
        if (plus := np.array([b"+" in text if isinstance(text, bytes) else False for text in texts])).any():
            indel |= np.array([not alleles for alleles in declared]) & plus[codes].any(axis=1)
        declared_numbers = [tuple(map(self._calls.allele, alleles)) for alleles in declared]
        names = self._calls.alleles
        totals = allele_totals(codes, table, indel, len(names))
        from_calls = self._by_number(totals) if self._numbered else ordered_alleles(totals, names)
        sites = [known or seen for known, seen in zip(declared_numbers, from_calls, strict=True)]
        wrong = bad_calls(codes, table, indel, self._calls)
        if any(declared_numbers):
            wrong += foreign_calls(totals, codes, table, indel, sites, names)
        self._cells += codes.size
        for marker, sample, what in sorted(wrong):
            line, column = place(marker, sample)
            if self._reading.strict:
                raise UserError(
                    f"{what}.",
                    file=self._path,
                    line=line or None,
                    column=column,
                    remedy="Mend the call, or let such calls count as missing by `qc.strict: false`.",
                )
            self._defects.append((line, column, variants["id"].iloc[marker], what))
        if wrong:
            missing = np.full((2, 1, self._reading.ploidy), NONE, np.int32)
            table = np.concatenate([table, missing], axis=1)
            markers, samples, _ = zip(*wrong, strict=True)
            codes[list(markers), list(samples)] = len(texts)
        found = dosages_of_sites(codes, table, indel, sites, self._reading.multiallelic)
        ids = variant_names(variants)
        self._skipped += [(ids.iloc[marker], f"{count} alleles") for marker, count in found.skipped]
        part = variants.iloc[found.marker].reset_index(drop=True)
        if not self._numbered:
            named = np.array([*names, ""], dtype=object)  # a negative number is the last: no allele
            part = part.assign(
                ref=named[np.maximum(found.ref, -1)].astype(str),
                alt=named[np.maximum(found.alt, -1)].astype(str),
            )
        self.writer.add(part, found.dosages)

    def close(self) -> Genotypes:
        """The genotypes; UserError if most of the cells were no calls, or no marker is left."""
        if len(self._defects) > MOST_DEFECTS * self._cells:
            raise UserError(
                f"{len(self._defects)} of {self._cells} cells are no genotypes; the first is "
                f"{self._defects[0][3]}.",
                file=self._path,
            )
        if self.writer.n_variants == 0:
            raise UserError(
                "no marker has two alleles or less.",
                file=self._path,
                remedy="Set `multiallelic: split` or `first` to keep the others.",
            )
        return self.writer.close(skipped_table(self._skipped), defect_table(self._defects))

    def _by_number(self, totals: np.ndarray) -> list[tuple[int, ...]]:
        """Alleles 0 to the largest that occurs."""
        numbers = np.array([int(name) for name in self._calls.alleles], np.int64)
        largest = np.where(totals > 0, numbers, 0).max(axis=1, initial=0)
        return [
            tuple(self._calls.allele(str(i)) for i in range(max(2, 1 + high))) for high in largest.tolist()
        ]


@compiled
def _count(codes, table, indel, totals):  # type: ignore[no-untyped-def]
    markers, samples = codes.shape
    for marker in range(markers):
        kind = 1 if indel[marker] else 0
        for sample in range(samples):
            code = codes[marker, sample]
            for copy in range(table.shape[2]):
                allele = table[kind, code, copy]
                if allele >= 0:
                    totals[marker, allele] += 1


@compiled
def _dosages(codes, table, indel, markers, ref, alt, others_count, dosages):  # type: ignore[no-untyped-def]
    """An allele that is neither REF nor ALT counts as not ALT, or makes the call missing."""
    for row in range(markers.size):
        marker = markers[row]
        kind = 1 if indel[marker] else 0
        for sample in range(codes.shape[1]):
            code = codes[marker, sample]
            dosage = 0
            for copy in range(table.shape[2]):
                allele = table[kind, code, copy]
                if allele == alt[row]:
                    dosage += 1
                elif allele < 0 or (allele != ref[row] and not others_count):
                    dosage = MISSING
                    break
            dosages[row, sample] = dosage
