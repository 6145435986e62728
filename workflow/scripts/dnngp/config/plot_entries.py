"""Plots of a dataset, as the configuration describes them, and what is wrong with their table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dnngp.base.delimited import MISSING, TextTable, column_values, is_number
from dnngp.base.errors import some
from dnngp.base.problems import absent_columns, refuse
from dnngp.genotypes.plot_tables import PLACES, unknown_places


@dataclass(frozen=True)
class DatasetPlots:
    """Columns of a table of plots by what they hold, and how stage one is to fit them."""

    columns: dict[str, str]
    design: list[str] | None
    spatial: str
    error: str
    within_folds: bool

    @property
    def fitting(self) -> dict[str, Any]:
        """Arguments of :func:`dnngp.methods.field_trials.stage_one.stage_one`."""
        error = "full" if self.error == "none" else self.error
        return {"design": self.design, "spatial": self.spatial, "error": error}


def read_plots_entry(
    given: Mapping[str, Any] | None, phenotypes: str, header: Sequence[str]
) -> DatasetPlots | None:
    """``plots`` of a dataset, checked against the columns of its table.

    Raises
    ------
    UserError
        A line for each column that is not there.
    """
    if given is None:
        return None
    columns = {name: given[name] for name in PLACES if given[name] is not None}
    refuse(
        absent_columns(phenotypes, header, ((f"plots.{name}", column) for name, column in columns.items()))
    )
    return DatasetPlots(
        columns, given["design"], given["spatial"], given["error"], given["stage_one"] == "within_folds"
    )


def plot_problems(
    plots: DatasetPlots, table: TextTable, path: str, environment: str | None, traits: Sequence[str]
) -> Iterator[str]:
    """Plots without a place, at the place of another, or in no numbered row or column where a trend is asked
    for; traits of which no entry has two plots in an environment.
    """
    places = table.columns[environment] if environment else [""] * len(table.ids)
    wrong: list[str] = []
    for trait in traits:
        values = column_values(table.columns[trait], table.lines, path, trait, "trait")
        wrong += map(str, unknown_places(table, path, plots.columns, values))
        counts = Counter(
            (id, place)
            for id, place, cell in zip(table.ids, places, table.columns[trait], strict=True)
            if cell not in MISSING
        )
        if max(counts.values(), default=0) < 2:
            yield (
                f"{path}, column {trait}: no entry ({some(list(dict.fromkeys(table.ids)))}) has two plots "
                "with a value in an environment, so that no error can be estimated. Take `plots` out of the "
                "dataset: the table is one of means."
            )
    yield from dict.fromkeys(wrong)
    if plots.spatial != "none" and not wrong:
        yield from _position_problems(plots, table, path, places)


def _position_problems(
    plots: DatasetPlots, table: TextTable, path: str, places: Sequence[str]
) -> Iterator[str]:
    """Rows and columns that are no numbers; two plots at one place."""
    for name in ("row", "column"):
        column = plots.columns[name]
        for cell, line in zip(table.columns[column], table.lines, strict=True):
            if cell not in MISSING and not is_number(cell):
                yield (
                    f"{path}, line {line}, column {column}: {cell!r} is no number, and `spatial` needs to "
                    f"know how far plots are apart. Number the {name}s, or set `spatial: none`."
                )
                return
    first: dict[tuple[str, str, str], int] = {}
    cells = (table.columns[plots.columns[name]] for name in ("row", "column"))
    for line, *place in zip(table.lines, places, *cells, strict=True):
        key = (place[0], place[1], place[2])
        if first.setdefault(key, line) != line and not MISSING & set(key[1:]):
            yield (
                f"{path}, line {line}: there is a plot at row {key[1]}, column {key[2]} already (line "
                f"{first[key]}), and `spatial` needs one a place. Number rows and columns through the field, "
                "or set `spatial: none`."
            )
            return
