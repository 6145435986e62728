"""Crosses of genotyped lines: who their parents are, beside the genotypes that follow from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dnngp.base.errors import some
from dnngp.base.tables import read_table, write_table

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes

#: The sides of a cross.
SIDES = ("female", "male")

#: In the folder of genotypes: the parents of each cross by id, and the genotypes of the parents.
CROSSES, PARENTS = "crosses.tsv", "parents"


@dataclass(frozen=True, eq=False)
class Crosses:
    """The parents of n crosses.

    Attributes
    ----------
    lines
        The parents, at the markers of the crosses.
    female, male
        (n,) int64, numbers of the parents of each cross among the lines.
    """

    lines: Genotypes
    female: np.ndarray
    male: np.ndarray

    def select(self, samples: np.ndarray | None = None, variants: np.ndarray | None = None) -> Crosses:
        """Some crosses with their parents, in the order of all, at some markers; None takes all."""
        every = np.arange(len(self.female)) if samples is None else samples
        female, male = self.female[every], self.male[every]
        used = np.unique(np.concatenate([female, male]))
        lines = self.lines.select(used, variants)
        return Crosses(lines, np.searchsorted(used, female), np.searchsorted(used, male))

    def table(self, samples: np.ndarray) -> pd.DataFrame:
        """Ids of the crosses, given as ``sample``, and of their parents, ``female`` and ``male``."""
        names = self.lines.samples
        return pd.DataFrame({"sample": samples, "female": names[self.female], "male": names[self.male]})

    @classmethod
    def of(cls, table: pd.DataFrame, lines: Genotypes) -> Crosses:
        """From ids as :meth:`table` has them, and the parents."""
        return cls(lines, *(lines.positions(table[side]) for side in SIDES))


def write_crosses(table: pd.DataFrame, folder: Path) -> None:
    """The parents of each cross, beside its genotypes."""
    write_table(table, folder / CROSSES)


def stored_crosses(folder: str | Path) -> pd.DataFrame | None:
    """As :meth:`Crosses.table` has them, of a folder of genotypes; None where it holds no crosses."""
    path = Path(folder) / CROSSES
    return read_table(path) if path.is_file() else None


def pairs_of(table: pd.DataFrame | None) -> Mapping[str, tuple[str, str]]:
    """Female and male by cross; none without a table."""
    if table is None:
        return {}
    parents = zip(table["female"], table["male"], strict=True)
    return dict(zip(table["sample"], parents, strict=True))


def parents_told(table: pd.DataFrame | None, phenotyped: Collection[str]) -> list[str]:
    """That parents have phenotypes of their own, if any do: lines are not among the samples."""
    parents = set() if table is None else {*table["female"], *table["male"]}
    told = sorted(parents.intersection(phenotyped))
    return [f"{len(told)} parents of crosses, whose own values are not used: {some(told)}"] if told else []
