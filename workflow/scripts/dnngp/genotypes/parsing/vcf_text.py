"""VCF to dosages: one pass over the text, compiled, strict about every line.

The file is inflated and cut into parts of whole lines; each part is scanned by
:mod:`dnngp.genotypes.parsing.vcf_scan`
into rows of the store, several at a time where there are threads; then, in the order of the file, faults are
told, what the rules of :mod:`dnngp.genotypes.parsing.vcf_rules` have to say is counted, and the rows are
handed to the
store. Nothing depends on where a part ends, so that the result is the same for any number of threads.
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa

from dnngp.base.errors import UserError
from dnngp.base.files import decoded, refuse_long_line
from dnngp.base.seeds import file_sha256
from dnngp.genotypes.parsing import vcf_scan
from dnngp.genotypes.parsing.bgzf import Text, in_order, text_parts
from dnngp.genotypes.parsing.format import Reading, Sink
from dnngp.genotypes.parsing.site_warnings import FAILED, warn_of_filters, warn_of_reads
from dnngp.genotypes.parsing.sites import site_name
from dnngp.genotypes.parsing.vcf_header import (
    VCF_COLUMNS,
    first_record,
    no_genotypes,
    none_biallelic,
    refuse_gvcf,
    vcf_samples,
)
from dnngp.genotypes.parsing.vcf_rules import Breach, Format, Header
from dnngp.genotypes.store import VARIANT_COLUMNS, Genotypes, GenotypesWriter, defect_table, skipped_table

#: Largest position of the specification's integers, and of htslib's.
LAST_POSITION = 2**31 - 2

#: Lines whose ID, QUAL, FILTER and INFO are judged: enough to see what a program does wrong, at a bounded
#: price.
LINES_JUDGED = 10_000

#: Cells whose fields must have as many values as the header declares: the first, at a bounded price.
CELLS_JUDGED = 10_000

#: Different defects that are listed; the rest is counted.
DEFECTS = 10_000

#: Bit of ``look``: the rules found the alleles of the line unusable.
UNUSABLE = 128

_COLUMN_OF_FAULT = {
    vcf_scan.BAD_CHROM: 0,
    vcf_scan.BAD_POS: 1,
    vcf_scan.BAD_REF: 3,
    vcf_scan.BAD_ALT: 4,
}

#: Arrays of a value a line that the scan fills, after the one of the columns, in its order.
_OF_LINES = {
    "pos": np.int64,
    "status": np.uint8,
    "fault": np.uint8,
    "where": np.int32,
    "look": np.uint8,
    "begins": np.uint8,
    "alternatives": np.int32,
    "format": np.int32,
    "unread": np.int32,
    "name": np.int64,
}

_KINDS = {"GT": vcf_scan.COUNT, "DS": vcf_scan.DOSE, "GP": vcf_scan.PROBABILITIES}


def read_vcf(path: str | Path, reading: Reading, sink: Sink) -> Genotypes:
    """Read a VCF: plain, gzip or bgzip.

    Parameters
    ----------
    path
        The file; it is read as what it holds, whatever its name.
    reading
        ``ploidy`` is the number of alleles of a full call; ``field``, ``multiallelic`` and ``strict`` as in
        :class:`dnngp.genotypes.parsing.format.Reading`.
    sink
        Where the genotypes go; the result does not depend on its ``threads``.

    Returns
    -------
    Genotypes
        Dosage = number of ALT alleles, phased or not (int8). A call with a missing allele (``./1``) is
        missing. A call of one allele counts as homozygous, as plink2 has it (``1`` is ``1/1``). With
        ``field`` DS or GP, the estimate or the mean of the probabilities (float32). Sites without the field
        and, unless split, those of more than two alleles are listed in ``skipped``.

    Raises
    ------
    UserError
        If the file is truncated, damaged or no VCF, holds no samples, no variants, no usable site or no such
        field at all; and, if strict, for the first defect that touches the genotypes.
    """
    threads = sink.threads
    pool = ThreadPoolExecutor(threads) if threads > 1 else nullcontext()
    with pool as executor:
        parts = text_parts(path)
        header, first = _header(parts, path)
        samples = vcf_samples(enumerate(header, start=1), path)
        lines = enumerate(bytes(first.data[first.begin : first.end]).splitlines()[:1])
        refuse_gvcf(first_record(lines).alt, path)
        rules = Header.of(header)
        source = {"path": Path(path).name, "format": "vcf"}
        digest = executor.submit(file_sha256, path) if executor else None
        scanner = _Scanner(len(samples), rules, reading, path)
        account = _Account(samples, rules, reading, path, len(header))
        spare: list[_Space] = []
        with sink.writer(samples, reading.ploidy, source) as writer:
            jobs = _jobs(first, parts, spare, account, (scanner, account, writer))
            for space in in_order(jobs, executor, 2 * threads):
                spare.append(space)
            if rest := account.unended.result():
                account.take_last(rest, scanner, writer)
            account.finish(writer.n_variants, scanner)
            account.warn(writer)
            source["sha256"] = digest.result() if digest else file_sha256(path)
            return writer.close(skipped_table(account.skipped), account.defects())


class _Space(Text):
    """Text, and arrays for what is found in its lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = -1
        self.names = np.empty(0, np.uint8)

    def make_arrays(self, lines: int, n: int, kind: int) -> None:
        """Arrays for so many lines of n samples."""
        if len(self.names) < len(self.data):
            self.names = np.empty(len(self.data), np.uint8)
        if lines <= self.lines:
            return
        self.lines = lines
        counts = kind == vcf_scan.COUNT
        self.dosages = np.empty((lines if counts else 0, n), np.int8)
        self.reals = np.empty((0 if counts else lines, n), np.float32)
        self.fixed = np.empty((lines, 11), np.int64)
        self.arrays = [self.fixed, *(np.empty(lines, dtype) for dtype in _OF_LINES.values())]


def _header(parts: Iterator[Callable[[Text], None]], path: str | Path) -> tuple[list[bytes], _Space]:
    """Lines of the header, and the part in which it ends, from there on."""
    lines: list[bytes] = []
    text = b""
    part = _Space()
    for fill in parts:
        fill(part)
        while (end := part.data.find(b"\n", part.begin, part.end)) >= 0:
            line = (text + part.data[part.begin : end]).rstrip(b"\r")
            lines.append(line)
            text = b""
            part.begin = end + 1
            if not line.startswith(b"##") or b"\0" in line:
                vcf_samples(enumerate(lines, start=1), path)
                return lines, part
        text += bytes(part)
        refuse_long_line(len(text), path)
        part.begin = part.end
    if text:
        lines.append(text)
    # Without a #CHROM line, or without its end: this says what is wrong.
    vcf_samples(enumerate(lines, start=1), path)
    return lines, part


@dataclass
class _Handover:
    """What a part of the file gets from the part before, and gives to the next."""

    #: The begin of its first line.
    begin: Future[bytes] = field(default_factory=Future)
    #: Done when all before is accounted for and stored.
    turn: Future[None] = field(default_factory=Future)


def _jobs(
    first: _Space,
    parts: Iterator[Callable[[Text], None]],
    spare: list[_Space],
    account: _Account,
    readers: tuple[Any, ...],
) -> Iterator[tuple[Callable[..., _Space], tuple[Any, ...]]]:
    """Calls of :func:`_read_part`, one for each part."""
    before = _Handover()
    before.begin.set_result(b"")
    before.turn.set_result(None)
    for fill in chain([None], parts):
        space = first if fill is None else spare.pop() if spare else _Space()
        after = _Handover()
        account.unended = after.begin
        yield _read_part, (space, fill, before, after, *readers)
        before = after


def _read_part(
    space: _Space,
    fill: Callable[[Text], None] | None,
    before: _Handover,
    after: _Handover,
    scanner: _Scanner,
    account: _Account,
    writer: GenotypesWriter,
) -> _Space:
    """Fetch a part of the text and scan its lines; when it is its turn, account for them and store the rows.

    Parts are begun in order, so that none waits for one that was not begun.

    Parameters
    ----------
    space
        Holds the part, or is to be filled with it by ``fill``.
    """
    try:
        if fill:
            fill(space)
        end = space.data.rfind(b"\n", space.begin, space.end) + 1
        if end:
            after.begin.set_result(bytes(space.data[end : space.end]))
            space.end = end
            space.prepend(before.begin.result())
        else:
            unended = before.begin.result()
            refuse_long_line(len(unended) + len(space), account.path)
            after.begin.set_result(unended + bytes(space))
            space.end = space.begin
        part = scanner.scan(space)
        before.turn.result()
        place = account.take(part, scanner, writer)
        after.turn.set_result(None)
        writer.fill(place, part.dosages)
    except BaseException as error:
        for future in (after.begin, after.turn):
            if not future.done():
                future.set_exception(error)
        raise
    return space


@dataclass
class _Part:
    """Some lines, scanned: the arrays of :func:`dnngp.genotypes.parsing.vcf_scan.scan`, and rows for the
    store.

    Attributes
    ----------
    rows
        (k,) int64, the line of each row for the store: those that are kept, once for every ALT that is.
    dosages, variants
        (k, n) values, and a table with the columns of :class:`dnngp.genotypes.store.Genotypes`.
    not_text
        Lines with a name that is not UTF-8.
    """

    space: _Space
    dosages: np.ndarray
    fixed: np.ndarray
    pos: np.ndarray
    status: np.ndarray
    fault: np.ndarray
    where: np.ndarray
    look: np.ndarray
    begins: np.ndarray
    alternatives: np.ndarray
    format: np.ndarray
    unread: np.ndarray
    name: np.ndarray
    rows: np.ndarray = field(init=False)
    variants: pa.RecordBatch = field(init=False)
    not_text: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.rows = np.flatnonzero(self.status == vcf_scan.KEPT)

    def cell(self, line: int, column: int) -> bytes:
        """Text of a fixed column, 0-based."""
        start, end = self.fixed[line, column : column + 2]
        return bytes(self.space.data[start : end if column == 8 else end - 1])

    def cells(self, line: int) -> list[bytes]:
        """Texts of the samples' cells."""
        text = bytes(self.space.data[self.fixed[line, 9] + 1 : self.fixed[line, 10]])
        return text.removesuffix(b"\r").split(b"\t")


class _Scanner:
    """Scans parts; knows the FORMAT columns met so far, which threads share."""

    def __init__(self, n: int, rules: Header, reading: Reading, path: str | Path) -> None:
        self.n, self.rules, self.reading, self.path = n, rules, reading, path
        self.formats: list[Format] = []
        self._texts: list[bytes] = []
        self._lock = threading.Lock()
        self._known = self._arrays()

    def scan(self, space: _Space) -> _Part:
        """Scan whole lines and make rows of them."""
        reading = self.reading
        kind = _KINDS[reading.field]
        # No line is shorter than this; a file that has such lines all the same is counted.
        space.make_arrays(len(space) // (2 * self.n + 16) + 1, self.n, kind)
        at, done, rows, free = space.begin, 0, 0, 0
        while at < space.end:
            found, more, at, free = vcf_scan.scan(
                space.bytes, space.words, at, space.end, self.n, kind, self.rules.version >= 4,
                reading.ploidy, reading.multiallelic != "skip", reading.multiallelic == "first",
                vcf_scan.CLASSES, vcf_scan.BASES, *self._known,
                reading.no_reads == "missing",
                *(array[done:] for array in space.arrays), space.dosages[rows:], space.reals[rows:],
                space.names, free,
            )  # fmt: skip
            done, rows = done + found, rows + more
            if at < space.end and done == space.lines:
                space.make_arrays(space.data.count(b"\n", space.begin, space.end), self.n, kind)
                at, done, rows, free = space.begin, 0, 0, 0
            elif at < space.end:
                self._learn(bytes(space.data[space.fixed[done, 8] : space.fixed[done, 9]]))
        dosages = space.dosages if kind == vcf_scan.COUNT else space.reals
        part = _Part(space, dosages[:rows], *(array[:done] for array in space.arrays))
        self._make_table(part)
        return part

    def _make_table(self, part: _Part) -> None:
        """Rows and table of the lines that are kept."""
        text = part.space.names
        fixed = part.fixed[part.rows]
        fixed += (part.name[part.rows] - fixed[:, 0])[:, None]
        starts, ends = fixed[:, [0, 2, 3, 4]], fixed[:, [1, 3, 4, 5]] - 1
        several = np.flatnonzero(part.alternatives[part.rows] > 1)
        if len(several):
            starts, ends = self._unfold(part, starts, ends, several)
        # A dot is no name and no allele.
        for column in (1, 3):
            dots = (ends[:, column] - starts[:, column] == 1) & (text[starts[:, column]] == vcf_scan.DOT)
            ends[dots, column] -= 1
        columns = [_texts(text, starts[:, column], ends[:, column]) for column in range(4)]
        part.not_text = part.rows[np.concatenate([_not_text(column) for column in columns])]
        chrom, id, ref, alt = columns
        pos = pa.array(part.pos[part.rows])
        part.variants = pa.record_batch([chrom, pos, id, ref, alt], names=VARIANT_COLUMNS)

    def _unfold(
        self, part: _Part, starts: np.ndarray, ends: np.ndarray, several: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """One row for every ALT of the sites that have several, or for the first of them."""
        copies = np.ones(len(part.rows), np.int64)
        if self.reading.multiallelic == "split":
            copies[several] = part.alternatives[part.rows[several]]
        first = np.cumsum(copies) - copies
        source = np.repeat(np.arange(len(part.rows)), copies)
        starts, ends, part.dosages = starts[source], ends[source], part.dosages[source]
        for row in several:
            line, at = int(part.rows[row]), int(starts[first[row], 3])
            for number, allele in enumerate(part.cell(line, 4).split(b",")[: copies[row]]):
                place = first[row] + number
                starts[place, 3], ends[place, 3] = at, at + len(allele)
                at += len(allele) + 1
                if number:
                    part.dosages[place] = self._row_of(part, line, number + 1)
        part.rows = part.rows[source]
        return starts, ends

    def _learn(self, format: bytes) -> None:
        with self._lock:
            if format not in self._texts:
                self.formats.append(self.rules.format(format))
                self._texts.append(format)
                self._known = self._arrays()

    def _arrays(self) -> tuple[np.ndarray, ...]:
        """The FORMAT columns as the scan wants them."""
        field = self.reading.field
        widest = max((len(format.types) for format in self.formats), default=1)
        types = np.zeros((len(self.formats), widest), np.int8)
        for row, format in zip(types, self.formats, strict=True):
            row[: len(format.types)] = format.types
        keys = [format.keys for format in self.formats]
        return (
            np.frombuffer(b"".join(self._texts) or b" ", np.uint8),
            np.cumsum([0, *map(len, self._texts)]),
            np.array([names.index(field) if field in names else -1 for names in keys], np.int64),
            np.array(list(map(len, keys)), np.int64),
            types,
            np.array([_tell_reads(names) for names in keys], np.bool_),
        )

    def _row_of(self, part: _Part, line: int, target: int) -> np.ndarray:
        """Dosages of the ``target``-th ALT of a line."""
        format = self.formats[part.format[line]]
        row, real = np.empty(self.n, np.int8), np.empty(0, np.float32)
        vcf_scan.scan_cells(
            part.space.bytes, part.space.words, part.fixed[line, 9] + 1, self.n,
            format.keys.index("GT"), np.array(format.types, np.int8), len(format.keys), vcf_scan.COUNT,
            self.rules.version >= 4, int(part.alternatives[line]), self.reading.ploidy, target, False,
            vcf_scan.CLASSES, row, real,
            _tell_reads(format.keys) and format.keys[0] == "GT",
            self.reading.no_reads == "missing",
        )  # fmt: skip
        return row


def _tell_reads(keys: list[str]) -> bool:
    """Whether the fields of a FORMAT tell that a call has no reads; after imputation they do not matter."""
    return not {"DP", "AD", "PL"}.isdisjoint(keys) and {"DS", "GP", "HDS"}.isdisjoint(keys)


def _form(cell: bytes) -> tuple[int, int]:
    """How many separators of fields and of alleles a cell of a sample has."""
    return cell.count(b":"), len(re.findall(rb"[/|]", cell.partition(b":")[0]))


def _texts(text: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> pa.LargeStringArray:
    """Texts as an Arrow array, without a Python object each; they may not be UTF-8."""
    offsets = np.empty(len(starts) + 1, np.int64)
    data = np.empty(int((ends - starts).sum()), np.uint8)
    vcf_scan.pack(text, starts, ends, offsets, data)
    return pa.LargeStringArray.from_buffers(len(starts), pa.py_buffer(offsets), pa.py_buffer(data))


def _not_text(column: pa.LargeStringArray) -> np.ndarray:
    """Numbers of the texts that are not UTF-8."""
    bad: list[int] = []
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        for number, text in enumerate(column.cast(pa.large_binary()).to_pylist()):
            try:
                text.decode()
            except UnicodeDecodeError:
                bad.append(number)
    return np.array(bad, np.int64)


class _Account:
    """What was met, in the order of the file."""

    def __init__(
        self, samples: list[str], rules: Header, reading: Reading, path: str | Path, header_lines: int
    ) -> None:
        self.samples, self.rules, self.reading, self.path = samples, rules, reading, path
        self.skipped: list[tuple[str, str]] = []
        self._failed: Counter[bytes] = Counter()
        self._unread = 0
        self.unended: Future[bytes] = Future()
        self._line = header_lines
        self._records = self._fields = self._looked = self._other_ploidy = 0
        self._first_other_ploidy: tuple[int, str, str] | None = None
        self._blank = self._cells_judged = 0
        self._formats: set[int] = set()
        self._chromosomes: set[str] = set()
        self._chromosome = b""
        self._position = -1
        self._last = (b"", b"")
        self._alleles: set[tuple[bytes, bytes]] = set()
        self._alleles_at = -1
        self._alternatives: set[tuple[bytes, bytes]] = set()
        self._defects: dict[tuple[str, str], list[Any]] = {}
        self._further = 0
        for line, breach in rules.breaches:
            self._note(line, "", breach)

    def take(self, part: _Part, scanner: _Scanner, writer: GenotypesWriter) -> int:
        """Tell the faults of a part, judge what is to be looked at, and find where its rows go."""
        order = self._order(part)
        failed = ((part.look & vcf_scan.LOOK_FILTER) != 0) & (part.status != vcf_scan.NO_RECORD)
        self._failed.update(part.cell(line, 6) for line in map(int, np.flatnonzero(failed)))
        self._unread += int(part.unread[part.status == vcf_scan.KEPT].sum())
        if self._looked >= LINES_JUDGED:
            part.look &= vcf_scan.LOOK_ALT | vcf_scan.LOOK_REF
        new_formats = {}
        if len(scanner.formats) > len(self._formats):
            used, lines = np.unique(part.format, return_index=True)
            new_formats = {
                int(line): int(format)
                for format, line in zip(used, lines, strict=True)
                if format >= 0 and format not in self._formats
            }
        attention = (part.fault != vcf_scan.GOOD) | (part.look != 0) | (part.begins != 0) | (order != 0)
        attention |= part.pos > LAST_POSITION
        attention[: max(0, (CELLS_JUDGED - self._cells_judged) // len(self.samples) + 1)] = True
        attention[list(new_formats)] = True
        if self._blank or (part.fault == vcf_scan.BLANK).any():
            attention[:] = True
        dropped = np.zeros(len(part.pos), bool)
        for line in map(int, np.flatnonzero(attention)):
            dropped[line] = self._judge(part, line, int(order[line]), new_formats, scanner)
        if self.reading.filter == "all":
            failed[:] = False
        place = self._place(part, dropped, failed, writer)
        self._records += int((part.status != vcf_scan.NO_RECORD).sum())
        self._fields += int(np.isin(part.status, (vcf_scan.KEPT, vcf_scan.SEVERAL_ALLELES)).sum())
        self._line += len(part.pos)
        if len(part.pos) and part.status[-1] != vcf_scan.NO_RECORD:
            self._last = (part.cell(-1, 3).upper(), part.cell(-1, 4).upper())
        return place

    def take_last(self, text: bytes, scanner: _Scanner, writer: GenotypesWriter) -> None:
        """Take a line without a line break, which is whole if its last cell has the form of the others.

        Raises
        ------
        UserError
            If it is not, or holds too few cells: the file is truncated.
        """
        *cells, last = text.rstrip(b"\r").split(b"\t")
        whole = len(cells) + 1 == len(VCF_COLUMNS) + len(self.samples)
        form = max(map(_form, cells[len(VCF_COLUMNS) :]), default=(0, 0))
        if not whole or (_form(last) < form and not last.startswith(b".")):
            raise UserError(
                "the last line is not whole; the file is truncated.",
                file=self.path,
                line=self._line + 1,
                remedy="Copy it again.",
            )
        writer.warn(f"the last line ({self._line + 1}) has no line break; it is whole, the file may not be.")
        space = _Space()
        space.put(text + b"\n")
        part = scanner.scan(space)
        writer.fill(self.take(part, scanner, writer), part.dosages)

    def warn(self, writer: GenotypesWriter) -> None:
        """Say what a user should know of calls and sites that are read as they stand."""
        warn_of_reads(writer, self._unread, self.reading)
        warn_of_filters(writer, self._failed, self._records, self.reading)

    def finish(self, kept: int, scanner: _Scanner) -> None:
        """Say why there is nothing, if there is nothing."""
        if not self._records:
            raise UserError(
                "the file holds no variants.", file=self.path, remedy="Export it again, with its records."
            )
        if not self._fields:
            there = {key for format in scanner.formats for key in format.keys}
            raise no_genotypes(self.reading.field, there, self.path)
        if self._first_other_ploidy and 2 * self._other_ploidy > self._fields:
            line, column, what = self._first_other_ploidy
            raise UserError(
                f"{what}; so in {self._other_ploidy} of {self._fields} sites.",
                file=self.path,
                line=line,
                column=column,
                remedy="Set `ploidy` of the dataset.",
            )
        if self._blank:
            self._note(self._blank, "", Breach("CHROM", "the file ends with a blank line"))
        if not kept:
            raise none_biallelic(self._fields, self.path)

    def _order(self, part: _Part) -> np.ndarray:
        """(lines,) 1 where the position is less than the one before on the chromosome, 2 where equal."""
        before = np.concatenate([[self._position], part.pos[:-1]])
        same = part.begins == 0
        if len(same) and part.status[0] != vcf_scan.NO_RECORD:
            same[0] = part.cell(0, 0) == self._chromosome
        if len(part.pos):
            self._position = int(part.pos[-1])
        return np.where(same & (part.pos < before), 1, np.where(same & (part.pos == before), 2, 0))

    def _judge(
        self, part: _Part, line: int, order: int, new_formats: dict[int, int], scanner: _Scanner
    ) -> bool:
        """Look at one line; whether its site cannot be used."""
        number = self._line + 1 + line
        fault = int(part.fault[line])
        if fault == vcf_scan.NUL:
            what = "the line holds a NUL byte; this is not a text file."
            raise UserError(what, file=self.path, line=number)
        if part.status[line] == vcf_scan.NO_RECORD or fault == vcf_scan.HEADER_LINE:
            self._refuse_line(part, line, number)
            return True
        if self._blank:
            # Behind the last record it is harmless; before it, it may be all that is left of a record.
            self._note(self._blank, "", Breach("CHROM", "the line is blank", touches=True))
            self._blank = 0
        if part.fault[line] == vcf_scan.CELLS:
            self._refuse_width(int(part.where[line]) + 1, number)
        id = self._text(part, line, 2, number)
        if vcf_scan.GOOD < fault < vcf_scan.FIRST_OF_A_CELL:
            column = _COLUMN_OF_FAULT[fault]
            text = self._text(part, line, column, number)
            name = VCF_COLUMNS[column].lstrip("#")
            self._note(number, id, Breach(name, f"{text[:60]!r} is not valid", touches=True))
            return True
        for breach in self._breaches(part, line, order, number, scanner):
            self._note(number, id, breach)
        if line in new_formats:
            self._formats.add(new_formats[line])
            for breach in scanner.formats[new_formats[line]].breaches:
                self._note(number, id, breach)
        if fault >= vcf_scan.FIRST_OF_A_CELL:
            self._note(number, id, self._fault_of_cell(part, line, fault, scanner))
        return bool(part.look[line] & UNUSABLE)

    def _text(self, part: _Part, line: int, column: int, number: int) -> str:
        return decoded(part.cell(line, column), self.path, number)

    def _breaches(
        self, part: _Part, line: int, order: int, number: int, scanner: _Scanner
    ) -> Iterator[Breach]:
        """What the rules say of the fixed columns of a line."""
        look, rules = int(part.look[line]), self.rules
        chromosome = part.cell(line, 0)
        if chromosome != self._chromosome:
            name = decoded(chromosome, self.path, number)
            yield from rules.chromosome(name)
            if name in self._chromosomes:
                yield Breach("CHROM", f"the records of {name} do not stand together")
            self._chromosomes.add(name)
            self._chromosome = chromosome
            self._alleles = set()
        if part.pos[line] > LAST_POSITION:
            yield Breach("POS", "the position is beyond 2**31", touches=True)
        if order == 1:
            yield Breach("POS", "the position is less than the one before")
        elif order == 2:
            alleles = (part.cell(line, 3).upper(), part.cell(line, 4).upper())
            before = (part.cell(line - 1, 3).upper(), part.cell(line - 1, 4).upper()) if line else self._last
            if self._alleles_at != part.pos[line]:
                self._alleles_at = int(part.pos[line])
                self._alleles = {before}
            if alleles in self._alleles:
                yield Breach("POS", "position and alleles are there twice")
            self._alleles.add(alleles)
        if look & vcf_scan.LOOK_REF:
            yield from rules.reference(part.cell(line, 3))
        if look & vcf_scan.LOOK_ALT:
            known = (part.cell(line, 3), part.cell(line, 4))
            if known not in self._alternatives:
                found = list(rules.alternatives(*known))
                if any(breach.touches for breach in found):
                    part.look[line] |= UNUSABLE
                elif len(self._alternatives) < DEFECTS:
                    self._alternatives.add(known)
                yield from found
        if part.format[line] >= 0 and self._cells_judged < CELLS_JUDGED:
            self._cells_judged += len(self.samples)
            yield from self._values(part, line, scanner)
        if look & ~(vcf_scan.LOOK_REF | vcf_scan.LOOK_ALT):
            self._looked += 1
            if look & vcf_scan.LOOK_ID:
                yield from rules.ids_of(part.cell(line, 2))
            if look & vcf_scan.LOOK_QUAL:
                yield from rules.quality(part.cell(line, 5))
            if look & vcf_scan.LOOK_FILTER:
                yield from rules.filters(part.cell(line, 6))
            if look & vcf_scan.LOOK_INFO:
                yield from rules.info(part.cell(line, 7), int(part.alternatives[line]))

    def _values(self, part: _Part, line: int, scanner: _Scanner) -> Iterator[Breach]:
        """Whether the fields of a line have as many values as declared."""
        format = scanner.formats[part.format[line]]
        alternatives = int(part.alternatives[line])
        for sample, cell in enumerate(part.cells(line)):
            texts = cell.decode(errors="replace").split(":")
            called = texts[0] if format.keys[0] == "GT" else ""
            copies = len(re.findall(r"\d+|\.", called)) if called != "." else 0
            for key, number, text in zip(format.keys, format.numbers, texts, strict=False):
                if text in ("", ".") or not number:
                    continue
                wanted = {"A": alternatives, "R": alternatives + 1}.get(number)
                if number == "G" and copies:
                    wanted = math.comb(alternatives + copies, copies)
                elif number.isdigit():
                    wanted = int(number)
                found = text.count(",") + 1
                if wanted is not None and found != wanted:
                    what = f"{key} of {self.samples[sample]} has {found} values, not {wanted}"
                    yield Breach(str(sample + 10), what)

    def _fault_of_cell(self, part: _Part, line: int, fault: int, scanner: _Scanner) -> Breach:
        """Say what is wrong with the first defective cell of a line."""
        where = int(part.where[line])
        format = scanner.formats[part.format[line]]
        text = part.cells(line)[where].decode(errors="replace")
        values = text.split(":")
        field, sample, column = self.reading.field, self.samples[where], str(where + 10)
        position = format.keys.index(field) if field in format.keys else len(values)
        value = values[position] if position < len(values) else ""
        touches = True
        if fault == vcf_scan.CALL:
            what = f"the call of {sample} is malformed ({text})"
            # A phase behind the last allele: what version 4.4 means by it is not clear.
            touches = not (self.rules.version >= 4 and re.fullmatch(r"[/|]?([\d.]+[/|])+", value))
        elif fault == vcf_scan.ALLELE:
            # Without any ALT, some programs still write 1 for "not REF".
            touches = part.alternatives[line] > 0
            highest = max(int(allele) for allele in re.findall(r"\d+", value))
            what = f"{sample} has allele {highest}, which ALT lacks"
        elif fault == vcf_scan.PLOIDY:
            copies = len(re.split(r"[/|]", value))
            what = f"the call of {sample} has {copies} alleles, not `ploidy: {self.reading.ploidy}`"
            # Calls of another ploidy are missing; where most lines have them, finish() stops.
            self._other_ploidy += 1
            self._first_other_ploidy = self._first_other_ploidy or (self._line + 1 + line, column, what)
            touches = False
        elif fault == vcf_scan.FIELDS:
            what = f"{sample} has {len(values)} fields ({text}) where FORMAT has {len(format.keys)}"
        elif fault == vcf_scan.TEXT:
            what = f"a value of {sample} is no number ({text})"
        else:
            what = f"the {field} of {sample} is not valid ({text})"
        return Breach(column, what, touches)

    def _refuse_line(self, part: _Part, line: int, number: int) -> None:
        fault = part.fault[line]
        if fault == vcf_scan.BLANK:
            self._blank = self._blank or number
            return
        if fault == vcf_scan.HEADER_LINE:
            raise UserError(
                "a header line stands among the records.",
                file=self.path,
                line=number,
                remedy="Do not paste files together; use bcftools concat or merge.",
            )
        self._refuse_width(int(part.where[line]) + 1, number)

    def _refuse_width(self, found: int, number: int) -> NoReturn:
        width = len(VCF_COLUMNS) + len(self.samples)
        remedy = "Copy or download the file again; it may be truncated."
        if found == 1:
            remedy = "Separate the cells by tabs."
        elif found > width:
            remedy = "Write the file again."
        raise UserError(
            f"the line has {found} cells where the header has {width}.",
            file=self.path,
            line=number,
            remedy=remedy,
        )

    def _place(self, part: _Part, dropped: np.ndarray, failed: np.ndarray, writer: GenotypesWriter) -> int:
        """Find where the rows of a part go in the store, and name the sites that are skipped."""
        filled = part.status == vcf_scan.KEPT
        records = part.status != vcf_scan.NO_RECORD
        for line in map(int, np.flatnonzero(records & (~filled | dropped | failed))):
            alternatives = int(part.alternatives[line])
            reason = f"no {self.reading.field}"
            if dropped[line]:
                reason = "malformed"
            elif failed[line]:
                reason = f"{FAILED} {part.cell(line, 6).decode(errors='replace')}"
            elif part.status[line] == vcf_scan.SEVERAL_ALLELES:
                reason = f"{alternatives + 1} alleles"
            chrom, id, ref, alt = (part.cell(line, k).decode(errors="replace") for k in (0, 2, 3, 4))
            id, alt = ("" if text == "." else text for text in (id, alt))
            self.skipped.append((site_name(chrom, int(part.pos[line]), id, ref, alt), reason))
        for line in part.not_text[~dropped[part.not_text]]:
            number = self._line + 1 + int(line)
            remedy = "Save the file as UTF-8."
            raise UserError("the text is not UTF-8.", file=self.path, line=number, remedy=remedy)
        stay = ~(dropped | failed)[part.rows]
        if not stay.all():
            part.variants, part.dosages = part.variants.filter(pa.array(stay)), part.dosages[stay]
        return writer.reserve(part.variants, part.dosages) if stay.any() else 0

    def defects(self) -> pd.DataFrame:
        """What was noted, by the line where it first occurred."""
        rows = []
        for (column, what), (line, id, count) in self._defects.items():
            more = f" (and in {count - 1} more)" if count > 1 else ""
            rows.append((line, column, id, f"{what}{more}"))
        rows.sort(key=lambda row: row[0])
        if self._further:
            rows.append((0, "", "", f"{self._further} further defects"))
        return defect_table(rows)

    def _note(self, line: int, id: str, breach: Breach) -> None:
        """Stop at a breach that touches the genotypes, if strict; count every other."""
        if breach.touches and self.reading.strict:
            raise UserError(
                f"{breach.what}.",
                file=self.path,
                line=line,
                column=breach.column,
                remedy="Correct the file, or set `qc.strict: false` to do without what is defective.",
            )
        key = (breach.column, breach.what)
        if key in self._defects:
            self._defects[key][2] += 1
        elif len(self._defects) < DEFECTS:
            self._defects[key] = [line, id, 1]
        else:
            self._further += 1
