"""DArTseq and SilicoDArT reports as exported: markers in rows, rows of asterisks above the header."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.delimited import check_ids, check_width, split_cells, table_separator
from dnngp.base.errors import UserError
from dnngp.base.files import decoded
from dnngp.base.table_lines import table_lines
from dnngp.genotypes.parsing.format import Format, Head, Reading, Sink, source_of

if TYPE_CHECKING:
    import numpy as np

    from dnngp.genotypes.store import Genotypes

#: Columns that name a marker; one of them is there.
_NAMES = ("alleleid", "cloneid", "markername")

#: Columns that describe a marker, in lower case; those of a reference genome have its name behind `_`.
_DESCRIBE = re.compile(
    r"alleleid|cloneid|markername|clustertempindex|(allele|trimmed)sequence\w*|snp|snpposition|callrate|"
    r"oneratio\w*|freq\w+|pic\w*|avg\w+|repavg|reproducibility|qpmr|strand|(chrom|chrompos|aln\w*|strand)_.+"
)

#: What DArT writes for a missing call.
_MISSING = {"-", "", "NA"}


@dataclass(frozen=True)
class _Report:
    """Header of a report: its names, columns of samples, and whether rows of asterisks stand above it."""

    header: list[str]
    samples: list[int]
    exported: bool
    line: int

    def column(self, name: str) -> int | None:
        """The column of a name, None where it is not there."""
        names = [column.lower() for column in self.header]
        return names.index(name) if name in names else None


def _report(path: Path) -> tuple[_Report, Iterator[tuple[int, list[str]]]]:
    """The header, and the rows below it."""
    rows = _rows(path)
    exported = False
    described = 0
    for number, cells in rows:
        if cells[0] == "*":
            exported = True
            described = next((k for k, cell in enumerate(cells) if cell != "*"), len(cells))
            continue
        if not described:
            described = next((k for k, name in enumerate(cells) if not _DESCRIBE.fullmatch(name.lower())), 0)
        samples = list(range(described, len(cells)))
        check_ids([cells[k] for k in samples], path, header_line=number, fixed=described)
        return _Report(cells, samples, exported, number), rows
    raise UserError("the report has no header.", file=path, remedy="Export it again.")


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    separator = ""
    for number, line in table_lines(path):
        separator = separator or table_separator(line, path).decode()
        cells = split_cells(decoded(line, path, number), separator, path, number)
        yield number, [cell.strip() for cell in cells]


def recognise(head: Head) -> bool:
    """Whether rows of asterisks are above the header, or it has a column of DArT's names of markers."""
    if head.start.startswith((b"*,", b"*\t", b"*;")):
        return True
    return head.header[0].lower() in _NAMES


def settle(path: Path) -> None:
    """Refuse a table that may hold DArT's codes or counts: only its user knows."""
    report, _ = _report(path)
    if not report.exported:
        raise UserError(
            f"the first column is called {report.header[0]!r}, as in reports of DArT, whose code 1 is a "
            "homozygote and 2 a heterozygote.",
            file=path,
            line=report.line,
            remedy="Set `format: dart` if the codes are DArT's, or `format: dosages` if they count alleles.",
        )


def sample_ids(path: Path, samples_in: str) -> list[str]:
    """Names of the columns behind those that describe markers."""
    report, _ = _report(path)
    return [report.header[column] for column in report.samples]


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """Read a report of one row a marker, of two rows a marker, or of presence and absence (SilicoDArT).

    Returns
    -------
    Genotypes
        Copies of the SNP allele. One row: 0 is the reference homozygote, 1 the SNP homozygote, 2 the
        heterozygote. Two rows: presence of the reference allele, then of the SNP allele. SilicoDArT: a
        fragment that is there counts as homozygous. ``-`` is missing.

    Raises
    ------
    UserError
        For other codes, lines of another length than the header, a marker of two rows with one row.
    """
    import numpy as np

    from dnngp.genotypes.store import MISSING, variant_table

    report, rows = _report(path)
    if reading.ploidy != 2:
        raise UserError("DArT's codes are those of diploids.", file=path, remedy="Set `ploidy: 2`.")
    key = next(column for column in map(report.column, _NAMES) if column is not None)
    codes = {"0": 0, "1": 1, "2": 2} | dict.fromkeys(_MISSING, MISSING)
    ids: list[str] = []
    leads: list[list[str]] = []
    calls: list[np.ndarray] = []
    for number, cells in rows:
        check_width(len(cells), len(report.header), path, number)
        for column in report.samples:
            if cells[column] not in codes:
                raise UserError(
                    f"{cells[column]!r} is no code of DArT.",
                    file=path,
                    line=number,
                    column=report.header[column],
                    remedy="The codes are 0, 1, 2 and `-` for a missing call.",
                )
        ids.append(cells[key])
        leads.append(cells)
        calls.append(np.array([codes[cells[column]] for column in report.samples], np.int8))
    if not calls:
        raise UserError("the file holds no markers.", file=path)
    values = np.stack(calls)
    if _paired(ids) and not (values == 2).any():
        kept = range(1, len(ids), 2)
        dosages = _of_two_rows(values[0::2], values[1::2])
    else:
        kept = range(len(ids))
        dosages = np.array([0, 2, 1, MISSING], np.int8)[values]
    snps = [_alleles(leads[row], ids[row], report) for row in kept]
    with sink.writer(sample_ids(path, "auto"), 2, source_of(path, "dart")) as writer:
        refs, alts = zip(*snps, strict=True)
        writer.add(variant_table("", 0, [ids[row] for row in kept], refs, alts), dosages)
        return writer.close()


def _paired(ids: list[str]) -> bool:
    """Whether each marker has two rows, one below the other."""
    clones = [id.split("|")[0] for id in ids]
    return len(ids) % 2 == 0 and clones[0::2] == clones[1::2] and set(Counter(clones).values()) == {2}


def _of_two_rows(reference: np.ndarray, snp: np.ndarray) -> np.ndarray:
    """Copies of the SNP allele (p, n) from presence of the reference and of the SNP allele."""
    import numpy as np

    copies = np.where(snp == 1, np.where(reference == 1, 1, 2), 0)
    copies[(reference < 0) | (snp < 0) | ((reference == 0) & (snp == 0))] = -1
    return copies.astype(np.int8)


def _alleles(cells: list[str], id: str, report: _Report) -> tuple[str, str]:
    """REF and ALT of a marker from its column ``SNP`` (``20:A>C``) or the end of its name."""
    column = report.column("snp")
    text = cells[column] if column is not None and cells[column] else id
    told = re.search(r":([ACGT])>([ACGT])", text)
    return (told[1], told[2]) if told else ("", "")


FORMAT = Format(
    name="dart",
    recognise=recognise,
    settle=settle,
    sample_ids=sample_ids,
    count_variants=lambda path, n_samples: sum(1 for _ in _report(path)[1]),
    read=read,
    title="DArTseq (one or two rows a marker) and SilicoDArT",
    recognised_by="rows of `*` above the header, or a first column `AlleleID` or `CloneID`",
    alleles="ALT is the SNP allele; 1 is its homozygote, 2 the heterozygote",
    order=60,
)
