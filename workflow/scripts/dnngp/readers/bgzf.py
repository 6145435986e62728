"""The text of a file, plain, gzip or BGZF, in large parts, and no byte of it unseen.

Blocks of BGZF (SAM specification, section 4.1) are inflated one by one, so that several threads can share
them and any damage is told with its byte. Every check of length, checksum and completeness is made.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from isal import isal_zlib
from isal.igzip_lib import IsalError

from dnngp.errors import UserError
from dnngp.headers import open_file

#: Bytes read from a compressed file at once, and text from a plain one.
COMPRESSED, TEXT = 1_000_000, 8_000_000

_COPY = "Copy or download it again."

T = TypeVar("T")


def text_parts(path: str | Path, executor: Executor | None = None, ahead: int = 1) -> Iterator[list[bytes]]:
    """Yield the decompressed text of a file in order: parts of some megabytes, in pieces that end anywhere.

    Parameters
    ----------
    path
        A file that ``dnngp.headers.open_file`` does not refuse.
    executor
        Inflates blocks of BGZF on its threads, some parts ahead; on this thread if None.
    ahead
        Parts in the making at once.

    Raises
    ------
    UserError
        For a file that is cut off, damaged or followed by other bytes, with the byte where it was seen.
    """
    with open_file(path) as (file, kind):
        if kind == "plain":
            while part := file.read(TEXT):
                yield [part]
        elif kind == "gzip":
            yield from _gzip_parts(file, path)
        else:
            jobs = ((_inflate, (batch, path)) for batch in _batches(file, path))
            yield from in_order(jobs, executor, ahead)


def in_order(
    jobs: Iterator[tuple[Callable[..., T], tuple[Any, ...]]], executor: Executor | None, ahead: int
) -> Iterator[T]:
    """Yield the results of ``function(*arguments)`` in the order of the jobs, some of them made ahead."""
    if executor is None:
        for function, arguments in jobs:
            yield function(*arguments)
        return
    waiting: deque[Future[T]] = deque()
    try:
        for function, arguments in jobs:
            waiting.append(executor.submit(function, *arguments))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _gzip_parts(file: BinaryIO, path: str | Path) -> Iterator[list[bytes]]:
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
                yield [part]
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            offset += len(data) - len(rest)
            data = rest


def _batches(file: BinaryIO, path: str | Path) -> Iterator[tuple[int, bytes, list[tuple[int, int, int]]]]:
    """Whole blocks of BGZF: (offset in the file, bytes, [(start, end, size of the head)])."""
    offset, rest = 0, b""
    while data := file.read(COMPRESSED):
        data = rest + data
        blocks: list[tuple[int, int, int]] = []
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
                yield offset, data, blocks
                blocks, text = [], 0
            text += length
            blocks.append((at, at + size, 12 + extra))
            at += size
        if blocks:
            yield offset, data, blocks
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


def _inflate(batch: tuple[int, bytes, list[tuple[int, int, int]]], path: str | Path) -> list[bytes]:
    """Texts of some blocks, checked."""
    offset, data, blocks = batch
    view = memoryview(data)
    texts = []
    for start, end, head in blocks:
        checksum, size = struct.unpack_from("<II", data, end - 8)
        if size > 65536:
            raise _damaged(path, offset + start, "a block is longer than 64 KiB")
        try:
            text = isal_zlib.decompress(view[start + head : end - 8], -15, max(size, 1))
        except IsalError as error:  # type: ignore[misc] # isal's stubs take it for a function
            raise _damaged(path, offset + start, error) from None
        if len(text) != size or isal_zlib.crc32(text) != checksum:
            raise _damaged(path, offset + start, "the checksum of a block does not match")
        texts.append(text)
    return texts


def _damaged(path: str | Path, offset: int, why: object) -> UserError:
    return UserError(f"the compressed file is damaged at byte {offset} ({why}).", file=path, remedy=_COPY)
