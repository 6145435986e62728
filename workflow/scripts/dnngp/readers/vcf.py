"""VCF and BCF to dosages: htslib (through cyvcf2) reads the calls, our own pass over the file is strict.

htslib lets pass what would change the data without a word: a file truncated between two blocks, lines with
too many cells, alleles that do not exist. So every file is first walked once, in text or binary records,
before a single call is believed. A VCF's faults are told with their line, those of a BCF with their record.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from dnngp.errors import UserError
from dnngp.genotypes import MISSING, Genotypes, GenotypesWriter, skipped_table, variant_table
from dnngp.headers import (
    VCF_COLUMNS,
    bcf_header,
    decoded,
    genotype_format,
    open_bytes,
    raw_lines,
    read_exactly,
    vcf_samples,
)
from dnngp.readers.options import Reading
from dnngp.seeds import file_sha256

#: Alleles held at once while calls are turned into dosages.
BLOCK_ALLELES = 2_000_000

#: cyvcf2's code for the alleles that a call of lower ploidy does not have; -1 is a missing allele.
_ABSENT = -2

#: Largest position that htslib stores without wrapping around.
LAST_POSITION = 2**31 - 2

_CHROM = re.compile(rb"[^\s,<>=]+|<[^\s<>]+>")
_POS = re.compile(rb"[0-9]+")
_REF = re.compile(rb"[ACGTNRYSWKMBDHVacgtnryswkmbdhv]+")
_ALT = re.compile(rb"\.|[^\s,]+(,[^\s,]+)*")
_CALL = re.compile(rb"[0-9.]+([/|][0-9.]+)*")


@dataclass(frozen=True)
class _Walk:
    """What the strict pass found: the samples, the number of records, the line of the first (0 in BCF),
    and the line where each chromosome first occurs (none in BCF).
    """

    samples: list[str]
    records: int
    first_line: int
    chromosomes: dict[bytes, int]

    def error(self, record: int, what: str, remedy: str, path: str | Path) -> UserError:
        """The error for the 0-based ``record``: by its line, or by its number in a BCF."""
        if self.first_line:
            return UserError(what, file=path, line=self.first_line + record, remedy=remedy)
        return UserError(f"record {record + 1}: {what}", file=path, remedy=remedy)


def read_vcf(path: str | Path, reading: Reading, folder: str | Path | None = None) -> Genotypes:
    """Read the biallelic sites of a VCF (plain, gzip, bgzip) or BCF.

    Parameters
    ----------
    path
        The file; it is read as what it holds, whatever its name.
    reading
        ``ploidy`` is the number of alleles of a full call.
    folder
        See :class:`dnngp.genotypes.GenotypesWriter`.

    Returns
    -------
    Genotypes
        Dosage = number of ALT alleles, phased or not. A call with a missing allele (``./1``) is missing. A
        call of one allele counts as homozygous, as plink2 has it (``1`` is ``1/1``). Sites of more than two
        alleles or without GT are listed in ``skipped``.

    Raises
    ------
    UserError
        If the file is truncated, damaged or malformed where genotypes depend on it, holds no samples, no
        variants, no biallelic site or no GT at all, or a call whose number of alleles is neither one nor
        ``ploidy``.
    """
    import cyvcf2

    kind, ploidy = genotype_format(path), reading.ploidy
    walk = _walk_bcf(path) if kind == "bcf" else _walk_vcf(path)
    if walk.records == 0:
        raise UserError("the file holds no variants.", file=path, remedy="Export it again, with its records.")
    try:
        reader = cyvcf2.VCF(str(path))
    except Exception as error:  # OSError of several kinds, and the bare class
        raise UserError(f"htslib cannot read the header ({error}).", file=path) from None
    try:
        _declare(reader, walk, path)
        return _dosages(reader, walk, path, ploidy, kind, folder)
    finally:
        reader.close()


def _declare(reader: Any, walk: _Walk, path: str | Path) -> None:
    """Add the chromosomes that the header lacks.

    Without it, cyvcf2 hands out a malformed record of such a chromosome as if it were whole, and reading its
    fields ends the process.
    """
    declared = set(reader.seqnames)
    lacking = {}
    for chromosome, line in walk.chromosomes.items():
        name = decoded(chromosome, path, line)
        if name not in declared:
            reader.add_to_header(f"##contig=<ID={name}>")
            lacking[name] = line
    for name in lacking.keys() - set(reader.seqnames):
        raise UserError(f"{name!r} is not valid.", file=path, line=lacking[name], column="CHROM")


def _dosages(
    reader: Any, walk: _Walk, path: str | Path, ploidy: int, kind: str, folder: str | Path | None
) -> Genotypes:
    n = len(walk.samples)
    dosages = np.empty((walk.records, n), np.int8)
    block = _Block(max(1, BLOCK_ALLELES // (n * ploidy)), walk, path, ploidy)
    sites: list[tuple[str, int, str, str, str]] = []
    skipped: list[tuple[str, str]] = []
    has_calls = False
    for record, variant in enumerate(_variants(reader, walk, path)):
        try:
            chrom, pos, name, ref = variant.CHROM, variant.POS, variant.ID or "", variant.REF
            alternatives, fields = variant.ALT, variant.FORMAT
        except UnicodeDecodeError:
            raise walk.error(record, "the text is not UTF-8.", "Save the file as UTF-8.", path) from None
        has_gt = "GT" in fields
        has_calls |= has_gt
        if not has_gt or len(alternatives) > 1:
            reason = f"{1 + len(alternatives)} alleles" if has_gt else "no GT"
            skipped.append((name or f"{chrom}:{pos}:{ref}:{','.join(alternatives)}", reason))
            continue
        try:
            alleles = variant.genotype.array()
        except Exception:  # cyvcf2 raises the bare class, e.g. where the header declares GT a number
            raise _refused(path, walk, record) from None
        block.add(record, alleles[:, :-1], len(alternatives))
        sites.append((chrom, pos, name, ref, alternatives[0] if alternatives else ""))
        if block.full:
            block.write(dosages, len(sites))
    block.write(dosages, len(sites))
    if not has_calls:
        raise UserError("no record has genotypes (GT).", file=path, remedy="Export the VCF with GT.")
    if not sites:
        raise UserError(
            f"none of the {walk.records} sites with genotypes is biallelic.",
            file=path,
            remedy="Split multi-allelic sites, e.g. with bcftools norm -m-any.",
        )
    source = {"path": Path(path).name, "sha256": file_sha256(path), "format": kind}
    writer = GenotypesWriter(walk.samples, ploidy, source, folder)
    writer.add(variant_table(*zip(*sites, strict=True)), dosages[: len(sites)])
    return writer.close(skipped_table(skipped))


class _Block:
    """Allele numbers of some variants, turned into dosages together: (ploidy, variants, n) int16."""

    def __init__(self, size: int, walk: _Walk, path: str | Path, ploidy: int) -> None:
        self._alleles = np.empty((ploidy, size, len(walk.samples)), np.int16)
        self._alternatives = np.empty(size, np.int16)
        self._records: list[int] = []
        self._walk, self._path, self._ploidy = walk, path, ploidy

    @property
    def full(self) -> bool:
        return len(self._records) == len(self._alternatives)

    def add(self, record: int, alleles: np.ndarray, alternatives: int) -> None:
        """Take the (n, k) allele numbers of one variant; -1 missing, -2 absent."""
        row = self._alleles[:, len(self._records)]
        width = alleles.shape[1]
        if width > self._ploidy:
            sample = int((alleles >= MISSING).sum(axis=1).argmax())
            self._refuse_ploidy(record, sample, width)
        row[:width] = alleles.T
        row[width:] = _ABSENT
        self._alternatives[len(self._records)] = alternatives
        self._records.append(record)

    def write(self, dosages: np.ndarray, end: int) -> None:
        """Write the dosages of the variants held into the rows before ``end``, and forget them."""
        held = len(self._records)
        if held == 0:
            return
        alleles = self._alleles[:, :held]
        beyond = alleles > self._alternatives[:held, None]
        if beyond.any():
            copy, variant, sample = np.argwhere(beyond)[0]
            what = (
                f"{self._walk.samples[sample]} has allele {alleles[copy, variant, sample]}, which ALT lacks."
            )
            raise self._walk.error(self._records[variant], what, "Correct ALT or the call.", self._path)
        counts = alleles.sum(axis=0, dtype=np.int16)
        if alleles.min() < 0:
            missing = (alleles == MISSING).any(axis=0)
            short = (alleles[-1] == _ABSENT) & ~missing
            if short.any():
                present = (alleles != _ABSENT).sum(axis=0)
                odd = short & (present > 1)
                if odd.any():
                    variant, sample = np.argwhere(odd)[0]
                    self._refuse_ploidy(self._records[variant], sample, present[variant, sample])
                counts[short] = alleles[0][short] * self._ploidy
            counts[missing] = MISSING
        dosages[end - held : end] = counts
        self._records.clear()

    def _refuse_ploidy(self, record: int, sample: int, found: int) -> NoReturn:
        what = f"the call of {self._walk.samples[sample]} has {found} alleles, not `ploidy: {self._ploidy}`."
        remedy = "Set `ploidy` of the dataset, or set such calls to missing."
        raise self._walk.error(record, what, remedy, self._path)


def _variants(reader: Any, walk: _Walk, path: str | Path) -> Iterator[Any]:
    """Records of htslib; the one it refuses is looked at again to say why, and none may be lacking."""
    record = 0
    records = iter(reader)
    while True:
        try:
            variant = next(records)
        except StopIteration:
            break
        except Exception:  # cyvcf2 raises the bare class
            raise _refused(path, walk, record) from None
        yield variant
        record += 1
    if record != walk.records:
        raise _refused(path, walk, record)


def _refused(path: str | Path, walk: _Walk, record: int) -> UserError:
    """The error for a record that htslib cannot parse, with the first malformed call if that is why."""
    what = "htslib cannot parse the record."
    if walk.first_line:
        *_, format, calls = next(islice(raw_lines(path), walk.first_line + record - 1, None))[1].split(
            b"\t", 9
        )
        fields = format.split(b":")
        position = fields.index(b"GT") if b"GT" in fields else len(fields)
        for sample, cell in zip(walk.samples, calls.rstrip(b"\r\n").split(b"\t"), strict=True):
            values = cell.split(b":")
            text = cell.decode(errors="replace")
            if len(values) > len(fields):
                what = f"{sample} has {len(values)} fields ({text}) where FORMAT has {len(fields)}."
                break
            if position < len(values) and not _CALL.fullmatch(values[position]):
                what = f"the call of {sample} is malformed ({text})."
                break
    return walk.error(record, what, "Correct the record or write the file again.", path)


def _walk_vcf(path: str | Path) -> _Walk:
    """Check every line of a VCF for what htslib does not."""
    lines = raw_lines(path)
    header: list[tuple[int, bytes]] = []
    for number, line in lines:
        header.append((number, line.rstrip(b"\r\n")))
        if not line.startswith(b"##"):
            break
    samples = vcf_samples(header, path)
    width = len(VCF_COLUMNS) + len(samples)
    first_line = len(header) + 1
    chromosomes: dict[bytes, int] = {}
    number, line = first_line - 1, b"\n"
    for number, line in lines:
        cells = line.count(b"\t") + 1
        if cells != width:
            _refuse_width(line, cells, width, path, number)
        chrom, pos, _, ref, alt, _ = line.split(b"\t", 5)
        for name, cell, pattern in (
            ("CHROM", chrom, _CHROM),
            ("POS", pos, _POS),
            ("REF", ref, _REF),
            ("ALT", alt, _ALT),
        ):
            if not pattern.fullmatch(cell):
                raise UserError(
                    f"{decoded(cell, path, number)!r} is not valid.", file=path, line=number, column=name
                )
        chromosomes.setdefault(chrom, number)
        if int(pos) > LAST_POSITION:
            raise UserError("the position is beyond 2**31.", file=path, line=number, column="POS")
    if not line.endswith(b"\n"):
        raise UserError(
            "the last line has no end; the file may be truncated.",
            file=path,
            line=number,
            remedy="Copy it again, or end the line with a line break if it is whole.",
        )
    return _Walk(samples, number - first_line + 1, first_line, chromosomes)


def _refuse_width(line: bytes, cells: int, width: int, path: str | Path, number: int) -> NoReturn:
    if not line.strip():
        raise UserError(
            "the line is blank.", file=path, line=number, remedy="Remove it: a VCF has no blank lines."
        )
    if line.startswith(b"#"):
        raise UserError(
            "a header line stands among the records.",
            file=path,
            line=number,
            remedy="Do not paste files together; use bcftools concat or merge.",
        )
    remedy = "Copy or download the file again; it may be truncated."
    if cells == 1:
        remedy = "Separate the cells by tabs."
    elif cells > width:
        remedy = "Write the file again."
    raise UserError(
        f"the line has {cells} cells where the header has {width}.", file=path, line=number, remedy=remedy
    )


def _walk_bcf(path: str | Path) -> _Walk:
    """Step from record to record of a BCF by their lengths, up to the very end of the file."""
    samples = vcf_samples(enumerate(bcf_header(path), start=1), path)
    records = 0
    with open_bytes(path) as handle:
        read_exactly(handle, struct.unpack("<I", read_exactly(handle, 9, path)[5:])[0], path)
        while start := handle.read(8):
            if len(start) < 8:
                raise UserError(
                    f"the file is truncated after record {records}.", file=path, remedy="Copy it again."
                )
            read_exactly(handle, sum(struct.unpack("<2I", start)), path)
            records += 1
    return _Walk(samples, records, 0, {})
