"""How the phenotype table of a dataset is read, and the table of its samples beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dnngp.base.delimited import MISSING, TextTable, id_position, phenotype_header, table_rows, text_table
from dnngp.base.errors import UserError
from dnngp.genotypes.id_folding import ASK, folded
from dnngp.genotypes.trait_types import TraitType, type_of
from dnngp.genotypes.weight_columns import WeightColumns


def wanted_environments(present: Iterable[str], names: Sequence[str] | None, path: str | Path) -> list[str]:
    """The environments that are used: those named, or all.

    Raises
    ------
    UserError
        One that is named and not present; fewer than two.
    """
    present = list(dict.fromkeys(present))
    for name in names or ():
        if name not in present:
            raise UserError(
                f"{name!r} has no records.", file=path, remedy=f"There are: {', '.join(present)}."
            )
    wanted = list(present if names is None else names)
    if len(wanted) < 2:
        raise UserError(f"a dataset with `environments` needs two, not {len(wanted)}.", file=path)
    return wanted


@dataclass(frozen=True)
class TableReading:
    """Options of a dataset about its phenotype table.

    Attributes
    ----------
    id_column
        Column of the ids; the first if None.
    missing_values
        Further texts and numbers that stand for a missing value.
    sheet
        Of a workbook; None for the only one with content.
    ids
        How ids are brought together with those of the genotypes: :func:`dnngp.genotypes.id_folding.folded`.
    samples_file
        A table with a row per sample, for columns that the phenotype table lacks; its first column holds the
        ids.
    trait_types
        Arguments of :class:`dnngp.genotypes.trait_types.TraitType` by column, of those that are not
        continuous.
    weights
        Arguments of :class:`dnngp.genotypes.weight_columns.WeightColumns`; empty where all values count the
        same.
    """

    id_column: str | None = None
    missing_values: Sequence[str] | None = None
    sheet: str | None = None
    ids: str = ASK
    samples_file: str | None = None
    trait_types: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    weights: Mapping[str, Any] = field(default_factory=dict)

    def trait_type(self, column: str) -> TraitType:
        """What the values of a column are."""
        return type_of(column, self.trait_types)

    def precisions(
        self, table: TextTable, column: str, values: Sequence[float], path: str | Path
    ) -> list[float] | None:
        """Precisions of the values of a column of the table; None where nothing is said of them.

        Raises
        ------
        UserError
            A value whose weight is no number above 0.
        """
        weights = WeightColumns(**self.weights)
        if column not in weights.columns:
            return None
        of = weights.columns[column]
        return weights.precisions(weights.given(table.columns[of], values, table.lines, path, of))

    def header(self, path: str | Path) -> list[str]:
        """Names of the columns of the phenotype table."""
        return phenotype_header(path, self.sheet)

    def table(self, path: str | Path, *, repeated: bool = False) -> TextTable:
        """The phenotype table, with a row per id, or several where they are ``repeated``.

        Classes are there by their numbers.
        """
        table = text_table(path, self.id_column, self.missing_values, self.sheet, repeated=repeated)
        numbered = {
            column: self.trait_type(column).read(table.columns[column], table.lines, path, column)
            for column in self.trait_types
        }
        return replace(table, columns=table.columns | numbered)

    def records(self, path: str | Path, environment: str) -> TextTable:
        """The phenotype table of which each row names an environment, in that column."""
        table = self.table(path, repeated=True)
        for line, cell in zip(table.lines, table.columns[environment], strict=True):
            if cell in MISSING:
                raise UserError(
                    f"{cell!r} names no environment.",
                    file=path,
                    line=line,
                    column=environment,
                    remedy="Fill it in, or remove the row.",
                )
        return table

    def ids_of(self, path: str | Path) -> set[str]:
        """Ids of the phenotype table, in which one may be there several times."""
        rows = table_rows(path, self.sheet)
        _, header = next(rows)
        position = id_position(header, self.id_column, path)
        return {row[position].strip() for _, row in rows}

    def beside(self) -> TextTable:
        """The table of samples; without one, it has no columns."""
        if self.samples_file is None:
            return TextTable([], [], {})
        return text_table(self.samples_file, None, self.missing_values)

    def folded(self, ids: Sequence[str], samples: Sequence[str], path: str | Path) -> list[str]:
        """Ids of a table as the genotyped ``samples`` have them."""
        return folded(ids, samples, self.ids, path)
