"""Phenotypes before a run: whether the table is one, and its values are measurements and fill the folds."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from dnngp.base.delimited import MISSING, TextTable, column_values, is_number
from dnngp.base.errors import some
from dnngp.base.suspects import coded_as_missing
from dnngp.config.datasets import Dataset
from dnngp.validation.scheme import SMALLEST_TEST

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
    traits = [table.columns[trait] for trait in dataset.traits.values()]
    if len(traits) >= MANY_TRAITS and all(CALLS.issuperset(cells) for cells in traits):
        yield (
            f"{dataset.phenotypes} has {len(traits)} columns of nothing but 0, 1 and 2, which look like "
            "markers. Are `genotypes` and `phenotypes` swapped?"
        )


def value_problems(
    dataset: Dataset, table: TextTable, genotyped: Collection[str] | None, cv: Mapping[str, Any]
) -> Iterator[str]:
    """Traits and covariates with codes for missing values, and traits with too few values for the folds."""
    covariates = [column for column, kind in dataset.covariates.items() if kind == "number"]
    traits = list(dataset.traits.values())
    if dataset.table.missing_values is None:
        beside = dataset.table.beside()
        for column in [*traits, *covariates]:
            if column in table.columns:
                yield from _codes(dataset.phenotypes, column, table)
            else:
                yield from _codes(str(dataset.samples_file), column, beside)
    if genotyped is None:
        return
    ids, genotyped = dataset.table.folded(table.ids, list(genotyped), dataset.phenotypes), set(genotyped)
    for column in traits:
        values = _values(dataset.phenotypes, column, table)
        count = sum(id in genotyped and not math.isnan(value) for id, value in zip(ids, values, strict=True))
        yield from _fold_problems(column, count, cv)


def _values(path: str, column: str, table: TextTable) -> list[float]:
    return column_values(table.columns[column], table.lines, path, column, "trait")


def _codes(path: str, column: str, table: TextTable) -> Iterator[str]:
    values = _values(path, column, table)
    codes = coded_as_missing(values)
    others = [value for value in values if not math.isnan(value) and value not in codes]
    for code in codes:
        where = [line for line, value in zip(table.lines, values, strict=True) if value == code]
        extremes = f"{min(others):g} to {max(others):g}"
        yield (
            f"{path}, column {column}: {code:g} is there {len(where)} times "
            f"(lines {some(where)}), far from all others ({extremes}). If it stands for a missing value, "
            f"write `missing_values: [{code:g}]` in the dataset; if it was measured, `missing_values: []`."
        )


def _fold_problems(trait: str, count: int, cv: Mapping[str, Any]) -> Iterator[str]:
    """Folds of random draws too small for a correlation; what other schemes leave out is drawn later."""
    folds, most = cv["folds"], count // SMALLEST_TEST
    if "random" not in cv["schemes"] or count == 0 or count // folds >= SMALLEST_TEST:
        return
    one = " (leave-one-out)" if folds >= count else ""
    remedy = f"Set `cv.folds` to {most} or less." if most >= 2 else "Leave the trait out of `traits`."
    yield (
        f"only {count} lines have genotypes and a value of {trait}: {folds} folds{one} would test fewer than "
        f"{SMALLEST_TEST} lines each, and r needs {SMALLEST_TEST}. {remedy}"
    )
