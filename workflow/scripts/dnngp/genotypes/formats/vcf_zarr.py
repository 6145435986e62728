"""VCF Zarr, the chunked arrays that bio2zarr makes of a VCF: a folder, or a zip file of one.

The layout is that of the VCF Zarr specification (version 0.4, https://github.com/sgkit-dev/vcf-zarr-spec), in
Zarr of version 2 or 3. Chunks are read a few at a time, whatever the size of the store.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from math import ceil, prod
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any

from dnngp.base.delimited import check_ids
from dnngp.base.errors import UserError
from dnngp.base.lazy import np
from dnngp.base.spreadsheets import is_workbook
from dnngp.genotypes.parsing.format import Format, Head, Reading, Sink, source_of
from dnngp.genotypes.parsing.vcf_header import refuse_gvcf, without_field

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes, GenotypesWriter

#: Files of which a store has one: version 2 and version 3 of Zarr.
_ROOTS = (".zgroup", "zarr.json")

#: Array that holds each field of a VCF.
_CALLS = {"GT": "call_genotype", "DS": "call_DS", "GP": "call_GP"}

#: Dimensions of the arrays that are read (of `*` there may be one more), and the kinds of their NumPy types.
_TEXT, _WHOLE = "TUSO", "iu"
_LAYOUT = {
    "sample_id": (("samples",), _TEXT),
    "contig_id": (("contigs",), _TEXT),
    "filter_id": (("filters",), _TEXT),
    "variant_position": (("variants",), _WHOLE),
    "variant_contig": (("variants",), _WHOLE),
    "variant_allele": (("variants", "alleles"), _TEXT),
    "variant_id": (("variants",), _TEXT),
    "variant_filter": (("variants", "filters"), "b"),
    "call_genotype": (("variants", "samples", "ploidy"), "i"),
    "call_genotype_mask": (("variants", "samples", "ploidy"), "b"),
    "call_DS": (("variants", "samples", "*"), "f"),
    "call_GP": (("variants", "samples", "genotypes"), "f"),
    "call_DP": (("variants", "samples"), "i"),
    "call_AD": (("variants", "samples", "*"), "i"),
    "call_GQ": (("variants", "samples"), "if"),
    "call_PL": (("variants", "samples", "*"), "i"),
}

#: Arrays that a store must have. Of the first three, and of the calls, every chunk must be there.
_REQUIRED = ("sample_id", "variant_position", "variant_allele", "variant_contig", "contig_id")
_WITH_ALL_CHUNKS = _REQUIRED[:3]

#: Fields of an imputation, after which it does not matter whether a call has reads.
_IMPUTED = {"DS", "GP", "HDS"}

#: Names of the files of chunks: `0.0.0`, `c/0/0/0` and the like.
_CHUNK = re.compile(r"(c\.)?[0-9.]+")

#: What the writers put for an allele or an id that is not there.
_NONE = ("", ".", None)

#: Dosages held before they go to the store of genotypes.
BLOCK_CALLS = 16_000_000

#: Bytes of the largest chunk that is read: it is in memory as a whole.
MOST_BYTES = 2 << 30

_WRITE_AGAIN = "Write the store again, with vcf2zarr."
_SET_PLOIDY = "Set `ploidy` of the dataset."


def recognise(head: Head) -> bool:
    """Whether the path is a Zarr store; a folder that is none is refused, and a damaged zip file."""
    if not head.path.is_dir():
        return _group_in_zip(head.path) is not None
    if any((head.path / name).is_file() for name in _ROOTS):
        return True
    raise UserError(
        f"the folder is no Zarr store: it has neither {' nor '.join(_ROOTS)}.",
        file=head.path,
        remedy="Name a file, or the folder that vcf2zarr wrote.",
    )


def _group_in_zip(path: Path) -> str | None:
    """Folder of the store within a zip file; None for what is no zip file with a store."""
    if not path.is_file() or is_workbook(path):
        return None
    with path.open("rb") as handle:
        if handle.read(4) != b"PK\x03\x04":
            return None
    try:
        with zipfile.ZipFile(path) as bundle:
            members = [PurePosixPath(name) for name in bundle.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UserError(f"the zip file is damaged ({error}).", file=path, remedy="Copy it again.") from None
    roots = sorted((len(member.parts), str(member.parent)) for member in members if member.name in _ROOTS)
    return roots[0][1] if roots else None


@contextmanager
def _damage_told(path: Path, what: str) -> Iterator[None]:
    """Turn what Zarr and its codecs raise, which has no common class, into a :class:`UserError`."""
    try:
        yield
    except (UserError, MemoryError, ImportError):
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(
            f"{what} cannot be read ({said}).",
            file=path,
            remedy=f"Copy the store again if it is damaged. {_WRITE_AGAIN}",
        ) from None


@contextmanager
def _opened(path: Path) -> Iterator[_Store]:
    """The store at a path; ImportError where nothing is installed that reads it."""
    from zarr import open_group
    from zarr.storage import ZipStore

    inside = None if path.is_dir() else _group_in_zip(path)
    if inside is None and not path.is_dir():
        raise UserError("the file is no Zarr store.", file=path, remedy="Leave `format` out or correct it.")
    archive = None
    try:
        with _damage_told(path, "the store"):
            archive = None if inside is None else ZipStore(path, mode="r")
            group = open_group(archive or path, mode="r", path="" if inside in (None, ".") else inside)
        yield _Store(path, inside, group)
    finally:
        if archive is not None:
            archive.close()


class _Store:
    """Arrays of an open store, by name; ``inside`` is its folder in a zip file."""

    def __init__(self, path: Path, inside: str | None, group: Any) -> None:
        self._path, self._inside, self._group = path, inside, group
        self._found: dict[str, Any] = {}

    @cached_property
    def fields(self) -> list[str]:
        """Fields of the calls, as a VCF names them."""
        root = self._path if self._inside is None else PurePosixPath(self._inside)
        names = sorted({file.relative_to(root).parts[0] for file in self._files("")})
        calls = [name.removeprefix("call_") for name in names if name.startswith("call_")]
        return ["GT" if name == "genotype" else name for name in calls]

    def array(self, name: str) -> Any:
        """An array, not yet read; None where there is none."""
        if name not in self._found:
            with _damage_told(self._path, f"the array {name}"):
                found = self._group.get(name)
                self._found[name] = found if hasattr(found, "shape") else None
            self._check_lengths(name)
        return self._found[name]

    def values(self, name: str, part: slice = slice(None)) -> Any:
        """Values of a part of an array, texts decoded; None where there is no such array."""
        array = self.array(name)
        if array is None:
            return None
        with _damage_told(self._path, f"the array {name}"):
            values = np.asarray(array[part])
            return np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values

    def samples(self) -> list[str]:
        """Ids of the samples, checked."""
        if self.array("sample_id") is None:
            raise self.error("the store has no sample_id: it is no VCF Zarr.", _WRITE_AGAIN)
        ids = [str(id).strip() for id in self.values("sample_id").tolist()]
        check_ids(ids, self._path)
        return ids

    def check(self, field: str) -> None:
        """Refuse a store that lacks what is read of it, or whose arrays do not fit each other."""
        calls = _CALLS[field]
        if self.array(calls) is None:
            raise self.error(f"the store has no {calls}.", without_field(field, self.fields))
        needed = [*_REQUIRED, calls]
        if self.array("variant_filter") is not None:
            needed.append("filter_id")
        sizes: dict[str, tuple[int, str]] = {}
        for name in dict.fromkeys([*needed, *_LAYOUT]):
            if (array := self.array(name)) is not None:
                self._check_form(name, array, sizes)
            elif name in needed:
                raise self.error(f"the store has no {name}.", _WRITE_AGAIN)
        if not sizes["variants"][0]:
            raise self.error("the store holds no variants.", _WRITE_AGAIN)
        array = self.array(calls)
        if (size := prod(array.chunks) * array.dtype.itemsize) > MOST_BYTES:
            raise self.error(
                f"a chunk of {calls} takes {size / 2**30:.1f} GiB of memory.",
                "Write the store with smaller ones (vcf2zarr encode --variants-chunk-size 1000).",
            )

    def _check_form(self, name: str, array: Any, sizes: dict[str, tuple[int, str]]) -> None:
        """Compare type and shape of an array with the layout, and with the arrays before it."""
        dimensions, kinds = _LAYOUT[name]
        if array.dtype.kind not in kinds:
            raise self.error(f"{name} is of the type {array.dtype}.", _WRITE_AGAIN)
        named = [dimension for dimension in dimensions if dimension != "*"]
        if not len(named) <= array.ndim <= len(dimensions):
            raise self.error(f"{name} has {array.ndim} dimensions, not {len(dimensions)}.", _WRITE_AGAIN)
        for dimension, size in zip(named, array.shape, strict=False):
            first, known = sizes.setdefault(dimension, (size, name))
            if size != first:
                raise self.error(f"{name} has {size} {dimension}, and {known} has {first}.", _WRITE_AGAIN)

    def absent_chunks(self, name: str) -> int:
        """Chunks of an array that are not there: they are lost, or hold nothing but the fill value."""
        array = self.array(name)
        stored = array.shards or array.chunks
        whole = prod(ceil(size / most) for size, most in zip(array.shape, stored, strict=True))
        return whole - sum(1 for _ in self._chunk_files(name))

    def _check_lengths(self, name: str) -> None:
        """Refuse an array with a truncated chunk of Blosc, whose decoders may read on behind its end.

        The header of a chunk says how many bytes it has. In a zip file, checksums are compared on reading.
        """
        array = self._found[name]
        blosc = array is not None and any(type(one).__name__.startswith("Blosc") for one in array.compressors)
        if not blosc or array.shards or self._inside is not None:
            return
        for file in map(Path, self._chunk_files(name)):
            with file.open("rb") as handle:
                header = handle.read(16)
            if int.from_bytes(header[12:], "little") != file.stat().st_size:
                raise self.error(f"the chunk {file.relative_to(self._path)} is truncated.", "Copy it again.")

    def _chunk_files(self, name: str) -> Iterator[PurePath]:
        return (file for file in self._files(name) if _CHUNK.fullmatch(file.name))

    def _files(self, name: str) -> Iterator[PurePath]:
        """Files of an array, or of all, in the folder or the zip file."""
        if self._inside is None:
            yield from (file for file in (self._path / name).rglob("*") if file.is_file())
            return
        with zipfile.ZipFile(self._path) as bundle:
            files = (PurePosixPath(file) for file in bundle.namelist() if not file.endswith("/"))
            yield from (file for file in files if file.is_relative_to(PurePosixPath(self._inside, name)))

    def error(self, what: str, remedy: str) -> UserError:
        """The error about this store."""
        return UserError(what, file=self._path, remedy=remedy)


def sample_ids(path: Path, samples_in: str) -> list[str] | None:
    """The array of ids; None where nothing is installed that reads it."""
    try:
        with _opened(path) as store:
            if set(_CALLS).isdisjoint(store.fields):
                raise store.error("the store has no call_genotype.", "Write it with genotypes.")
            return store.samples()
    except ImportError:
        return None


def fields(path: Path) -> list[str]:
    """Names of the fields that calls have; empty where nothing is installed that reads them."""
    try:
        with _opened(path) as store:
            return store.fields
    except ImportError:
        return []


def ploidy(path: Path) -> int | None:
    """Alleles that a call has room for; None for estimates alone."""
    with _opened(path) as store:
        calls = store.array("call_genotype")
        return None if calls is None else int(calls.shape[-1])


def count_variants(path: Path, n_samples: int) -> int:
    """Length of the array of positions."""
    with _opened(path) as store:
        positions = store.array("variant_position")
        return 0 if positions is None else positions.shape[0]


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """Read a store, some variants at a time.

    Parameters
    ----------
    path
        The folder, or a zip file of it.
    reading
        As of :func:`dnngp.genotypes.parsing.vcf_text.read_vcf`.
    sink
        Where the genotypes go.

    Returns
    -------
    Genotypes
        As of the VCF that the store was made from, but for records without the field to read: the store does
        not tell them from records of missing calls. A call is missing where one of its alleles is -1 or is
        masked; an allele of -2 is not there.

    Raises
    ------
    UserError
        If the store is damaged, is not of the layout, holds no samples, no variants or no usable site; and,
        if strict, where chunks of calls are absent or a call has an allele that ALT lacks.
    """
    with _opened(path) as store:
        samples = store.samples()
        store.check(reading.field)
        with sink.writer(samples, reading.ploidy, source_of(path, "vcf_zarr")) as writer:
            return _Records(store, samples, reading, writer, path).read()


@dataclass(frozen=True)
class _Sites:
    """Variants of a part of the store."""

    chrom: list[str]
    pos: list[int]
    id: list[str]
    ref: list[str]
    alt: list[list[str]]

    def name(self, number: int) -> str:
        """Name of a site, as :func:`dnngp.genotypes.store.variant_names` makes it."""
        place = f"{self.chrom[number]}:{self.pos[number]}:{self.ref[number]}:{','.join(self.alt[number])}"
        return self.id[number] or place


class _Records:
    """Variants of a store to rows of genotypes."""

    def __init__(
        self, store: _Store, samples: list[str], reading: Reading, writer: GenotypesWriter, path: Path
    ) -> None:
        self._store, self._samples, self._reading, self._writer = store, samples, reading, writer
        self._path = path
        self._calls = _CALLS[reading.field]
        self._contigs = store.values("contig_id").tolist()
        self._filters = [] if (names := store.values("filter_id")) is None else names.tolist()
        self._skipped: list[tuple[str, str]] = []
        self._failed: Counter[bytes] = Counter()
        self._faults: dict[str, tuple[str, str, int]] = {}  # kind: the first site and fault, number of sites
        self._unread = 0

    def read(self) -> Genotypes:
        """Read all."""
        from dnngp.genotypes.parsing.site_warnings import warn_of_filters, warn_of_reads
        from dnngp.genotypes.store import defect_table, skipped_table

        n_variants = self._store.array("variant_position").shape[0]
        self._check_room()
        self._check_chunks()
        for part in self._parts(n_variants):
            self._take(part)
        self._check_outcome(n_variants)
        warn_of_reads(self._writer, self._unread, self._reading)
        warn_of_filters(self._writer, self._failed, n_variants, self._reading)
        defects = [
            (0, self._calls, id, what + (f" (and in {count - 1} more sites)" if count > 1 else ""))
            for id, what, count in self._faults.values()
        ]
        return self._writer.close(skipped_table(self._skipped), defect_table(defects))

    def _check_room(self) -> None:
        """Refuse calls without room for a full one; those of a single allele count as homozygous."""
        ploidy, shape = self._reading.ploidy, self._store.array(self._calls).shape
        if self._reading.field == "GT" and 1 < shape[2] < ploidy:
            what = f"calls have at most {shape[2]} alleles, not `ploidy: {ploidy}`."
            raise self._store.error(what, _SET_PLOIDY)
        if self._reading.field == "GP" and shape[2] <= ploidy:
            what = f"calls have {shape[2]} probabilities, of which `ploidy: {ploidy}` takes {ploidy + 1}."
            raise self._store.error(what, _SET_PLOIDY)

    def _check_chunks(self) -> None:
        """Look for chunks that are not there: Zarr would give the fill value for them, which is REF."""
        for name in (*_WITH_ALL_CHUNKS, self._calls):
            if not (count := self._store.absent_chunks(name)):
                continue
            what = f"{count} chunks of {name} are not in the store"
            if name == self._calls and not self._reading.strict:
                self._faults["chunks"] = "", f"{what} and are read as the fill value", 1
                continue
            remedy = "Copy it again, as a whole."
            if name == self._calls:
                remedy += " If these chunks hold nothing but calls of REF, set `qc.strict: false`."
            raise self._store.error(f"{what}.", remedy)

    def _parts(self, n_variants: int) -> Iterator[slice]:
        """Variants of whole chunks, or parts of a chunk that holds too many calls."""
        chunk = self._store.array(self._calls).chunks[0]
        size = max(1, BLOCK_CALLS // len(self._samples))
        size = size // chunk * chunk or size
        return (slice(start, min(start + size, n_variants)) for start in range(0, n_variants, size))

    def _take(self, part: slice) -> None:
        """Read some variants and store the rows of those that are kept."""
        from dnngp.genotypes.store import variant_table

        sites = self._sites(part)
        if part.start == 0:
            refuse_gvcf(",".join(sites.alt[0]), self._path)
        kept = np.array(self._kept(sites, part), np.int64)
        if not kept.size:
            return
        count = self._dosages if self._reading.field == "GT" else self._estimates
        site, target, dosages = count(sites, kept, part)
        chrom, pos, id, ref = (
            [column[k] for k in site] for column in (sites.chrom, sites.pos, sites.id, sites.ref)
        )
        alt = [(sites.alt[k] or [""])[number] for k, number in zip(site, target, strict=True)]
        self._writer.add(variant_table(chrom, pos, id, ref, alt), dosages)

    def _sites(self, part: slice) -> _Sites:
        contigs = self._store.values("variant_contig", part)
        if contigs.min() < 0 or contigs.max() >= len(self._contigs):
            raise self._store.error("variant_contig has a number that contig_id lacks.", _WRITE_AGAIN)
        ids, alleles = self._store.values("variant_id", part), self._store.values("variant_allele", part)
        names = [""] * len(contigs) if ids is None else ids.tolist()
        rows = alleles.tolist()
        return _Sites(
            [self._contigs[number] for number in contigs.tolist()],
            self._store.values("variant_position", part).tolist(),
            ["" if name in _NONE else name for name in names],
            ["" if row[0] in _NONE else row[0] for row in rows],
            [[allele for allele in row[1:] if allele not in _NONE] for row in rows],
        )

    def _kept(self, sites: _Sites, part: slice) -> list[int]:
        """Numbers of the sites that are read; the others are named with the reason."""
        from dnngp.genotypes.parsing.site_warnings import FAILED

        failed, kept = self._failed_filters(part), []
        self._failed.update(text.encode() for text in failed.values())
        several = self._reading.multiallelic == "skip" or self._reading.field != "GT"
        for number, alternatives in enumerate(sites.alt):
            if self._reading.filter == "pass" and number in failed:
                self._skipped.append((sites.name(number), f"{FAILED} {failed[number]}"))
            elif several and len(alternatives) > 1:
                self._skipped.append((sites.name(number), f"{1 + len(alternatives)} alleles"))
            else:
                kept.append(number)
        return kept

    def _failed_filters(self, part: slice) -> dict[int, str]:
        """The text of FILTER, by the number of a site that did not pass."""
        flags = self._store.values("variant_filter", part)
        if flags is None:
            return {}
        others = [k for k, name in enumerate(self._filters) if name != "PASS"]
        failed = np.flatnonzero(flags[:, others].any(axis=1)).tolist()
        return {number: ";".join(self._filters[k] for k in others if flags[number, k]) for number in failed}

    def _dosages(self, sites: _Sites, kept: np.ndarray, part: slice) -> tuple[list[int], list[int], Any]:
        """Site, number of the ALT (from 0) and dosages (int8) of each row, by the numbers of alleles."""
        from dnngp.genotypes.parsing.allele_counts import count_alleles

        alleles = self._alleles(kept, part)
        alternatives = np.array([len(sites.alt[number]) for number in kept])
        split, first = (self._reading.multiallelic == how for how in ("split", "first"))
        copies = np.maximum(alternatives, 1) if split else np.ones(len(kept), np.int64)
        ends = np.cumsum(copies)
        rows = np.empty((ends[-1], len(self._samples)), np.int8)
        target = np.arange(ends[-1]) - np.repeat(ends - copies, copies)
        for number in range(copies.max()):
            at = np.flatnonzero(copies > number)
            some = slice(None) if len(at) == len(kept) else at
            dosages, faults = count_alleles(
                alleles[some], alternatives[some], number + 1, self._reading.ploidy, first
            )
            rows[target == number] = dosages
            if number == 0 and faults.any():
                self._note_faults(faults, alleles, alternatives, sites, kept)
        return np.repeat(kept, copies).tolist(), target.tolist(), rows

    def _alleles(self, kept: np.ndarray, part: slice) -> np.ndarray:
        """(k, n, ploidy) numbers of alleles of the sites that are kept; -1 where an allele is masked."""
        from dnngp.genotypes.parsing.allele_counts import ABSENT, MISSING

        alleles = self._store.values("call_genotype", part)
        if alleles.min() < ABSENT:
            raise self._store.error(f"call_genotype has an allele {alleles.min()}.", _WRITE_AGAIN)
        masked = self._store.values("call_genotype_mask", part)
        if masked is not None and (masked & (alleles >= 0)).any():
            alleles[masked & (alleles >= 0)] = MISSING
        unread = self._without_reads(alleles, part)
        if unread is not None:
            self._unread += int(np.isin(unread[0], kept).sum())
            if self._reading.no_reads == "missing":
                alleles[unread] = MISSING
        return alleles if len(kept) == len(alleles) else alleles[kept]

    def _without_reads(self, alleles: np.ndarray, part: slice) -> tuple[np.ndarray, ...] | None:
        """Site and sample of the calls of REF whose fields about reads are missing or zero, some zero."""
        depth = self._store.values("call_DP", part)
        if depth is None or not _IMPUTED.isdisjoint(self._store.fields):
            return None
        at = np.nonzero(depth <= 0)  # below zero where missing
        zero, none = depth[at] == 0, (alleles[at] == 0).all(axis=1)
        for name in ("call_AD", "call_GQ", "call_PL"):
            values = self._store.values(name, part) if none.any() else None
            if values is not None:
                values = values[at].reshape(len(none), -1)
                none &= ~(values > 0).any(axis=1)
                zero |= (values == 0).any(axis=1)
        return tuple(axis[none & zero] for axis in at)

    def _estimates(self, sites: _Sites, kept: np.ndarray, part: slice) -> tuple[list[int], list[int], Any]:
        """Site, number of the ALT (0) and dosages (float32) of each row, by DS or GP."""
        ploidy, field = self._reading.ploidy, self._reading.field
        values = self._store.values(self._calls, part)[kept]
        if field == "GP":
            values = values[..., : ploidy + 1]
            wrong = np.abs(values.sum(axis=2) - 1) > 0.05
            values = values @ np.arange(ploidy + 1, dtype=np.float32)
        else:
            values = values if values.ndim == 2 else values[..., 0]
            wrong = np.zeros(values.shape, bool)
        # Rounding by the program that wrote it may leave the range by a little.
        wrong |= (values < -0.01) | (values > ploidy + 0.01)
        self._note(
            field,
            wrong,
            sites,
            kept,
            lambda _, sample: f"the {field} of {self._samples[sample]} is not valid",
        )
        values[wrong] = np.nan
        return kept.tolist(), [0] * len(kept), np.clip(values, 0, ploidy).astype(np.float32)

    def _note_faults(
        self, faults: np.ndarray, alleles: np.ndarray, alternatives: np.ndarray, sites: _Sites, kept: Any
    ) -> None:
        """Take note of calls that are missing by a fault.

        Without any ALT, some programs still write 1 for "not REF", which does no harm. Nor do calls of
        another ploidy; where most sites have them, reading stops at its end.
        """
        from dnngp.genotypes.parsing.allele_counts import ABSENT, BEYOND, ODD

        def beyond(row: int, sample: int) -> str:
            return f"{self._samples[sample]} has allele {alleles[row, sample].max()}, which ALT lacks"

        def odd(row: int, sample: int) -> str:
            count = np.count_nonzero(alleles[row, sample] != ABSENT)
            name, ploidy = self._samples[sample], self._reading.ploidy
            return f"the call of {name} has {count} alleles, not `ploidy: {ploidy}`"

        harmful = (faults == BEYOND) & (alternatives > 0)[:, None]
        self._note("allele", harmful, sites, kept, beyond)
        self._note("no ALT", (faults == BEYOND) & ~harmful, sites, kept, beyond, touches=False)
        self._note("ploidy", faults == ODD, sites, kept, odd, touches=False)

    def _note(
        self, kind: str, wrong: np.ndarray, sites: _Sites, kept: Any, what: Any, touches: bool = True
    ) -> None:
        """Count the sites with a fault; strict reading stops at the first that touches the genotypes.

        Parameters
        ----------
        wrong
            (k, n) bool, the calls that have it.
        what
            The fault in words, from a row and a sample of ``wrong``.
        """
        rows = np.flatnonzero(wrong.any(axis=1))
        if not rows.size:
            return
        name = sites.name(int(kept[rows[0]]))
        text = what(rows[0], int(np.argmax(wrong[rows[0]])))
        if touches and self._reading.strict:
            remedy = "Correct it, or set `qc.strict: false` to do without what is defective."
            raise self._store.error(f"{name}: {text}.", remedy)
        id, first, count = self._faults.get(kind, (name, text, 0))
        self._faults[kind] = id, first, count + len(rows)

    def _check_outcome(self, n_variants: int) -> None:
        """Say why there is nothing, if there is nothing."""
        name, what, count = self._faults.get("ploidy", ("", "", 0))
        if 2 * count > n_variants:
            raise self._store.error(f"{name}: {what}; so in {count} of {n_variants} sites.", _SET_PLOIDY)
        if not self._writer.n_variants:
            raise self._store.error(
                f"none of the {n_variants} sites is biallelic and passes its filters.",
                "Set `multiallelic: split` or `filter: all`.",
            )


FORMAT = Format(
    name="vcf_zarr",
    recognise=recognise,
    sample_ids=sample_ids,
    count_variants=count_variants,
    read=read,
    fields=fields,
    ploidy=ploidy,
    title="VCF Zarr of bio2zarr: name the folder, or a zip file of it",
    recognised_by="`.zgroup` or `zarr.json` in the folder",
    alleles="as in a VCF",
    order=0,
)
