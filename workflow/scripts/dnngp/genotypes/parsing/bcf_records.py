"""BCF to dosages: htslib (through cyvcf2) reads the calls, our own pass over the file is strict.

htslib lets pass what would change the data without a word, a file truncated between two blocks first of all.
So the file is walked once from record to record before a single call is believed. Faults are told with the
number of their record: a BCF has no lines.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dnngp.base.errors import UserError
from dnngp.base.files import open_bytes, read_exactly
from dnngp.genotypes.parsing.allele_counts import ABSENT, BEYOND, ODD, count_alleles
from dnngp.genotypes.parsing.format import Reading, Sink, source_of
from dnngp.genotypes.parsing.site_warnings import FAILED, warn_of_filters, warn_of_reads
from dnngp.genotypes.parsing.sites import site_name
from dnngp.genotypes.parsing.vcf_header import (
    bcf_header,
    no_genotypes,
    none_biallelic,
    refuse_gvcf,
    vcf_samples,
)
from dnngp.genotypes.parsing.vcf_rules import Header
from dnngp.genotypes.store import (
    MISSING,
    Genotypes,
    GenotypesWriter,
    defect_table,
    skipped_table,
    variant_table,
)

#: Dosages held before they go to the store.
BLOCK_CELLS = 4_000_000


def read_bcf(path: str | Path, reading: Reading, sink: Sink) -> Genotypes:
    """Read a BCF; parameters, result and errors as of :func:`dnngp.genotypes.parsing.vcf_text.read_vcf`."""
    import cyvcf2

    header = bcf_header(path)
    samples = vcf_samples(enumerate(header, start=1), path)
    records, empty = _walk(path, header, samples)
    if records == 0:
        raise UserError("the file holds no variants.", file=path, remedy="Export it again, with its records.")
    try:
        reader = cyvcf2.VCF(str(path))
    except Exception as error:  # OSError of several kinds, and the bare class
        raise UserError(f"htslib cannot read the header ({error}).", file=path) from None
    source = source_of(path, "bcf")
    try:
        with sink.writer(samples, reading.ploidy, source) as writer:
            body = _Records(path, reading, samples, writer, empty)
            skipped = body.read(reader, records)
            breaches = [(line, breach.column, "", breach.what) for line, breach in Header.of(header).breaches]
            return writer.close(skipped_table(skipped), defect_table([*breaches, *body.defects()]))
    finally:
        reader.close()


class _Record(NamedTuple):
    """A record as htslib has it, and its texts: CHROM, POS, ID and REF; ALT; FORMAT."""

    number: int
    variant: Any
    site: tuple[str, int, str, str]
    alternatives: list[str]
    fields: list[str]


class _Records:
    """Records of htslib to rows of the store."""

    def __init__(
        self,
        path: str | Path,
        reading: Reading,
        samples: list[str],
        writer: GenotypesWriter,
        empty: dict[int, np.ndarray],
    ) -> None:
        self._empty = empty
        self._failed: Counter[bytes] = Counter()
        self._fields: set[str] = set()
        self._unread = 0
        self._path, self._reading, self._samples, self._writer = path, reading, samples, writer
        self._sites: list[tuple[str, int, str, str, str]] = []
        self._rows: list[np.ndarray] = []
        self._faults: dict[str, tuple[str, int]] = {}  # kind: the first, and how many records have it

    def defects(self) -> list[tuple[int, str, str, str]]:
        """Faults that the reading passed over, each kind once; a record has no line."""
        return [
            (0, "GT", "", what + (f" ({count} records in all)" if count > 1 else ""))
            for what, count in self._faults.values()
        ]

    def read(self, reader: Any, records: int) -> list[tuple[str, str]]:
        """Read all; the sites skipped, with the reason."""
        field = self._reading.field
        skipped: list[tuple[str, str]] = []
        with_field = 0
        for record in self._parsed(reader, records):
            if record.number == 0:
                refuse_gvcf(",".join(record.alternatives), self._path)
            self._fields.update(record.fields)
            with_field += field in record.fields
            if reason := self._reason_to_skip(record):
                skipped.append((site_name(*record.site, ",".join(record.alternatives)), reason))
                continue
            for alternative, row in self._dosages(record):
                self._sites.append((*record.site, alternative))
                self._rows.append(row)
            if len(self._rows) * len(self._samples) >= BLOCK_CELLS:
                self._flush()
        if not with_field:
            raise no_genotypes(field, self._fields, self._path)
        if len(skipped) == records:
            raise none_biallelic(with_field, self._path)
        self._flush()
        warn_of_filters(self._writer, self._failed, records, self._reading)
        warn_of_reads(self._writer, self._unread, self._reading)
        return skipped

    def _parsed(self, reader: Any, records: int) -> Iterator[_Record]:
        """As many records as there are."""
        number = 0
        variants = iter(reader)
        while True:
            try:
                variant = next(variants)
                site = (variant.CHROM, variant.POS, variant.ID or "", variant.REF)
                record = _Record(number, variant, site, variant.ALT, variant.FORMAT)
            except StopIteration:
                break
            except UnicodeDecodeError:
                raise self._error(number, "the text is not UTF-8.", "Save the file as UTF-8.") from None
            except Exception:  # cyvcf2 raises the bare class
                raise self._refused(number) from None
            yield record
            number += 1
        if number != records:
            raise self._refused(number)

    def _reason_to_skip(self, record: _Record) -> str:
        """Why a site is not read; empty where it is."""
        reading, failed = self._reading, record.variant.FILTER
        if failed is not None:
            self._failed[failed.encode()] += 1
            if reading.filter == "pass":
                return f"{FAILED} {failed}"
        if reading.field not in record.fields:
            return f"no {reading.field}"
        several = len(record.alternatives) > 1
        skip = several and (reading.multiallelic == "skip" or reading.field != "GT")
        return f"{1 + len(record.alternatives)} alleles" if skip else ""

    def _dosages(self, record: _Record) -> Iterator[tuple[str, np.ndarray]]:
        """Each ALT that is read, and the dosages of it."""
        field, variant = self._reading.field, record.variant
        try:
            values = variant.genotype.array() if field == "GT" else variant.format(field)
        except Exception:  # e.g. where the header declares GT a number
            raise self._refused(record.number) from None
        targets = record.alternatives or [""]
        if self._reading.multiallelic == "first":
            targets = targets[:1]
        if field != "GT":
            yield targets[0], self._estimates(record.number, values)
            return
        unread = self._without_reads(record, values)
        for target, alternative in enumerate(targets, start=1):
            row = self._counts(record.number, values[:, :-1], len(record.alternatives), target)
            if unread is not None and self._reading.no_reads == "missing":
                row[unread] = MISSING
            yield alternative, row

    def _flush(self) -> None:
        if self._rows:
            self._writer.add(variant_table(*zip(*self._sites, strict=True)), np.stack(self._rows))
            self._sites, self._rows = [], []

    def _without_reads(self, record: _Record, values: np.ndarray) -> np.ndarray | None:
        """(n,) bool, calls of REF whose fields about reads hold nothing but zeros; None where none does."""
        fields = record.fields
        if "DP" not in fields or not {"DS", "GP", "HDS"}.isdisjoint(fields):
            return None
        found, zero = (values[:, :-1] == 0).all(axis=1), np.zeros(len(values), bool)
        for name in ("DP", "AD", "GQ", "PL"):
            if name in fields and found.any():
                number = record.variant.format(name)  # below zero where missing
                found &= (number <= 0).all(axis=1)
                zero |= (number == 0).any(axis=1)
        found &= zero
        self._unread += int(found.sum())
        return found if found.any() else None

    def _counts(self, record: int, alleles: np.ndarray, alternatives: int, target: int) -> np.ndarray:
        """(n,) dosages of one ALT from (n, k) allele numbers; -1 missing, -2 absent."""
        ploidy, first = self._reading.ploidy, self._reading.multiallelic == "first"
        at = np.array([alternatives])
        (counts,), (faults,) = count_alleles(alleles[None], at, target, ploidy, first)
        if (faults == BEYOND).any():
            sample = int(np.argmax(faults == BEYOND))
            what = f"{self._samples[sample]} has allele {alleles[sample].max()}, which ALT lacks."
            self._pass_over("allele", record, what, "Correct ALT or the call.")
        if (faults == ODD).any():
            sample = int(np.argmax(faults == ODD))
            present = np.count_nonzero(alleles[sample] != ABSENT)
            what = f"the call of {self._samples[sample]} has {present} alleles, not `ploidy: {ploidy}`."
            remedy = "Set `ploidy` of the dataset, or set such calls to missing."
            self._pass_over("ploidy", record, what, remedy)
        if record in self._empty:
            counts[self._empty[record]] = MISSING
        return counts

    def _pass_over(self, kind: str, record: int, what: str, remedy: str) -> None:
        """Take note of a fault that makes calls missing; strict reading stops."""
        if self._reading.strict:
            raise self._error(record, what, remedy)
        first, count = self._faults.get(kind, (f"record {record + 1}: {what}", 0))
        self._faults[kind] = first, count + 1

    def _estimates(self, record: int, values: np.ndarray) -> np.ndarray:
        """(n,) dosages from (n, 1) DS or (n, ploidy + 1) GP."""
        ploidy = self._reading.ploidy
        width = 1 if self._reading.field == "DS" else ploidy + 1
        if values.shape[1] != width or values.dtype.kind != "f":
            raise self._error(record, f"{self._reading.field} is not valid.", "Look at the record.")
        dosages = values[:, 0] if width == 1 else values @ np.arange(width)
        if ((dosages < -0.01) | (dosages > ploidy + 0.01)).any():
            raise self._error(record, f"{self._reading.field} is out of range.", "Look at the record.")
        return np.clip(dosages, 0, ploidy).astype(np.float32)

    def _refused(self, record: int) -> UserError:
        return self._error(
            record, "htslib cannot parse the record.", "Correct the record or write the file again."
        )

    def _error(self, record: int, what: str, remedy: str) -> UserError:
        return UserError(f"record {record + 1}: {what}", file=self._path, remedy=remedy)


def _walk(path: str | Path, header: list[bytes], samples: list[str]) -> tuple[int, dict[int, np.ndarray]]:
    """Step from record to record by their lengths, up to the very end of the file.

    Returns
    -------
    records
        How many there are.
    empty
        By record, (n,) bool: samples whose call holds no allele, which htslib takes for one.
    """
    records = 0
    empty: dict[int, np.ndarray] = {}
    key, numbers = _number_of(b"GT", header), _numbers_expected(header)
    with open_bytes(path) as handle:
        read_exactly(handle, struct.unpack("<I", read_exactly(handle, 9, path)[5:])[0], path)
        while start := handle.read(8):
            if len(start) < 8:
                raise UserError(
                    f"the file is truncated after record {records}.", file=path, remedy="Copy it again."
                )
            shared, individual = struct.unpack("<2I", start)
            about = read_exactly(handle, shared, path)
            try:
                fields = read_exactly(handle, individual, path)
                calls = _calls(about, fields, key, len(samples), numbers)
            except (struct.error, ValueError, IndexError, KeyError):
                raise UserError(
                    f"record {records + 1}: its lengths or types do not agree.",
                    file=path,
                    remedy="Copy it again.",
                ) from None
            if struct.unpack("<i", about[4:8])[0] < -1:  # counted from 0; before the first base is position 0
                raise UserError(
                    f"record {records + 1}: its position is below zero.", file=path, remedy="Write it again."
                )
            if calls is not None:
                end = _ENDS[calls.dtype.itemsize]
                negative = ((calls < 0) & (calls > end)).any(axis=1)
                if negative.any():
                    raise UserError(
                        f"record {records + 1}: the call of {samples[int(np.argmax(negative))]} has an "
                        "allele below zero.",
                        file=path,
                        remedy="Write the file again.",
                    )
                without: np.ndarray = np.all(calls[:, :1] <= end, axis=1)
                if without.any():
                    empty[records] = without
            records += 1
    return records, empty


#: NumPy types of integers in BCF, and by bytes the value that ends a vector; one below it is "missing".
_INTEGERS: dict[int, np.dtype[Any]] = {1: np.dtype("<i1"), 2: np.dtype("<i2"), 3: np.dtype("<i4")}
_ENDS = {1: -127, 2: -32767, 4: -(2**31) + 1}

#: Bytes of a value by its type: none, integers of three sizes, a float, a character.
_SIZES = {0: 0, 1: 1, 2: 2, 3: 4, 5: 4, 7: 1}
_TEXT = 7


def _number_of(name: bytes, header: list[bytes]) -> int:
    """Number of a key in the dictionary of a BCF: its ``IDX``, or its place in the header after ``PASS``."""
    numbers = {b"PASS": 0}
    for line in header:
        found = re.match(rb"##(?:FILTER|INFO|FORMAT)=<.*?\bID=([^,>]+)", line)
        if found and found[1] not in numbers:
            told = re.search(rb"\bIDX=(\d+)", line)
            numbers[found[1]] = int(told[1]) if told else len(numbers)
    return numbers.get(name, -1)


def _numbers_expected(header: list[bytes]) -> set[int]:
    """Numbers of the keys of FORMAT that are numbers; htslib ends the process where one of them is text."""
    declared = (re.match(rb"##FORMAT=<.*?\bID=([^,>]+).*?\bType=(\w+)", line) for line in header)
    found = [one for one in declared if one and (one[1] == b"GT" or one[2] in (b"Integer", b"Float"))]
    return {_number_of(one[1], header) for one in found}


def _calls(about: bytes, individual: bytes, key: int, n: int, numbers: Collection[int]) -> np.ndarray | None:
    """The values (n, k) of GT in a record, as BCF has them; None where it has none.

    Raises ValueError, struct.error, IndexError or KeyError where the fields do not fill the record, or one
    of ``numbers`` is text.
    """
    fields = about[23]
    if int.from_bytes(about[20:23], "little") != n:
        raise ValueError("another number of samples")
    at, calls = 0, None
    for _ in range(fields):
        number, at = _integer(individual, at)
        kind, count, at = _typed(individual, at)
        end = at + n * count * _SIZES[kind]
        if end > len(individual):
            raise ValueError("a field is longer than the record")
        if kind == _TEXT and number in numbers:
            raise ValueError("a field of numbers is text")
        if number == key and kind in (0, *_INTEGERS):
            values = np.frombuffer(individual[at:end], dtype=_INTEGERS.get(kind, _INTEGERS[1]))
            calls = values.reshape(n, count if kind else 0)
        at = end
    if at != len(individual):
        raise ValueError("bytes are left")
    return calls


def _typed(data: bytes, at: int) -> tuple[int, int, int]:
    """Type and number of values, and where these begin."""
    kind, count = data[at] & 15, data[at] >> 4
    at += 1
    if count == 15:
        count, at = _integer(data, at)
    return kind, count, at


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """A typed integer, and where it ends."""
    dtype = _INTEGERS[data[at] & 15]
    end = at + 1 + dtype.itemsize
    if end > len(data):
        raise ValueError("an integer is cut off")
    return int.from_bytes(data[at + 1 : end], "little", signed=True), end
