"""PLINK 2 (``.pgen``, ``.pvar``, ``.psam``) to dosages, block of variants by block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dnngp.base.delimited import check_width
from dnngp.base.errors import UserError
from dnngp.base.files import decoded, numbered_lines
from dnngp.genotypes.parsing.format import Reading, Sink, source_of
from dnngp.genotypes.parsing.plink import check_diploid
from dnngp.genotypes.parsing.site_warnings import FAILED, warn_of_filters
from dnngp.genotypes.parsing.sites import position, site_name
from dnngp.genotypes.store import MISSING, Genotypes, GenotypesWriter, skipped_table, variant_table

#: Calls read at once.
BLOCK_CALLS = 16_000_000

#: Variants that share one offset in the header of a .pgen.
_OFFSET_BLOCK = 1 << 16

#: What pgenlib gives for a missing call.
_PGEN_MISSING = -9

#: Bytes before the offsets, or before the calls where all variants have the same size.
_HEAD = 12

_Site = tuple[str, int, str, str, str]

#: What FILTER says of a site that passed.
_PASSED = ("PASS", ".", "")


def read_pgen(path: Path, samples: list[str], reading: Reading, sink: Sink) -> Genotypes:
    """Read a PLINK 2 file set.

    Parameters
    ----------
    path
        The ``.pgen``; ``.pvar`` (plain) lies beside it.
    samples
        Ids of the ``.psam``.
    reading
        ``ploidy`` must be 2. ``field`` ``GT`` takes the hard calls and ``DS`` the dosages; ``multiallelic``.
    sink
        Where the genotypes go.

    Returns
    -------
    Genotypes
        Copies of ALT: int8, or float32 with ``field`` ``DS``. A sample's id is its IID.

    Raises
    ------
    UserError
        If the ``.pgen`` is truncated or disagrees with ``.pvar`` or ``.psam``, or one of the three is
        malformed or missing.
    """
    check_diploid(reading, path)
    if reading.field == "GP":
        raise UserError("a .pgen holds no GP.", file=path, remedy="Set `field: DS` or GT.")
    filters: list[str] = []
    sites = list(_sites(_pvar(path), filters))
    if not sites:
        raise UserError("the file holds no variants.", file=path.with_suffix(".pvar"))
    _check_size(path, len(sites), len(samples))
    source = source_of(path, "plink2", path.with_suffix(".pvar"), path.with_suffix(".psam"))
    pgen = _open(path, sites, len(samples))
    try:
        with sink.writer(samples, reading.ploidy, source) as writer:
            failed = {number: name for number, name in enumerate(filters) if name not in _PASSED}
            dropped = failed if reading.filter == "pass" else {}
            skipped = _write(writer, pgen, sites, dropped, len(samples), reading, path)
            warn_of_filters(writer, Counter(name.encode() for name in failed.values()), len(sites), reading)
            return writer.close(skipped_table(skipped))
    finally:
        pgen.close()


def _write(
    writer: GenotypesWriter,
    pgen: Any,
    sites: list[_Site],
    dropped: Mapping[int, str],
    n: int,
    reading: Reading,
    path: Path,
) -> list[tuple[str, str]]:
    """Write all variants but those ``dropped`` for what FILTER says; those skipped are returned."""
    size = max(1, BLOCK_CALLS // n)
    skipped: list[tuple[str, str]] = []
    for start in range(0, len(sites), size):
        rows: list[tuple[int, int]] = []  # variant, number of its ALT
        for variant in range(start, min(start + size, len(sites))):
            n_alts = 1 + sites[variant][4].count(",")
            several = n_alts > 1 and reading.multiallelic == "skip"
            if several or variant in dropped:
                why = f"{FAILED} {dropped[variant]}" if variant in dropped else f"{n_alts + 1} alleles"
                skipped.append((site_name(*sites[variant]), why))
                continue
            rows += [
                (variant, alt) for alt in range(1, 1 + (n_alts if reading.multiallelic == "split" else 1))
            ]
        if not rows:
            continue
        try:
            dosages = _dosages(
                pgen, rows, [sites[variant][4].count(",") > 0 for variant, _ in rows], n, reading
            )
        except RuntimeError as error:
            raise UserError(
                f"the calls of variants {start + 1} to {min(start + size, len(sites))} are damaged "
                f"({_text(error)}).",
                file=path,
                remedy="Copy it again.",
            ) from None
        table = variant_table(*zip(*(sites[variant] for variant, _ in rows), strict=True))
        table["alt"] = [sites[variant][4].split(",")[alt - 1] for variant, alt in rows]
        writer.add(table, dosages)
    if writer.n_variants == 0:
        raise UserError(
            "no variant has two alleles.",
            file=path,
            remedy="Set `multiallelic: split` or `first` to keep the others.",
        )
    return skipped


def _dosages(
    pgen: Any, rows: list[tuple[int, int]], multiallelic: list[bool], n: int, reading: Reading
) -> np.ndarray:
    """Dosages (k, n) of ALT alleles, each given by its variant and number."""
    real = reading.field == "DS"
    dosages = np.empty((len(rows), n), np.float32 if real else np.int8)
    several = np.array(multiallelic)
    variants = np.array([variant for variant, _ in rows], np.uint32)
    read = pgen.read_dosages_list if real else pgen.read_list
    if not several.any():
        read(variants, dosages)
    else:
        plain = np.empty((int((~several).sum()), n), dosages.dtype)
        if len(plain):
            read(variants[~several], plain)
        dosages[~several] = plain
    for row in np.flatnonzero(several):
        variant, alt = rows[row]
        if real:
            pgen.read_dosages(variant, dosages[row], alt)
        else:
            dosages[row] = _copies(pgen, variant, alt, n, reading.multiallelic == "first")
    dosages[dosages == _PGEN_MISSING] = np.nan if real else MISSING
    return dosages


def _copies(pgen: Any, variant: int, alt: int, n: int, others_missing: bool) -> np.ndarray:
    """Copies (n,) of one ALT of several."""
    alleles = np.empty(2 * n, np.int32)
    pgen.read_alleles(variant, alleles)
    pairs = alleles.reshape(n, 2)
    copies: np.ndarray = (pairs == alt).sum(axis=1).astype(np.int8)
    missing = pairs == _PGEN_MISSING
    copies[(missing | (others_missing & (pairs > 1))).any(axis=1)] = MISSING
    return copies


def _text(error: RuntimeError) -> str:
    """What pgenlib says."""
    text = error.args[0] if error.args else ""
    return (text.decode(errors="replace") if isinstance(text, bytes) else str(text)).strip()


def _open(path: Path, sites: list[_Site], n: int) -> Any:
    """pgenlib's reader."""
    from pgenlib import PgenReader

    counts = np.array([2 + site[4].count(",") for site in sites], np.uintp)
    offsets = None
    if (counts > 2).any():
        offsets = np.concatenate([np.zeros(1, np.uintp), np.cumsum(counts, dtype=np.uintp)])
    try:
        return PgenReader(
            str(path).encode(), raw_sample_ct=n, variant_ct=len(sites), allele_idx_offsets=offsets
        )
    except RuntimeError as error:
        raise UserError(f"pgenlib refuses it ({_text(error)}).", file=path) from None


def _check_size(path: Path, n_variants: int, n_samples: int) -> None:
    """Compare counts and sizes in the header with the files: pgenlib would notice a missing end late, or not.

    Layout: two bytes of magic, one of the storage mode, counts of variants and samples, a control byte; then
    either all calls, or for every 65,536 variants the offset of the first, followed by types and lengths of
    the records (plink-ng, ``pgen_spec``).
    """
    try:
        with open(path, "rb") as handle:
            head = handle.read(_HEAD)
            size = path.stat().st_size
            if len(head) < _HEAD or head[:2] != b"\x6c\x1b":
                raise UserError("the file is no PLINK 2 .pgen.", file=path)
            mode, control = head[2], head[11]
            found = int.from_bytes(head[3:7], "little"), int.from_bytes(head[7:11], "little")
            if found[0] != n_variants:
                raise UserError(f"the .pgen holds {found[0]} variants and the .pvar {n_variants}.", file=path)
            if found[1] != n_samples:
                raise UserError(f"the .pgen holds {found[1]} samples and the .psam {n_samples}.", file=path)
            if mode == 0x02:
                expected = _HEAD + n_variants * -(-n_samples // 4)
            elif mode == 0x10:
                expected = _end_of_records(
                    handle.read(_index_size(control, n_variants, path)), control, n_variants, path
                )
            else:
                raise UserError(
                    f"storage mode 0x{mode:02x} is not read.",
                    file=path,
                    remedy="Write it again with plink2 --make-pgen.",
                )
    except OSError as error:
        raise UserError(f"cannot be opened ({error.strerror}).", file=path) from None
    if size != expected:
        raise UserError(
            f"the file has {size} bytes where its header asks for {expected}.",
            file=path,
            remedy="It is truncated or damaged; copy it again.",
        )


def _index_parts(control: int, count: int, path: Path) -> tuple[int, int, int, int]:
    """Bytes of types, of lengths, of allele counts and of flags for ``count`` records."""
    kind = control & 15
    if kind > 7:
        raise UserError(f"header control 0x{control:02x} is not read.", file=path)
    types = count if kind > 3 else -(-count // 2)
    lengths = count * (1 + kind % 4)
    alleles = count * ((control >> 4) & 3)
    flags = -(-count // 8) if control >> 6 == 3 else 0
    return types, lengths, alleles, flags


def _index_size(control: int, n_variants: int, path: Path) -> int:
    """Bytes of the index after the head."""
    blocks = -(-n_variants // _OFFSET_BLOCK)
    size = 8 * blocks
    for block in range(blocks):
        size += sum(_index_parts(control, min(_OFFSET_BLOCK, n_variants - block * _OFFSET_BLOCK), path))
    return size


def _end_of_records(index: bytes, control: int, n_variants: int, path: Path) -> int:
    """Size that the file must have by its index."""
    blocks = -(-n_variants // _OFFSET_BLOCK)
    if len(index) < _index_size(control, n_variants, path):
        raise UserError("the file ends inside its index.", file=path, remedy="Copy it again.")
    width = 1 + (control & 3)
    place, end = 8 * blocks, _HEAD + _index_size(control, n_variants, path)
    for block in range(blocks):
        count = min(_OFFSET_BLOCK, n_variants - block * _OFFSET_BLOCK)
        types, lengths, alleles, flags = _index_parts(control, count, path)
        offset = int.from_bytes(index[8 * block : 8 * block + 8], "little")
        if offset != end:
            raise UserError(
                f"the records of variant {1 + block * _OFFSET_BLOCK} do not follow those before.",
                file=path,
                remedy="It is damaged; copy it again.",
            )
        raw = np.frombuffer(index, np.uint8, lengths, place + types).reshape(count, width)
        end += int((raw.astype(np.int64) << (8 * np.arange(width))).sum())
        place += types + lengths + alleles + flags
    return end


def _pvar(path: Path) -> Path:
    """The file of variants beside a ``.pgen``."""
    pvar = path.with_suffix(".pvar")
    compressed = pvar.with_suffix(".pvar.zst")
    if not pvar.exists() and compressed.exists():
        raise UserError(
            "the file is compressed by zstd.",
            file=compressed,
            remedy=f"Run plink2 --zst-decompress {compressed.name} {pvar.name}.",
        )
    return pvar


def _sites(path: Path, filters: list[str]) -> Iterator[_Site]:
    """Variants of a ``.pvar``: chromosome, position, id, REF, ALT; FILTER, if it is there, to ``filters``."""
    header: list[str] = []
    at: list[int] = []
    for number, line in numbered_lines(path):
        if line.startswith(b"##"):
            continue
        if not line.strip():
            raise UserError("the line is blank.", file=path, line=number)
        cells = decoded(line, path, number).split("\t")
        if not header:
            header = cells
            wanted = ["#CHROM", "POS", "ID", "REF", "ALT"]
            missing = [name for name in wanted if name not in header]
            if missing:
                raise UserError(
                    f"the header line lacks {', '.join(missing)}.",
                    file=path,
                    line=number,
                    remedy="Write it again with plink2 --make-pgen.",
                )
            at = [header.index(name) for name in wanted]
            continue
        check_width(len(cells), len(header), path, number)
        chrom, pos, id, ref, alt = (cells[column] for column in at)
        if "FILTER" in header:
            filters.append(cells[header.index("FILTER")])
        yield (
            "" if chrom in ("0", ".") else chrom,
            position(pos, path, number, "POS"),
            "" if id == "." else id,
            "" if ref == "." else ref,
            "" if alt == "." else alt,
        )
