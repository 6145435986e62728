"""Tables of calls in letters (``AT``, ``A/T``, ``AAAT``, ``R``) to dosages; samples in rows or in columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from dnngp.base.errors import UserError
from dnngp.base.files import decoded
from dnngp.base.table_lines import table_lines
from dnngp.genotypes.parsing.calls import CallsWriter, letter_parser, number_parser
from dnngp.genotypes.parsing.cells import Texts
from dnngp.genotypes.parsing.format import Reading, Sink, source_of
from dnngp.genotypes.parsing.text_tables import read_rows, sides
from dnngp.genotypes.store import Genotypes

#: Calls turned into dosages at once.
BLOCK_CALLS = 4_000_000


def read_letters(path: str | Path, reading: Reading, sink: Sink) -> Genotypes:
    """Read a table of calls in letters.

    Parameters
    ----------
    path
        Table, plain or gzip, separated by commas, tabs or semicolons.
    reading
        ``ploidy``, ``multiallelic``, ``samples_in`` and ``strict``.
    sink
        Where the genotypes go.

    Returns
    -------
    Genotypes
        REF and ALT are those of the columns ``ref`` and ``alt`` or ``alleles``. Without them ALT is the less
        common allele of the calls, and of two that are equally common the later in the alphabet. A and B are
        names of alleles where no C, G or T occurs in the file.

    Raises
    ------
    UserError
        For texts that are no calls of ``ploidy`` alleles, alleles that the marker does not have, and what
        :func:`dnngp.genotypes.parsing.text_tables.read_rows` and
        :func:`dnngp.genotypes.parsing.text_tables.sides` find.
    """
    return letters_of_lines(table_lines(path), path, reading, sink)


def letters_of_lines(
    lines: Iterable[tuple[int, bytes]], path: str | Path, reading: Reading, sink: Sink
) -> Genotypes:
    """As :func:`read_letters`, from the numbered lines of a table."""
    texts = Texts()

    def codes(
        text: bytes, separator: bytes, count: int, line: int, columns: list[str]
    ) -> tuple[np.ndarray, int]:
        row, found = texts.codes(text, separator, count)
        if row is None:
            cell = decoded(text, path, line).split(separator.decode())[found]
            raise UserError(f"{cell[:40]!r} is no genotype.", file=path, line=line, column=columns[found])
        return (row.astype(np.uint8) if len(texts.texts) <= 256 else row), found

    table = read_rows(lines, path, codes)
    found = sides(table, reading)
    source = source_of(path, "letters")
    numbered = _are_numbered(texts.texts, path)
    parse = letter_parser(reading.ploidy, _only_a_and_b(texts.texts))
    if numbered:
        parse = number_parser(reading.ploidy)
    size = max(1, BLOCK_CALLS // len(found.samples))
    with CallsWriter(path, found.samples, reading, source, sink, parse, numbered) as writer:
        found.warn(writer.writer)
        for start in range(0, len(found.variants), size):
            block = slice(start, start + size)
            writer.add(
                np.ascontiguousarray(found.by_marker[block], np.uint16),
                texts.texts,
                found.variants.iloc[block].reset_index(drop=True),
                found.declared[block],
                lambda marker, sample, start=start: found.place(start + marker, sample),  # type: ignore[misc]
            )
        return writer.close()


def _are_numbered(texts: list[bytes], path: str | Path) -> bool:
    """Whether the calls are numbers of alleles: ``0/1`` as in a VCF.

    Raises
    ------
    UserError
        If the alleles are called 1 and 2: which of them is REF is not said, and 0 means missing there.
    """
    called = [set(re.split(rb"[/|]", text)) for text in texts if re.fullmatch(rb"\d+([/|]\d+)+", text)]
    if not called or any(re.search(rb"[A-MO-Z]", text.upper()) for text in texts):
        return False
    if any(b"2" in alleles for alleles in called) and not any({b"0", b"1"} <= alleles for alleles in called):
        raise UserError(
            "the alleles are called 1 and 2.",
            file=path,
            remedy="Write calls as 0/0, 0/1, 1/1, or as A/A, A/B, B/B.",
        )
    return True


def _only_a_and_b(texts: list[bytes]) -> bool:
    """Whether the letters of the calls are A and B, as genotyping arrays name alleles."""
    letters = set(b"".join(text.upper() for text in texts if text.upper() != b"NC"))
    return ord("B") in letters and not letters & set(b"CGT")
