"""Files opened, decompressed and cut into lines: one place, which is strict about damage.

The Snakefile reads headers with it before any job starts, so it needs the standard library only.
"""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dnngp.base import digests
from dnngp.base.errors import UserError

#: The empty block that ends every BGZF file (SAM specification, section 4.1.2).
BGZF_EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")

_FOREIGN = {
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"PK\x03\x04": "zip, or is a workbook whose name does not end with .xlsx",
    b"\x28\xb5\x2f\xfd": "zstd",
}

#: How files begin that are no text, what they are, and what to do.
_NO_TEXT = {
    b"\x1f\x8b": ("compressed twice", "Decompress it once."),
    b"l\x1b": ("a PLINK .bed or .pgen", "Give it as `genotypes`."),
    b"BCF\x02": ("a BCF", "Give it as `genotypes`."),
    b"%PDF": ("a PDF", "Export the table as CSV or .xlsx."),
    **dict.fromkeys((b"RDX2\n", b"RDX3\n", b"RDA3\n"), ("of R (.RData)", "In R: write.csv(x, 'x.csv').")),
}

_UTF16 = (b"\xff\xfe", b"\xfe\xff")

BOM = b"\xef\xbb\xbf"

#: Bytes read at once where a file says how many follow: it may be wrong.
PIECE = 1 << 24

#: Bytes of the longest line of a text that is read; the environment variable gives them in MiB.
_MIB = os.environ.get("DNNGP_LONGEST_LINE", "")
LONGEST_LINE = (int(_MIB) if _MIB.isdecimal() else 64) << 20

#: What Python says of a file that is not whole.
_DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error)


def folder_states(paths: Iterable[str | Path]) -> list[tuple[int, int, int]]:
    """Number, bytes and newest change (ns) of the files in each folder among some paths.

    As a parameter of a rule it shows a change within a folder, which the time of the folder does not.
    """
    states = []
    for folder in (Path(path) for path in paths if os.path.isdir(path)):
        files = [file.stat() for file in folder.rglob("*") if file.is_file()]
        states.append(
            (
                len(files),
                sum(file.st_size for file in files),
                max((file.st_mtime_ns for file in files), default=0),
            )
        )
    return states


def decoded(line: bytes, path: str | Path, number: int) -> str:
    """Text of a line that must be UTF-8."""
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise UserError(
            f"byte {error.start + 1} of the line is not UTF-8 text.",
            file=path,
            line=number,
            remedy="Save the file as UTF-8.",
        ) from None


def read_exactly(handle: BinaryIO, size: int, path: str | Path) -> bytes:
    """Read ``size`` bytes or raise a :class:`UserError`; takes no more memory than there are bytes."""
    pieces = []
    with damage_told(path):
        while size > 0 and (piece := handle.read(min(size, PIECE))):
            pieces.append(piece)
            size -= len(piece)
    if size:
        raise UserError("the file is truncated.", file=path, remedy="Copy or download it again.")
    return b"".join(pieces)


def numbered_lines(path: str | Path) -> Iterator[tuple[int, bytes]]:
    """The lines of :func:`raw_lines` without their ends, be they LF or CR LF."""
    return ((number, line.rstrip(b"\r\n")) for number, line in raw_lines(path))


def raw_lines(path: str | Path) -> Iterator[tuple[int, bytes]]:
    """Yield ``(number, line)`` of a text file, plain or compressed, as it stands; numbers start at 1.

    Raises
    ------
    UserError
        If the file is not text, or compressed and cut off or damaged, even in its last byte.
    """
    with open_bytes(path) as handle:
        number = 0
        while True:
            try:
                line = handle.readline(LONGEST_LINE + 1)
            except _DAMAGE as error:
                raise _damaged(error, path, number) from None
            if not line:
                return
            number += 1
            refuse_long_line(len(line), path, number)
            if number == 1:
                line = line.removeprefix(BOM)
                _refuse_no_text(line, path)
            if b"\0" in line:
                raise UserError("the line holds a NUL byte; this is not a text file.", file=path, line=number)
            yield number, line


def _refuse_no_text(line: bytes, path: str | Path) -> None:
    """Raise a :class:`UserError` if a file whose first line this is holds no text."""
    for start, (what, remedy) in _NO_TEXT.items():
        if line.startswith(start):
            raise UserError(f"the file is {what}, not text.", file=path, remedy=remedy)


def refuse_long_line(size: int, path: str | Path, number: int | None = None) -> None:
    """Raise a :class:`UserError` for a line of more than :data:`LONGEST_LINE` bytes."""
    if size > LONGEST_LINE:
        raise UserError(
            f"the line is longer than {LONGEST_LINE >> 20} MiB.",
            file=path,
            line=number,
            remedy="If line breaks are lost, write the file again; if not, set the environment variable "
            "DNNGP_LONGEST_LINE to more MiB.",
        )


@contextmanager
def open_bytes(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed if it is gzip or BGZF; raises what :func:`open_file` raises."""
    with open_file(path) as (file, kind):
        if kind == "plain":
            yield file
        else:
            with gzip.GzipFile(fileobj=file) as inflated:
                # The buffer hands out lines faster than GzipFile does.
                yield io.BufferedReader(inflated, 1 << 20)


@contextmanager
def open_file(path: str | Path) -> Iterator[tuple[BinaryIO, str]]:
    """Open a file for reading as it stands, and tell whether it is ``plain``, ``gzip`` or ``bgzf``.

    Raises
    ------
    UserError
        If it cannot be opened, is empty, is compressed otherwise, is UTF-16, or is BGZF without the block
        that marks its end.
    """
    if digests.within_job():  # at the start of a run, only headers are read
        try:
            digests.check(path)
        except ValueError as error:
            raise digests.damaged(path, error) from None
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise UserError(f"cannot be opened ({error.strerror}).", file=path) from None
    with file:
        start = file.read(18)
        if not start:
            raise UserError("the file is empty.", file=path, remedy="Write or copy it again.")
        for magic, name in _FOREIGN.items():
            if start.startswith(magic):
                raise UserError(
                    f"the file is compressed by {name}.", file=path, remedy="Use gzip, bgzip or plain text."
                )
        if _is_utf16(start):
            raise UserError("the text is UTF-16.", file=path, remedy="Save the file as UTF-8.")
        kind = "plain"
        if start.startswith(b"\x1f\x8b"):
            kind = "gzip"
            if start[3:4] == b"\x04" and start[12:14] == b"BC":
                kind = "bgzf"
                _check_end_of_bgzf(file, path)
        file.seek(0)
        yield file, kind


def _is_utf16(start: bytes) -> bool:
    """Whether a text of two bytes a letter begins so: with a mark, or with every second byte zero."""
    halves = start[::2], start[1::2]
    return start.startswith(_UTF16) or (
        len(start) > 3 and any(all(one) and not any(other) for one, other in (halves, halves[::-1]))
    )


def _check_end_of_bgzf(file: BinaryIO, path: str | Path) -> None:
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - len(BGZF_EOF)))
    if file.read() != BGZF_EOF:
        raise UserError(
            "the compressed file is truncated: the block that marks its end is missing.",
            file=path,
            remedy="Copy or download it again, or write it again with bgzip.",
        )


@contextmanager
def damage_told(path: str | Path) -> Iterator[None]:
    """Turn what gzip says of a damaged file into a :class:`UserError`."""
    try:
        yield
    except _DAMAGE as error:
        raise _damaged(error, path) from None


def _damaged(error: Exception, path: str | Path, line: int = 0) -> UserError:
    """The error for a damaged compressed file; ``line`` was the last good one."""
    what = "truncated" if isinstance(error, EOFError) else f"damaged ({error})"
    after = f" after line {line}" if line else ""
    return UserError(f"the compressed file is {what}{after}.", file=path, remedy="Copy or download it again.")


def filled_lines(path: str | Path) -> Iterator[tuple[int, bytes]]:
    """The lines of :func:`numbered_lines` that are not blank."""
    return ((number, line) for number, line in numbered_lines(path) if line.strip())
