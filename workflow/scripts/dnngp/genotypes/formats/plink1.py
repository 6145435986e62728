"""PLINK 1 (``.bed``, ``.bim``, ``.fam``), read block of variants by block."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.delimited import check_ids, check_width
from dnngp.base.errors import UserError
from dnngp.base.files import decoded, filled_lines
from dnngp.genotypes.parsing.format import Format, Head, Reading, Sink, source_of
from dnngp.genotypes.parsing.plink import PLINK_START, check_diploid, count_lines
from dnngp.genotypes.parsing.sites import position

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes

#: Calls read at once.
BLOCK_CALLS = 16_000_000

#: What bed-reader would read from .bim and .fam, which is read here, strictly.
_PROPERTIES = [
    "fid",
    "iid",
    "father",
    "mother",
    "sex",
    "pheno",
    "chromosome",
    "sid",
    "cm_position",
    "bp_position",
    "allele_1",
    "allele_2",
]

#: First bytes of a .bed that has a variant a row.
MAGIC = b"\x6c\x1b\x01"

#: What bed-reader gives for a missing call.
_BED_MISSING = -127

_BIM_COLUMNS = 6


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """Read a ``.bed``, beside which ``.bim`` and ``.fam`` lie; ``ploidy`` must be 2.

    Returns
    -------
    Genotypes
        ALT is A1, the fifth column of the ``.bim``, and REF is A2, as plink2 has it; the dosage counts
        copies of A1. A sample's id is the second column of the ``.fam``.

    Raises
    ------
    UserError
        If the ``.bed`` does not have the size that ``.bim`` and ``.fam`` ask for, has samples in rows, or one
        of the three is malformed or missing.
    """
    import numpy as np
    from bed_reader import open_bed

    from dnngp.genotypes.store import MISSING, variant_table

    check_diploid(reading, path)
    samples = fam_samples(path.with_suffix(".fam"))
    n_variants = _check_size(path, len(samples))
    source = source_of(path, "plink1", path.with_suffix(".bim"), path.with_suffix(".fam"))
    size = max(1, BLOCK_CALLS // len(samples))
    sites = _sites(path.with_suffix(".bim"))
    with (
        open_bed(path, len(samples), n_variants, properties=dict.fromkeys(_PROPERTIES), num_threads=1) as bed,
        sink.writer(samples, reading.ploidy, source) as writer,
    ):
        for start in range(0, n_variants, size):
            part = list(islice(sites, min(size, n_variants - start)))
            if len(part) < min(size, n_variants - start):
                raise _disagree(path, n_variants, start + len(part))
            _check_padding(path, len(samples), start, len(part))
            dosages = bed.read(np.s_[:, start : start + size], dtype="int8", order="F").T
            dosages[dosages == _BED_MISSING] = MISSING
            writer.add(variant_table(*zip(*part, strict=True)), dosages)
        surplus = sum(1 for _ in sites)
        if surplus:
            raise _disagree(path, n_variants, n_variants + surplus)
        return writer.close()


def recognise(head: Head) -> bool:
    """Whether the file is a ``.bed``, with variants or with samples in rows."""
    return head.start.startswith(PLINK_START) and head.start[2:3] in (b"\0", b"\1", b"")


def fam_samples(path: str | Path) -> list[str]:
    """Within-family ids (second column) of a PLINK 1 ``.fam``."""
    lines, ids = [], []
    for number, line in filled_lines(path):
        cells = decoded(line, path, number).split()
        check_width(len(cells), 6, path, number, "a .fam file")
        if cells[1] == "0":
            raise UserError(
                "the id is 0, which PLINK takes for unknown.",
                file=path,
                line=number,
                column=2,
                remedy="Give every sample an id of its own in the second column (IID).",
            )
        lines.append(number)
        ids.append(cells[1])
    check_ids(ids, path, lines=lines)
    return ids


def _check_size(path: Path, n_samples: int) -> int:
    """Number of variants, by the size of the file."""
    try:
        with open(path, "rb") as handle:
            start = handle.read(len(MAGIC))
        size = path.stat().st_size - len(MAGIC)
    except OSError as error:
        raise UserError(f"cannot be opened ({error.strerror}).", file=path) from None
    if start[:2] == MAGIC[:2] and start[2:] == b"\0":
        raise UserError(
            "the .bed has samples in rows, as PLINK has not written for years.",
            file=path,
            remedy="Convert it with plink --make-bed.",
        )
    if start != MAGIC:
        raise UserError("the file is not a PLINK 1 .bed.", file=path)
    row = -(-n_samples // 4)
    if size % row:
        raise UserError(
            f"{size} bytes of calls are not whole variants of {n_samples} samples ({row} bytes each).",
            file=path,
            remedy="It is truncated, or the .fam belongs to another file.",
        )
    if not size:
        raise UserError("the file holds no variants.", file=path)
    return size // row


def _check_padding(path: Path, n_samples: int, first: int, count: int) -> None:
    """Refuse variants whose last byte has calls of more samples than the ``.fam`` names."""
    unused = -n_samples % 4
    if not unused:
        return
    import numpy as np

    row = -(-n_samples // 4)
    last = np.memmap(path, np.uint8, "r", len(MAGIC) + first * row, (count, row))[:, -1]
    odd = np.flatnonzero(last >> (8 - 2 * unused))
    if odd.size:
        raise UserError(
            f"variant {first + int(odd[0]) + 1} has calls of more than the {n_samples} samples of the .fam.",
            file=path,
            remedy="A line of the .fam is missing, or it belongs to another file.",
        )


def _sites(path: Path) -> Iterator[tuple[str, int, str, str, str]]:
    """Variants of a ``.bim``: chromosome, position, id, REF (A2), ALT (A1)."""
    for number, line in filled_lines(path):
        cells = decoded(line, path, number).split()
        check_width(len(cells), _BIM_COLUMNS, path, number, "a .bim file")
        chrom, id, _, pos, a1, a2 = cells
        yield (
            "" if chrom in ("0", ".") else chrom,
            position(pos, path, number, "4"),
            "" if id == "." else id,
            _allele(a2),
            _allele(a1),
        )


def _allele(text: str) -> str:
    """An allele, empty where it is not known."""
    return "" if text in ("0", ".") else text


def _disagree(path: Path, in_bed: int, in_bim: int) -> UserError:
    more = "at least " if in_bim > in_bed else ""
    return UserError(
        f"the .bed holds {in_bed} variants and the .bim {more}{in_bim}.",
        file=path,
        remedy="They do not belong together, or one is truncated.",
    )


FORMAT = Format(
    name="plink1",
    recognise=recognise,
    sample_ids=lambda path, samples_in: fam_samples(path.with_suffix(".fam")),
    count_variants=lambda path, n_samples: count_lines(path.with_suffix(".bim")),
    read=read,
    title="PLINK 1: name the `.bed`",
    recognised_by="the magic number of a `.bed`",
    alleles="ALT is A1 (fifth column of the `.bim`), REF is A2; copies of A1 are counted",
    files=(".bed", ".bim", ".fam"),
    order=10,
)
