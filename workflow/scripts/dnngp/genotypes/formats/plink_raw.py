"""PLINK ``.raw``: a sample a line, counts of an allele that the header names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.delimited import MISSING, check_ids, check_width
from dnngp.base.errors import UserError
from dnngp.base.files import decoded, filled_lines
from dnngp.genotypes.parsing.format import Format, Reading, Sink, source_of
from dnngp.genotypes.parsing.plink import check_diploid

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes

_COLUMNS = [b"FID", b"IID", b"PAT", b"MAT", b"SEX", b"PHENOTYPE"]


def _header(path: Path) -> list[bytes]:
    """Names of the columns of markers."""
    return next(filled_lines(path))[1].split()[len(_COLUMNS) :]


def sample_ids(path: Path, samples_in: str) -> list[str]:
    """The column IID."""
    lines = filled_lines(path)
    next(lines)
    rows = [(number, decoded(line.split(None, 2)[1], path, number)) for number, line in lines]
    check_ids([id for _, id in rows], path, lines=[number for number, _ in rows])
    return [id for _, id in rows]


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """Read all; ``m1_G`` is the marker ``m1`` whose G is counted; columns ``_HET`` (dominance) are left out.

    Raises
    ------
    UserError
        For lines of another length than the header, and counts that are neither 0, 1, 2 nor missing.
    """
    import numpy as np

    from dnngp.genotypes.store import MISSING as NO_CALL
    from dnngp.genotypes.store import variant_table

    check_diploid(reading, path)
    names = [decoded(name, path, 1) for name in _header(path)]
    counts = {**{text.encode(): NO_CALL for text in MISSING}, b"0": 0, b"1": 1, b"2": 2}
    samples, rows = sample_ids(path, "auto"), []
    lines = filled_lines(path)
    next(lines)
    for number, line in lines:
        cells = line.split()
        check_width(len(cells), len(_COLUMNS) + len(names), path, number)
        calls = cells[len(_COLUMNS) :]
        unknown = next((column for column, cell in enumerate(calls) if cell not in counts), None)
        if unknown is not None:
            what = f"{decoded(calls[unknown], path, number)!r} is no count of an allele."
            raise UserError(
                what, file=path, line=number, column=names[unknown], remedy="Write 0, 1, 2 or NA."
            )
        rows.append(np.array([counts[cell] for cell in calls], np.int8))
    additive = [column for column, name in enumerate(names) if not name.endswith("_HET")]
    parts = [names[column].rpartition("_") for column in additive]
    ids = [id or last for id, _, last in parts]
    alts = [last if id else "" for id, _, last in parts]
    with sink.writer(samples, reading.ploidy, source_of(path, "plink_raw")) as writer:
        writer.add(
            variant_table("", 0, ids, "", alts),
            np.ascontiguousarray(np.stack(rows).T[additive]),
        )
        return writer.close()


FORMAT = Format(
    name="plink_raw",
    recognise=lambda head: head.start.split()[: len(_COLUMNS)] == _COLUMNS,
    sample_ids=sample_ids,
    count_variants=lambda path, n_samples: len(_header(path)),
    read=read,
    title="PLINK `.raw`",
    recognised_by="the columns `FID IID PAT MAT SEX PHENOTYPE`",
    alleles="ALT is the allele behind the last `_` of a marker's name; REF is not known",
    order=20,
)
