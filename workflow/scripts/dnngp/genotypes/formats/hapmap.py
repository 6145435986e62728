"""HapMap to dosages: a marker a line, calls in one IUPAC letter or in two letters."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dnngp.base.delimited import MISSING, check_width, leading_cells, table_header, table_separator
from dnngp.base.errors import UserError
from dnngp.base.files import decoded, filled_lines
from dnngp.base.seeds import file_sha256
from dnngp.genotypes.formats.calls import CallsWriter, letter_parser
from dnngp.genotypes.formats.cells import Texts
from dnngp.genotypes.formats.headers import HAPMAP_COLUMNS, hapmap_samples, hapmap_width
from dnngp.genotypes.formats.options import Reading
from dnngp.genotypes.formats.text_tables import declared_alleles, position
from dnngp.genotypes.store import Genotypes, variant_table

#: Calls held at once.
BLOCK_CALLS = 4_000_000


def read_hapmap(path: str | Path, reading: Reading, folder: str | Path | None = None) -> Genotypes:
    """Read a HapMap, block of markers by block.

    Parameters
    ----------
    path
        The file, plain or gzip.
    reading
        ``ploidy``, ``multiallelic`` and ``strict``.
    folder
        See :class:`dnngp.genotypes.store.GenotypesWriter`.

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
    lines = filled_lines(path)
    first, line = next(lines, (1, b""))
    separator = table_separator(line, path)
    header = table_header(line, separator, path)
    if [name.lower().rstrip("#") for name in header[:4]] != [
        name.lower().rstrip("#") for name in HAPMAP_COLUMNS[:4]
    ]:
        raise UserError(
            f"the header does not start with {', '.join(HAPMAP_COLUMNS[:4])}.", file=path, line=first
        )
    samples, fixed = hapmap_samples(line, path), hapmap_width(header)
    source = {"path": Path(path).name, "sha256": file_sha256(path), "format": "hapmap"}
    parse = letter_parser(reading.ploidy)
    texts = Texts()
    size = max(1, BLOCK_CALLS // len(samples))
    with CallsWriter(path, samples, reading, source, folder, parse) as writer:
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
