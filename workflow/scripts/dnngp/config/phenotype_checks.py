"""Phenotypes before a run: whether the table is one, and its values are measurements and fill the folds."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from dnngp.base.delimited import MISSING, TextTable, column_values, is_number
from dnngp.base.errors import UserError, some
from dnngp.base.suspects import code_problems, useless
from dnngp.config.dataset_entries import Dataset
from dnngp.validation.scheme import SMALLEST_TEST
from dnngp.validation.units import WITHOUT_TIME, Units, refuse_missing

#: Genotypes of diploids, as cells.
CALLS = MISSING | {"0", "1", "2"}
#: As many traits of nothing but genotypes are markers.
MANY_TRAITS = 20


def table_problems(dataset: Dataset, table: TextTable, genotyped: Collection[str]) -> Iterator[str]:
    """A table without a line of names, and one that holds the genotypes."""
    names = dataset.table.header(dataset.phenotypes)
    # Years are names of traits too.
    values = all(map(is_number, names[1:])) and not all(map(str.isdigit, names[1:]))
    if values or names[0] in genotyped:
        yield (
            f"{dataset.phenotypes} has no line with the names of its columns: the first one ({some(names)}) "
            "holds values. Write the names above it."
        )
    traits = [table.columns[column] for column in dataset.value_columns]
    if len(traits) >= MANY_TRAITS and all(CALLS.issuperset(cells) for cells in traits):
        yield (
            f"{dataset.phenotypes} has {len(traits)} columns of nothing but 0, 1 and 2, which look like "
            "markers. Are `genotypes` and `phenotypes` swapped?"
        )


def missing_codes(dataset: Dataset, table: TextTable) -> Iterator[str]:
    """Codes for missing values in traits and covariates, unless it is said what stands for those."""
    covariates = [column for column, kind in dataset.covariates.items() if kind == "number"]
    if dataset.table.missing_values is None:
        beside, file = dataset.table.beside(), str(dataset.samples_file)
        of_each = _by_environment(dataset, table)
        for column in dataset.value_columns:
            if dataset.table.trait_type(column).has_classes:
                continue
            yield from _codes(dataset.phenotypes, column, table, of_each)
        for column in covariates:
            if column in table.columns:
                yield from _codes(dataset.phenotypes, column, table, [_first_rows(table)])
            else:
                yield from _codes(file, column, beside, [_first_rows(beside)])


def value_problems(
    dataset: Dataset, table: TextTable, genotyped: Collection[str] | None, cv: Mapping[str, Any]
) -> Iterator[str]:
    """Traits with too few values for the folds, or equal ones; samples without the group or time that a
    scheme asks for.
    """
    if genotyped is None or dataset.environments is not None:
        return
    described = dict[str, None]()
    for column in dataset.value_columns:
        measured = _measured(dataset, table, column, genotyped)
        if why := useless(list(measured.values())):
            yield f"{dataset.phenotypes}, column {column}: {why} Leave the trait out of `traits`."
            continue
        present = [id for id, value in measured.items() if not math.isnan(value)]
        yield from _fold_problems(column, len(present), cv)
        described |= dict.fromkeys(present)
    yield from _description_problems(dataset, table, list(described), cv["schemes"])


def _measured(
    dataset: Dataset, table: TextTable, column: str, genotyped: Collection[str]
) -> dict[str, float]:
    """Values of a trait by id, of samples in both files."""
    ids = dataset.table.folded(table.ids, list(genotyped), dataset.phenotypes)
    known = set(genotyped)
    values = zip(ids, _values(dataset.phenotypes, column, table), strict=True)
    return {id: value for id, value in values if id in known}


def _description_problems(
    dataset: Dataset, table: TextTable, samples: list[str], schemes: Collection[str]
) -> Iterator[str]:
    """Samples with a value and without the group or time that a scheme asks for; one group for all."""
    for column, scheme in ((dataset.groups, "leave_group_out"), (dataset.time, "forward")):
        if column is None or scheme not in schemes or not samples:
            continue
        by_id = _cells_by_id(dataset, table, column, samples)
        cells = ["" if (cell := by_id.get(id, "")) in MISSING else cell for id in samples]
        try:
            if scheme == "leave_group_out":
                Units(dataset.name, samples, samples, cells).group_names()
            else:
                refuse_missing(samples, [cell == "" for cell in cells], "time", WITHOUT_TIME)
        except UserError as error:
            yield f"{scheme}: {error}"


def _cells_by_id(dataset: Dataset, table: TextTable, column: str, samples: list[str]) -> dict[str, str]:
    """Cells of a column of the phenotypes or of the table of samples."""
    table = table if column in table.columns else dataset.table.beside()
    ids = dataset.table.folded(table.ids, samples, dataset.phenotypes)
    return dict(zip(ids, table.columns[column], strict=True))


def _values(path: str, column: str, table: TextTable) -> list[float]:
    return column_values(table.columns[column], table.lines, path, column, "trait")


def _codes(path: str, column: str, table: TextTable, parts: Sequence[Sequence[int]]) -> Iterator[str]:
    return code_problems(path, column, _values(path, column, table), table.lines, parts)


def _by_environment(dataset: Dataset, table: TextTable) -> list[list[int]]:
    """Positions of the rows of each environment of a long table; of others, of all rows."""
    if dataset.environments is None or dataset.environments.column is None:
        return [list(range(len(table.ids)))]
    rows: dict[str, list[int]] = {}
    for number, environment in enumerate(table.columns[dataset.environments.column]):
        rows.setdefault(environment, []).append(number)
    return list(rows.values())


def _first_rows(table: TextTable) -> list[int]:
    """Positions of the first row of each id: a covariate stands in every row of a sample and is one value."""
    return list({id: number for number, id in reversed(list(enumerate(table.ids)))}.values())


def _fold_problems(trait: str, count: int, cv: Mapping[str, Any]) -> Iterator[str]:
    """Folds of random draws too small for a correlation; what other schemes leave out is drawn later."""
    folds, most = cv["folds"], count // SMALLEST_TEST
    if "random" not in cv["schemes"] or count // folds >= SMALLEST_TEST:
        return
    one = " (leave-one-out)" if folds >= count else ""
    remedy = f"Set `cv.folds` to {most} or less." if most >= 2 else "Leave the trait out of `traits`."
    yield (
        f"only {count} lines have genotypes and a value of {trait}: {folds} folds{one} would test fewer than "
        f"{SMALLEST_TEST} lines each, and r needs {SMALLEST_TEST}. {remedy}"
    )
