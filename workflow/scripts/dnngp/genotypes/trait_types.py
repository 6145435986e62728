"""Types of trait: what the values of a phenotype are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dnngp.base.delimited import MISSING, is_number
from dnngp.base.errors import UserError


@dataclass(frozen=True)
class TraitType:
    """What the values of a trait are.

    Attributes
    ----------
    kind
        ``continuous``; ``count`` (whole numbers from 0); ``binary`` or ``ordinal``: the number of a class,
        from 0.
    classes
        Names of the classes of a ``binary`` or ``ordinal`` trait, from the lowest; empty for others.
    """

    kind: str = "continuous"
    classes: Sequence[str] = ()

    @property
    def has_classes(self) -> bool:
        """Whether its values are numbers of classes."""
        return bool(self.classes)

    def read(self, cells: Sequence[str], lines: Iterable[int], path: str | Path, column: str) -> list[str]:
        """Cells of a column of the phenotype table, names of classes as their numbers.

        Raises
        ------
        UserError
            For the first cell that is neither missing nor a class; of a count, that is none.
        """
        if self.kind == "continuous":
            return list(cells)
        read = self._number_of if self.has_classes else _count
        found = []
        for cell, line in zip(cells, lines, strict=True):
            value = cell if cell in MISSING else read(cell)
            if value is None:
                what = f"none of its classes ({', '.join(self.classes)})" if self.has_classes else "no count"
                remedy = "Write NA for missing values, or mend `trait_types`."
                raise UserError(f"{cell!r} is {what}.", file=path, line=line, column=column, remedy=remedy)
            found.append(value)
        return found

    @property
    def _number_of(self) -> Callable[[str], str | None]:
        """Number of a class by its name; names that are numbers, however they are written."""
        numbers = {_spelt(name): str(number) for number, name in enumerate(self.classes)}
        return lambda cell: numbers.get(_spelt(cell))


def type_of(trait: str, types: Mapping[str, Mapping[str, Any]]) -> TraitType:
    """What a trait is by the arguments of types, of those that are not continuous."""
    return TraitType(**types.get(trait, {}))


def _spelt(name: str) -> str | float:
    return float(name) if is_number(name) else name


def _count(cell: str) -> str | None:
    return cell if is_number(cell) and float(cell) >= 0 and float(cell).is_integer() else None


CONTINUOUS, BINARY = TraitType(), TraitType("binary", ("0", "1"))

#: Kinds of trait that are numbers, and all.
NUMBERS = ("continuous", "count")
EVERY_KIND = (*NUMBERS, "binary", "ordinal")
