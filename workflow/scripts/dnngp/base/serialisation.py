"""What was fitted, as named arrays: so that a bundle holds nothing that could run code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Self

from dnngp.base.lazy import np

Arrays = Mapping[str, "np.ndarray"]

#: Shares of the way from one input to another at which a gradient is taken to be averaged (midpoint rule).
PATH = tuple((step + 0.5) / 16 for step in range(16))


class Stored:
    """A method or transformer that can be taken apart into arrays and put together again.

    Put together, in any process, it gives the same bytes.
    """

    #: Fitted attributes that it needs afterwards: numbers, tuples of numbers or arrays.
    STATE: ClassVar[tuple[str, ...]] = ()

    def to_arrays(self) -> dict[str, np.ndarray]:
        """What was fitted; phenotypes of lines are never part of it."""
        return {name: np.asarray(getattr(self, name)) for name in self.STATE}

    def from_arrays(self, arrays: Arrays) -> Self:
        """Take over what :meth:`to_arrays` of an object with the same parameters gave."""
        for name in self.STATE:
            value = arrays[name]
            setattr(self, name, value.item() if value.ndim == 0 else value)
        return self


def as_bytes(text: str | bytes | bytearray) -> np.ndarray:
    """A text (in UTF-8) as uint8."""
    return np.frombuffer(text.encode() if isinstance(text, str) else bytes(text), np.uint8)


def prefixed(prefix: str, arrays: Arrays) -> dict[str, np.ndarray]:
    """Arrays of a part, under names of their own."""
    return {f"{prefix}.{name}": value for name, value in arrays.items()}


def numbered(prefix: str, parts: Iterable[Arrays]) -> dict[str, np.ndarray]:
    """Arrays of several parts, the number of each behind the prefix."""
    named = (prefixed(f"{prefix}{number}", part) for number, part in enumerate(parts))
    return {name: value for arrays in named for name, value in arrays.items()}


def part_of(prefix: str, arrays: Arrays) -> dict[str, np.ndarray]:
    """What :func:`prefixed` put together; empty where there is no such part."""
    start = f"{prefix}."
    return {name.removeprefix(start): value for name, value in arrays.items() if name.startswith(start)}
