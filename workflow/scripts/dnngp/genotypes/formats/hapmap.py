"""HapMap: a marker a line, calls in one IUPAC letter or in two letters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.delimited import (
    MISSING,
    check_ids,
    check_width,
    leading_cells,
    table_header,
    table_separator,
)
from dnngp.base.errors import UserError
from dnngp.base.files import decoded
from dnngp.base.table_lines import table_lines
from dnngp.genotypes.parsing.format import Format, Head, Reading, Sink, source_of
from dnngp.genotypes.parsing.sites import declared_alleles, position
from dnngp.genotypes.parsing.table_headers import count_rows

if TYPE_CHECKING:
    import numpy as np

    from dnngp.genotypes.store import Genotypes

#: First columns of a HapMap; some programs leave out those after the fourth.
HAPMAP_COLUMNS = [
    *("rs#", "alleles", "chrom", "pos", "strand", "assembly#"),
    *("center", "protLSID", "assayLSID", "panelLSID", "QCcode"),
]

#: The same as programs spell them: R makes `rs.` and `assembly.` of `rs#` and `assembly#`.
HAPMAP_NAMES = [name.lower().rstrip("#") for name in HAPMAP_COLUMNS]

#: Calls held at once.
BLOCK_CALLS = 4_000_000


def recognise(head: Head) -> bool:
    """Whether a table starts with the columns of a HapMap."""
    return [_plain(name) for name in head.header[:4]] == HAPMAP_NAMES[:4]


def _plain(name: str) -> str:
    return name.lower().rstrip("#.")


def hapmap_samples(line: bytes, path: str | Path) -> list[str]:
    """Sample ids in the header line of a HapMap."""
    header = table_header(line, table_separator(line, path), path)
    fixed = hapmap_width(header)
    samples = header[fixed:]
    check_ids(samples, path, header_line=1, fixed=fixed)
    return samples


def hapmap_width(header: list[str]) -> int:
    """Number of columns of a HapMap that precede the samples."""
    width = 4
    while width < min(len(header), len(HAPMAP_COLUMNS)) and _plain(header[width]) in {*HAPMAP_NAMES, "panel"}:
        width += 1
    return width


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """Read a HapMap, block of markers by block, by ``ploidy``, ``multiallelic`` and ``strict``.

    Returns
    -------
    Genotypes
        REF is the first allele of the column ``alleles`` and ALT the second; where the column is empty or
        ``NA``, REF is the more common allele of the calls. ``N``, ``NN``, ``-``, ``--``, ``0`` are missing;
        where the marker has an allele ``-`` or ``+``, ``-`` is the deletion, ``+`` the insertion and ``0``
        the heterozygote, as TASSEL writes them.

    Raises
    ------
    UserError
        For lines of another length than the header, positions that are no whole numbers, calls that are no
        genotypes or have alleles that the marker does not, and a file without markers.
    """
    import numpy as np

    from dnngp.genotypes.parsing.calls import CallsWriter, letter_parser
    from dnngp.genotypes.parsing.cells import Texts
    from dnngp.genotypes.store import variant_table

    lines = table_lines(path)
    first, line = next(lines, (1, b""))
    separator = table_separator(line, path)
    header = table_header(line, separator, path)
    if [_plain(name) for name in header[:4]] != HAPMAP_NAMES[:4]:
        raise UserError(
            f"the header does not start with {', '.join(HAPMAP_COLUMNS[:4])}.", file=path, line=first
        )
    samples, fixed = hapmap_samples(line, path), hapmap_width(header)
    source = source_of(path, "hapmap")
    parse = letter_parser(reading.ploidy)
    texts = Texts()
    size = max(1, BLOCK_CALLS // len(samples))
    with CallsWriter(path, samples, reading, source, sink, parse) as writer:
        numbers: list[int] = []
        sites: list[tuple[str, int, str]] = []
        declared: list[tuple[str, ...]] = []
        codes: list[np.ndarray] = []

        def add() -> None:
            chrom, pos, ids = zip(*sites, strict=True)
            at = numbers.copy()
            writer.add(
                np.stack(codes),
                texts.texts,
                variant_table(chrom, pos, ids, "", ""),
                declared,
                lambda marker, sample: (at[marker], samples[sample]),
            )
            for part in (numbers, sites, declared, codes):
                part.clear()

        for number, line in lines:
            cells, rest, within = leading_cells(line, separator, fixed, path, number)
            row, found = texts.codes(rest, within, len(samples))
            if row is None:
                text = decoded(rest, path, number).split(within.decode())[found]
                raise UserError(
                    f"{text[:40]!r} is no genotype.", file=path, line=number, column=([*samples, ""])[found]
                )
            check_width(fixed + found, fixed + len(samples), path, number)
            id, alleles, chrom, pos = cells[:4]
            numbers.append(number)
            declared.append(declared_alleles(alleles, path, number, header[1]))
            sites.append(
                (
                    "" if chrom in MISSING else chrom,
                    position(pos, path, number, header[3]),
                    "" if id in MISSING else id,
                )
            )
            codes.append(row)
            if len(codes) == size:
                add()
        if codes:
            add()
        return writer.close()


FORMAT = Format(
    name="hapmap",
    recognise=recognise,
    sample_ids=lambda path, samples_in: hapmap_samples(next(table_lines(path))[1], path),
    count_variants=lambda path, n_samples: count_rows(path)[0] - 1,
    read=read,
    title="HapMap",
    recognised_by="the columns `rs#`, `alleles`, `chrom`, `pos`",
    alleles="REF is the first of `alleles`, ALT the second; where it is missing, ALT is the less common",
    order=70,
)
