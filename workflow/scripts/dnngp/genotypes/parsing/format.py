"""What a format declares, and what its reader is given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dnngp.base.delimited import MISSING, leading_cells, table_header, table_separator
from dnngp.base.errors import UserError
from dnngp.base.files import damage_told, open_bytes
from dnngp.base.seeds import file_sha256, files_digest
from dnngp.base.spreadsheets import is_workbook
from dnngp.base.table_lines import table_lines
from dnngp.genotypes.parsing.layouts import leading_columns

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes, GenotypesWriter

#: Fields of a VCF that dosages can come from.
FIELDS = ("GT", "DS", "GP")

#: What to do with a site of more than one ALT allele.
MULTIALLELIC = ("skip", "split", "first")

#: Bytes of a file, decompressed, that a format may look at.
_START = 64

#: Rows of a table, and cells of each, that a format may look at.
_ROWS, _CELLS = 20, 1000


@dataclass(frozen=True)
class Reading:
    """How a file of genotypes is to be read.

    Attributes
    ----------
    ploidy
        Sets of chromosomes; the largest dosage.
    format
        Name of a format, or ``auto`` to go by the content of the file.
    field
        Field of a VCF that the dosages come from: ``GT`` counts alleles; ``DS`` and ``GP`` are the
        estimates of an imputation and give real values from 0 to ``ploidy``.
    multiallelic
        Sites of more than one ALT allele: ``skip`` them, ``split`` them into one variant for every ALT
        (another ALT counts as not this one), or keep the ``first`` ALT (calls with another ALT are missing).
    samples_in
        Whether the samples of a table are its ``rows`` or its ``columns``; ``auto`` finds out.
    filter
        Sites of a VCF: ``all``, or those that ``pass`` the filters of their caller (FILTER is PASS or a dot).
    no_reads
        Calls of REF in a VCF whose other fields say that there were no reads: a ``call``, or ``missing``.
    map
        A table with the places and alleles of markers that the file only names; None if there is none.
    crosses
        A table of crosses (:class:`dnngp.genotypes.cross_tables.CrossTable`, as a mapping) that are wanted in
        the place of the samples of the file, which are their parents; None if it is the samples themselves.
    strict
        Whether a defect that does not touch the genotypes stops the reading, or is listed in
        ``Genotypes.defects``.
    """

    ploidy: int = 2
    format: str = "auto"
    field: str = "GT"
    multiallelic: str = "skip"
    samples_in: str = "auto"
    filter: str = "all"
    no_reads: str = "call"
    map: str | None = None
    crosses: Mapping[str, Any] | None = None
    strict: bool = True


class Head:
    """The beginning of a file, from which a format is recognised; nothing is read before it is asked for.

    Parameters
    ----------
    path
        The file.
    start
        Its first bytes, decompressed; read from the file if None.
    lines
        Its lines with their numbers, if they are not those of the file.
    """

    def __init__(
        self,
        path: str | Path,
        start: bytes | None = None,
        lines: Iterable[tuple[int, bytes]] | None = None,
    ) -> None:
        self.path = Path(path)
        self._start = start
        self._lines = lines

    @cached_property
    def start(self) -> bytes:
        """The first 64 bytes, decompressed; refuses HDF5 and what :func:`dnngp.base.files.open_file` does.

        Of a workbook, the first bytes of its table.
        """
        if self._start is not None:
            return self._start
        if is_workbook(self.path):
            return b"".join(line for _, line in self.rows[:1])[:_START]
        with open_bytes(self.path) as handle, damage_told(self.path):
            start = handle.read(_START)
        if start.startswith(b"\x89HDF"):
            raise UserError("the file is HDF5.", file=self.path, remedy="Export it as VCF, PLINK or a table.")
        return start

    @cached_property
    def rows(self) -> list[tuple[int, bytes]]:
        """The header and the first rows of a table, with the numbers of their lines."""
        lines = table_lines(self.path) if self._lines is None else self._lines
        return list(islice(lines, 1 + _ROWS))

    @cached_property
    def header(self) -> list[str]:
        """Column names of a table.

        Raises
        ------
        UserError
            If there is no line, or the first is no header of a table.
        """
        if not self.rows:
            raise UserError("the file has no lines (samples).", file=self.path)
        line = self.rows[0][1]
        return table_header(line, table_separator(line, self.path), self.path)

    @cached_property
    def cells(self) -> list[str]:
        """Texts of the first cells with values of a table; those that say "missing" are left out."""
        leading = leading_columns(self.header).count
        separator = table_separator(self.rows[0][1], self.path)
        texts = []
        for number, line in self.rows[1:]:
            _, rest, within = leading_cells(line, separator, leading, self.path, number)
            cells = rest.split(within, _CELLS)[:_CELLS]
            texts += [cell.decode(errors="replace").strip() for cell in cells]
        return [text for text in texts if text not in MISSING]


@dataclass(frozen=True)
class Sink:
    """Where a reader puts the genotypes, and what it may use.

    Attributes
    ----------
    folder
        Where the dosages are streamed to; they stay in memory if None.
    threads
        Parts of a file that may be read at a time.
    """

    folder: str | Path | None = None
    threads: int = 1

    def writer(self, samples: Sequence[str], ploidy: int | None, source: dict[str, Any]) -> GenotypesWriter:
        """What collects the genotypes; see :class:`dnngp.genotypes.store.GenotypesWriter`."""
        from dnngp.genotypes.store import GenotypesWriter

        return GenotypesWriter(samples, ploidy, source, self.folder)


def source_of(path: str | Path, format: str, *others: str | Path) -> dict[str, str]:
    """The entry ``source`` of genotypes: name, checksum and format of the file.

    The checksum is the SHA-256 of the file, or one digest over it and the ``others`` that belong to it.
    """
    try:
        checksum = files_digest([path, *others]) if others else file_sha256(path)
    except OSError as error:
        raise UserError(f"cannot be opened ({error.strerror}).", file=error.filename) from None
    return {"path": Path(path).name, "sha256": checksum, "format": format}


@dataclass(frozen=True)
class Format:
    """A format of genotype files: the declaration ``FORMAT`` of a module in ``genotypes/formats``.

    Attributes
    ----------
    name
        As in the configuration (``format: name``).
    recognise
        Whether a file, of which the :class:`Head` is given, has this format.
    sample_ids
        Ids of the samples in file order, checked, from the path and ``samples_in``; None where they cannot be
        told without reading the file.
    count_variants
        Number of variants, or an estimate of it, from the path and the number of samples.
    read
        Reads the whole file: path, :class:`Reading` and :class:`Sink` to
        :class:`dnngp.genotypes.store.Genotypes`. What it needs beyond the standard library is imported
        inside of it.
    title, recognised_by, alleles
        A row of the documentation: what the format is, how a file of it is recognised, which allele is
        counted.
    settle
        Refuses a file, by its path, whose content does not settle that it has this format; called where the
        configuration does not name the format.
    side_of_samples
        ``rows`` or ``columns`` of a table, from the path and ids of which some are in it, None if they do not
        tell.
    marker_names
        Names of the markers, from the path and ``samples_in``, where a table names them beside the values.
    has_places
        Whether a table has columns of chromosome and position as well, from the path.
    ploidy
        Sets of chromosomes by the first calls of a file, from its path; None where they do not tell.
    fields
        Names of the fields of the first record, from the path, where ``Reading.field`` is one of them.
    files
        Endings of the files that belong to one of this format, the one to name first; empty where it stands
        alone.
    holds
        Names of other formats that such a file may be asked to be read as.
    named
        Whether a configuration may ask for it by name.
    order
        Formats of a smaller number are asked first whether they recognise a file.
    """

    name: str
    recognise: Callable[[Head], bool]
    sample_ids: Callable[[Path, str], list[str] | None]
    count_variants: Callable[[Path, int], int]
    read: Callable[[Path, Reading, Sink], Genotypes]
    title: str
    recognised_by: str
    alleles: str
    settle: Callable[[Path], None] | None = None
    side_of_samples: Callable[[Path, Collection[str]], str | None] | None = None
    marker_names: Callable[[Path, str], list[str]] | None = None
    has_places: Callable[[Path], bool] = lambda path: False
    ploidy: Callable[[Path], int | None] | None = None
    fields: Callable[[Path], list[str]] | None = None
    files: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    named: bool = True
    order: int = 50
