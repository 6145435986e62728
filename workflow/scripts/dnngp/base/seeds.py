"""Randomness by name: seeds and orders come from hashed ids, never from job order.

Two machines, two schedulers or two cuts of the same work therefore draw the
same folds and the same network weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path


def digest(*names: object) -> str:
    """SHA-256 of the names joined by ``|``, as 64 hexadecimal digits."""
    return hashlib.sha256("|".join(map(str, names)).encode()).hexdigest()


def seed(*names: object) -> int:
    """A seed in [0, 2**31) that depends on the names alone."""
    return int(digest(*names)[:8], 16) >> 1


def hashed_ranks(ids: Sequence[str], *names: object) -> list[int]:
    """Rank (0-based) of every id when sorted by the digest of ``names + id``.

    The rank of an id does not depend on the order in which ids are given.
    """
    order = sorted(range(len(ids)), key=lambda i: digest(*names, ids[i]))
    ranks = [0] * len(ids)
    for rank, index in enumerate(order):
        ranks[index] = rank
    return ranks


def hashed_choice(ids: Sequence[str], count: int, *names: object) -> list[int]:
    """Places, ascending, of the ``count`` ids that come first by hash, or of all where they are fewer."""
    return [place for place, rank in enumerate(hashed_ranks(ids, *names)) if rank < count]


def file_sha256(path: object) -> str:
    """SHA-256 of a file's bytes; of a folder, the digest of the names and contents of all files in it."""
    folder = Path(str(path))
    if folder.is_dir():
        below = sorted(file for file in folder.rglob("*") if file.is_file())
        return digest(*(f"{file.relative_to(folder).as_posix()}|{file_sha256(file)}" for file in below))
    with open(str(path), "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def files_digest(paths: Iterable[object]) -> str:
    """One digest over the contents of several files, in the order given."""
    return digest(*(file_sha256(path) for path in paths))
