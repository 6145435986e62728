"""Files of genotypes of any format: what they are, whose they are, how large they are, and their genotypes.

The Snakefile imports this module to compare ids before any job starts: until genotypes are read it needs the
standard library only. The formats themselves are the modules of :mod:`dnngp.genotypes.formats`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.errors import UserError
from dnngp.base.plugins import module_names, scan
from dnngp.base.remote import is_remote
from dnngp.genotypes.cross_tables import CrossTable
from dnngp.genotypes.parsing.format import Format, Head, Reading, Sink

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes

_PACKAGE = "dnngp.genotypes.formats"

#: All formats by name, in the order in which they are asked whether a file is theirs.
FORMATS: dict[str, Format] = scan(_PACKAGE, "FORMAT")

#: Modules that hold them, which a job that reads genotypes depends on.
FORMAT_MODULES = module_names(_PACKAGE)

#: What a configuration may give as ``format``.
FORMAT_CHOICES = ("auto", *(name for name, format in FORMATS.items() if format.named))

_DEFAULT = Reading()


def genotype_format(path: str | Path) -> str:
    """Name of the format of a file or folder, detected from its content and not from its name.

    Raises
    ------
    UserError
        If the file cannot be opened, is empty, damaged, compressed by anything but gzip or bgzip, of no
        format, or the companion of the file to name.
    """
    _refuse_companion(Path(path))
    head = Head(path)
    return next(name for name, format in FORMATS.items() if format.recognise(head))


def genotype_files(path: str | Path) -> list[str]:
    """Every file that belongs to the genotypes at ``path``, itself first.

    ``.bim`` and ``.fam`` beside a PLINK 1 file, ``.pvar`` and ``.psam`` beside a PLINK 2 file. None of the
    others is looked for; a path that does not exist stands for itself. The ending of an address says what
    it is.
    """
    if is_remote(path):
        beside = (format.files for format in FORMATS.values() if str(path).endswith(format.files[:1]))
        stem = str(path).rpartition(".")[0]
        return [str(path), *(f"{stem}{suffix}" for suffix in next(beside, ())[1:])]
    path = Path(path)
    if not path.is_file():
        return [str(path)]
    with open(path, "rb") as handle:
        head = Head(path, handle.read(8))
    sets = (format.files for format in FORMATS.values() if format.files and format.recognise(head))
    return [str(path), *(str(path.with_suffix(suffix)) for suffix in next(sets, ())[1:])]


def sample_ids(path: str | Path, format: str = "auto", samples_in: str = "auto") -> list[str] | None:
    """Ids of the samples, in file order; spaces around an id do not belong to it.

    Parameters
    ----------
    path
        The genotypes.
    format, samples_in
        As in :class:`dnngp.genotypes.parsing.format.Reading`.

    Returns
    -------
    list of str or None
        None for parquet, which the standard library cannot read, and for an address.

    Raises
    ------
    UserError
        If there are none, if one is empty, ``NA`` or there twice, or if the file is damaged as far as read.
    """
    if is_remote(path):
        return None
    return _format_of(path, format).sample_ids(Path(path), samples_in)


def marker_names(path: str | Path, format: str = "auto", samples_in: str = "auto") -> list[str]:
    """Names of the markers of a table; empty for formats whose markers nobody confuses with other columns.

    Also empty for an address.
    """
    if is_remote(path):
        return []
    names = _format_of(path, format).marker_names
    return [] if names is None else names(Path(path), samples_in)


def unplaced_markers(path: str | Path, format: str = "auto", samples_in: str = "auto") -> list[str]:
    """:func:`marker_names` of a table that tells nothing else of its markers; else empty."""
    names = marker_names(path, format, samples_in)
    return [] if names and _format_of(path, format).has_places(Path(path)) else names


def side_of_samples(path: str | Path, format: str, samples: Callable[[], Collection[str]]) -> str:
    """``rows`` or ``columns`` of a table, by ids of which some are in it; ``auto`` where they do not tell.

    The ids are asked for where the format has sides; an address does not tell.
    """
    if is_remote(path):
        return "auto"
    side = _format_of(path, format).side_of_samples
    return "auto" if side is None else side(Path(path), samples()) or "auto"


def record_fields(path: str | Path) -> list[str]:
    """Names of the fields of the first record; empty for formats without fields, and for an address."""
    if is_remote(path):
        return []
    fields = _format_of(path, "auto").fields
    return [] if fields is None else fields(Path(path))


def ploidy(path: str | Path) -> int | None:
    """Sets of chromosomes by the first calls of a file; None where they do not tell."""
    first_calls = FORMATS[genotype_format(path)].ploidy
    return None if first_calls is None else first_calls(Path(path))


def count_variants(path: str | Path, n_samples: int) -> int:
    """Number of variants: counted, or extrapolated from the beginning of a large file.

    Parameters
    ----------
    path
        A file of any format.
    n_samples
        Number of its samples.
    """
    return _format_of(path, "auto").count_variants(Path(path), n_samples)


def read_genotypes(
    path: str | Path, reading: Reading = _DEFAULT, folder: str | Path | None = None, threads: int = 1
) -> Genotypes:
    """Read genotypes, or any numeric table, of one population.

    Parameters
    ----------
    path
        A file of any format of ``FORMATS``, recognised from its content whatever its name.
    reading
        How to read it.
    folder
        Where to keep the dosages while they are read, and after: they are then mapped from there and never
        are in memory as a whole. In memory if None.
    threads
        Parts of a VCF that are read at a time; the result does not depend on it.

    Raises
    ------
    UserError
        If the file is damaged or malformed; see the readers.
    """
    genotypes = _format_of(path, reading.format).read(Path(path), reading, Sink(folder, threads))
    if reading.map is not None:
        from dnngp.genotypes.marker_maps import with_map

        genotypes = with_map(genotypes, reading.map)
    if reading.crosses is None:
        return genotypes
    from dnngp.genotypes.cross_genotypes import cross_lines

    own = None if folder is None else Path(folder) / "crosses"
    return cross_lines(genotypes, CrossTable(**reading.crosses), Sink(own), path)


def _format_of(path: str | Path, asked: str) -> Format:
    """What a file is read as: the format ``asked`` for, unless that is ``auto`` or the file holds it."""
    detected = FORMATS[genotype_format(path)]
    if asked == "auto" and detected.settle is not None:
        detected.settle(Path(path))
    return detected if asked == "auto" or asked in detected.holds else FORMATS[asked]


def _refuse_companion(path: Path) -> None:
    """Refuse a ``.bim``, ``.psam`` and the like."""
    for format in FORMATS.values():
        if path.suffix.lower() in format.files[1:]:
            beside = path.with_suffix(format.files[0])
            there = "" if beside.is_file() else ", which is not there"
            raise UserError(
                "this file describes the genotypes but does not hold them.",
                file=path,
                remedy=f"Name {beside}{there}.",
            )
