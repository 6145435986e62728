"""The text of a file, plain, gzip or BGZF, in large parts, and no byte of it unseen.

Blocks of BGZF (SAM specification, section 4.1) are inflated some megabytes at a time, so that several
threads can share them. Every check of length, checksum and completeness is made, and any damage is told with
its byte.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from isal import igzip, isal_zlib
from isal.igzip_lib import IsalError

from dnngp.base.errors import UserError
from dnngp.base.files import open_file

#: Bytes read from a compressed file at once, and about the size of a part of text.
COMPRESSED, TEXT = 4_000_000, 2_000_000

#: Room before a part, where the begin of its first line is put; a longer one costs a copy of the part.
_BEFORE = 65_536

#: Bytes behind a part, so that a scan may look ahead.
_BEHIND = 16

#: Bytes of text that a block holds at most.
LONGEST = 65_536

_COPY = "Copy or download it again."

T = TypeVar("T")


class Text:
    """A part of a text, in memory that is used again and again: fresh pages cost more time than a scan.

    Attributes
    ----------
    data
        Holds the text from byte ``begin`` to ``end``, and at least 16 bytes more.
    bytes, words
        The same memory as uint8 and as uint64.
    """

    def __init__(self) -> None:
        self._allocate(0)
        self.begin = self.end = 0

    def __len__(self) -> int:
        return self.end - self.begin

    def __bytes__(self) -> bytes:
        return bytes(memoryview(self.data)[self.begin : self.end])

    def make_room(self, size: int) -> memoryview:
        """Room for so many bytes in place of the text."""
        if len(self.data) < _BEFORE + size + _BEHIND:
            self._allocate(_BEFORE + size + size // 8 + _BEHIND)
        self.begin, self.end = _BEFORE, _BEFORE + size
        return memoryview(self.data)[self.begin : self.end]

    def put(self, text: bytes) -> None:
        """Replace the text."""
        # By NumPy, which lets other threads work meanwhile.
        np.frombuffer(self.make_room(len(text)), np.uint8)[:] = np.frombuffer(text, np.uint8)

    def prepend(self, text: bytes) -> None:
        """Put another text before this one."""
        if len(text) > self.begin:
            self.put(text + bytes(self))
        else:
            self.begin -= len(text)
            self.data[self.begin : self.begin + len(text)] = text

    def _allocate(self, size: int) -> None:
        self.data = bytearray(-(-size // 8) * 8)
        self.bytes = np.frombuffer(self.data, np.uint8)
        self.words = np.frombuffer(self.data, "<u8")


def text_parts(path: str | Path) -> Iterator[Callable[[Text], None]]:
    """Yield the decompressed text of a file in order: parts of some megabytes that end anywhere.

    What is yielded puts a part in the memory it is called with, on any thread, once.

    Parameters
    ----------
    path
        A file that ``dnngp.base.files.open_file`` does not refuse.

    Raises
    ------
    UserError
        For a file that is cut off, damaged or followed by other bytes, with the byte where it was seen; here
        or by what is yielded.
    """
    with open_file(path) as (file, kind):
        if kind == "bgzf":
            for batch in _batches(file, path):
                yield partial(_inflate, batch, path)
            return
        for text in iter(lambda: file.read(TEXT), b"") if kind == "plain" else _gzip_parts(file, path):
            yield partial(Text.put, text=text)


def in_order(
    jobs: Iterator[tuple[Callable[..., T], tuple[Any, ...]]], executor: Executor | None, ahead: int
) -> Iterator[T]:
    """Yield the results of ``function(*arguments)`` in the order of the jobs, some of them made ahead."""
    if executor is None:
        for function, arguments in jobs:
            yield function(*arguments)
        return
    waiting: deque[Future[T]] = deque()
    failure: Exception | None = None
    try:
        while True:
            try:
                job = next(jobs, None)
            except Exception as error:
                # After what the jobs before it have to say, as if there were no threads.
                failure = error
                break
            if job is None:
                break
            waiting.append(executor.submit(job[0], *job[1]))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # From the last: a job may wait for something of the one before it.
        for future in reversed(waiting):
            future.cancel()
    if failure:
        raise failure


def _gzip_parts(file: BinaryIO, path: str | Path) -> Iterator[bytes]:
    """Members of a plain gzip file, one behind the other."""
    offset, data = 0, b""
    while True:
        inflate = isal_zlib.decompressobj(wbits=31)
        begun = bool(data)
        while not inflate.eof:
            data = data or file.read(COMPRESSED)
            if not data:
                if not begun and offset:
                    return
                raise UserError(
                    f"the compressed file is truncated at byte {offset}.", file=path, remedy=_COPY
                )
            begun = True
            try:
                part = inflate.decompress(data, TEXT)
            except IsalError as error:  # type: ignore[misc] # isal's stubs take it for a function
                raise _damaged(path, offset, error) from None
            if part:
                yield part
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            offset += len(data) - len(rest)
            data = rest


@dataclass
class _Batch:
    """Whole blocks of BGZF that follow each other."""

    offset: int  # of `data` in the file
    data: bytes
    blocks: list[tuple[int, int, int, int]]  # start, end, size of the head, size of the text


def _batches(file: BinaryIO, path: str | Path) -> Iterator[_Batch]:
    offset, rest = 0, b""
    while data := file.read(COMPRESSED):
        data = rest + data
        blocks: list[tuple[int, int, int, int]] = []
        at = text = 0
        while len(data) - at >= 18:
            extra = data[at + 10] + 256 * data[at + 11]
            head = data[at : at + 12 + extra]
            if not head.startswith(b"\x1f\x8b\x08\x04"):
                raise _damaged(path, offset + at, "no block starts here")
            if len(head) < 12 + extra:
                break
            size = _block_size(head)
            if size is None or size < 20 + extra:
                raise _damaged(path, offset + at, "the block does not say how long it is")
            if at + size > len(data):
                break
            length = int.from_bytes(data[at + size - 4 : at + size], "little")
            if blocks and text + length > TEXT:
                yield _Batch(offset, data, blocks)
                blocks, text = [], 0
            text += length
            blocks.append((at, at + size, 12 + extra, length))
            at += size
        if blocks:
            yield _Batch(offset, data, blocks)
        offset, rest = offset + at, data[at:]
    if rest:
        raise UserError(
            f"the compressed file is truncated inside the block at byte {offset}.", file=path, remedy=_COPY
        )


def _block_size(head: bytes) -> int | None:
    """Bytes of a block, from the BC sub-field of its extra field."""
    at = 12
    while at + 4 <= len(head):
        name, length = head[at : at + 2], head[at + 2] + 256 * head[at + 3]
        if name == b"BC" and length == 2 and at + 6 <= len(head):
            return head[at + 4] + 256 * head[at + 5] + 1
        at += 4 + length
    return None


def _inflate(batch: _Batch, path: str | Path, part: Text) -> None:
    """Put the text of some blocks in a part, checked."""
    sizes = [size for *_, size in batch.blocks]
    room = part.make_room(sum(min(size, LONGEST) for size in sizes))
    if max(sizes) > LONGEST or not _inflate_all(room, batch):
        _inflate_each(room, batch, path)


def _inflate_all(room: memoryview, batch: _Batch) -> bool:
    """Whether all blocks are whole, inflated by one call, which lets other threads work meanwhile."""
    begin, end = batch.blocks[0][0], batch.blocks[-1][1]
    try:
        with igzip.open(io.BytesIO(memoryview(batch.data)[begin:end])) as texts:
            return bool(texts.readinto(room) == len(room) and not texts.read(1))
    except (EOFError, OSError, IsalError):  # type: ignore[misc] # isal's stubs take it for a function
        return False


def _inflate_each(room: memoryview, batch: _Batch, path: str | Path) -> None:
    """Block by block, to say which one is damaged."""
    view = memoryview(batch.data)
    at = 0
    for start, end, head, size in batch.blocks:
        if size > LONGEST:
            raise _damaged(path, batch.offset + start, "a block is longer than 64 KiB")
        checksum = int.from_bytes(view[end - 8 : end - 4], "little")
        try:
            text = isal_zlib.decompress(view[start + head : end - 8], -15, max(size, 1))
        except IsalError as error:  # type: ignore[misc] # isal's stubs take it for a function
            raise _damaged(path, batch.offset + start, error) from None
        if len(text) != size or isal_zlib.crc32(text) != checksum:
            raise _damaged(path, batch.offset + start, "the checksum of a block does not match")
        room[at : at + size] = text
        at += size


def _damaged(path: str | Path, offset: int, why: object) -> UserError:
    return UserError(f"the compressed file is damaged at byte {offset} ({why}).", file=path, remedy=_COPY)
