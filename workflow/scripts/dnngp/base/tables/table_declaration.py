"""What a result table is: its path, what a row stands for, its columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Column:
    """One column: its name, kind (``text``, ``integer``, ``number`` or ``flag``), meaning and unit."""

    name: str
    kind: str
    meaning: str
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """One result table, or one a dataset, trait, model, ...

    Attributes
    ----------
    path
        Below the folder of results; ``{dataset}`` and the like stand for names.
    meaning
        What it holds, in words.
    row
        What a row stands for.
    columns
        In the order of the file, as far as they are written.
    keys
        Columns that identify a row.
    further
        Columns whose names the method or the configuration gives, in words; empty where there are none.
    needs
        Section of the configuration without which the table is not made; empty for every run.
    """

    path: str
    meaning: str
    row: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    further: str = ""
    needs: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the end of a path of this table; its groups are the names in it."""
        parts = re.split(r"\{(\w+)\}", self.path)
        named = [
            f"(?P<{part}>[^/]+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts)
        ]
        return re.compile(rf"(?:^|/){''.join(named)}$")

    @property
    def text(self) -> tuple[str, ...]:
        """Columns that hold names, whatever they look like (a sample called 007, a trait called 1)."""
        return tuple(column.name for column in self.columns if column.kind == "text")

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    def undeclared(self, columns: Iterable[str]) -> list[str]:
        """Those of ``columns`` that are not declared; none for a table that may hold further ones."""
        return [] if self.further else [name for name in columns if name not in self.names]


def text(name: str, meaning: str) -> Column:
    """A column of names or words."""
    return Column(name, "text", meaning)


def integer(name: str, meaning: str, unit: str = "") -> Column:
    """A column of counts."""
    return Column(name, "integer", meaning, unit)


def number(name: str, meaning: str, unit: str = "") -> Column:
    """A column of real numbers."""
    return Column(name, "number", meaning, unit)


def flag(name: str, meaning: str) -> Column:
    """A column of True and False."""
    return Column(name, "flag", meaning)


def table(
    path: str, meaning: str, row: str, keys: str, *columns: Column, further: str = "", needs: str = ""
) -> Table:
    """A :class:`Table`; ``keys`` are names with a space between."""
    return Table(path, meaning, row, columns, tuple(keys.split()), further, needs)
