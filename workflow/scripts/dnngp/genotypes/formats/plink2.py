"""PLINK 2 (``.pgen``, ``.pvar``, ``.psam``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.delimited import check_ids, check_width
from dnngp.base.errors import UserError
from dnngp.base.files import decoded, filled_lines
from dnngp.genotypes.parsing.format import Format, Head, Reading, Sink
from dnngp.genotypes.parsing.plink import PLINK_START, count_lines

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes


def recognise(head: Head) -> bool:
    """Whether the file is a ``.pgen``."""
    return head.start.startswith(PLINK_START) and head.start[2:3] not in (b"\0", b"\1", b"")


def psam_samples(path: str | Path) -> list[str]:
    """Individual ids (``IID``) of a PLINK 2 ``.psam``."""
    lines: list[int] = []
    ids: list[str] = []
    width, column = 0, 1
    for number, line in filled_lines(path):
        text = decoded(line, path, number)
        cells = text.split("\t") if "\t" in text else text.split()
        if not ids and text.startswith("#"):
            if text.startswith(("#FID", "#IID")):
                header = [name.lstrip("#") for name in cells]
                if "IID" not in header:
                    raise UserError("there is no column IID.", file=path, line=number)
                width, column = len(header), header.index("IID")
            continue
        width = width or len(cells)
        check_width(len(cells), max(width, 1 + column), path, number, "the header")
        lines.append(number)
        ids.append(cells[column].strip())
    check_ids(ids, path, lines=lines)
    return ids


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """See :func:`dnngp.genotypes.parsing.pgen.read_pgen`."""
    from dnngp.genotypes.parsing.pgen import read_pgen

    return read_pgen(path, psam_samples(path.with_suffix(".psam")), reading, sink)


FORMAT = Format(
    name="plink2",
    recognise=recognise,
    sample_ids=lambda path, samples_in: psam_samples(path.with_suffix(".psam")),
    count_variants=lambda path, n_samples: count_lines(path.with_suffix(".pvar")),
    read=read,
    title="PLINK 2: name the `.pgen`",
    recognised_by="the magic number of a `.pgen`",
    alleles="REF and ALT of the `.pvar`; copies of ALT are counted",
    files=(".pgen", ".pvar", ".psam"),
    order=10,
)
