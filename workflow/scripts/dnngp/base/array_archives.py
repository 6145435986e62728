"""Named arrays in one file (``.npz``): sizes are checked before anything is unpacked."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from dnngp.base.errors import UserError
from dnngp.base.tables import whole_file

#: Kinds of numbers, none wider than eight bytes; most dimensions.
KINDS, WIDTH, DIMENSIONS = "fiub", 8, 4

#: An array file may unpack to so many times its size, beside so many bytes. Arrays of fits that were measured
#: unpack to 30 times theirs at most.
RATIO, FREE = 200, 16 * 2**20

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def write_arrays(arrays: Mapping[str, np.ndarray], path: str | Path) -> None:
    """Write arrays by name."""
    with whole_file(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)


def write_one_by_one(arrays: Iterable[tuple[str, np.ndarray]], path: str | Path) -> None:
    """Write arrays by name as they are made, so that one is in memory at a time; not compressed."""
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in arrays:
            # Without a date: the same arrays are the same bytes.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as handle:
                npy.write_array(handle, array, allow_pickle=False)


def read_arrays(path: str | Path, most: int) -> dict[str, np.ndarray]:
    """Read arrays by name, of ``most`` bytes together at most.

    Raises
    ------
    UserError
        Not such a file, an array that is none of numbers, or more bytes than ``most`` or than
        :data:`RATIO` times the size of the file and :data:`FREE`.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_size(path, sum(member.file_size for member in members), most)
            names = [_checked(path, archive, member) for member in members]
            if len(set(names)) < len(names):
                raise UserError("it names an array twice.", file=path)
            return {name: _read(archive, member) for name, member in zip(names, members, strict=True)}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        said = " ".join(str(error).split())[:100]
        raise UserError(f"the arrays cannot be read: {said}.", file=path) from None


def _check_size(path: Path, total: int, most: int) -> None:
    unpacked = min(most, RATIO * path.stat().st_size + FREE)
    if total > unpacked:
        raise UserError(
            f"its arrays would take {total / 2**20:,.0f} MiB of memory, and at most {unpacked / 2**20:,.0f} "
            "are expected of a fit of its size.",
            file=path,
        )


def _checked(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    """Name of the array in a member whose header fits its size."""
    name = member.filename.removesuffix(".npy")
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UserError(f"the array {name!r} is encrypted or compressed in an unknown way.", file=path)
    with archive.open(member) as handle:
        shape, dtype = _header(handle)
        size = math.prod(shape) * dtype.itemsize
        numeric = dtype.kind in KINDS and dtype.itemsize <= WIDTH and len(shape) <= DIMENSIONS
        if not numeric or min(shape, default=0) < 0 or size != member.file_size - handle.tell():
            raise UserError(f"the array {name!r} is not one of {shape} numbers.", file=path)
    return name


def _header(handle: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    version = npy.read_magic(handle)
    if version not in HEADERS:
        raise ValueError(f"an array has the form {version}")
    shape, _, dtype = HEADERS[version](handle)
    return shape, dtype


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(member) as handle:
        return npy.read_array(handle, allow_pickle=False)
