"""Phenotype tables: read as text, joined to the genotypes by id, turned into numbers trait by trait."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from dnngp.base.delimited import MISSING, TextTable, column_values
from dnngp.base.errors import UserError, some
from dnngp.base.suspects import ends_of_observation, single_outliers
from dnngp.genotypes.table_reading import TableReading

#: Before the names of covariates, where they stand beside ``value``, ``group`` and ``time`` of a line.
COVARIATE = "covariate "

_DEFAULT = TableReading()


def read_phenotypes(
    path: str | Path, reading: TableReading = _DEFAULT, samples: Sequence[str] = ()
) -> pd.DataFrame:
    """Read a phenotype table as text.

    Parameters
    ----------
    path
        Table separated by commas, tabs or semicolons, plain or gzip; a row a line, a column a trait.
    reading
        How.
    samples
        Ids of the genotyped samples, with which others are brought together if ``reading`` says so.

    Returns
    -------
    DataFrame
        All columns but the ids, as text, indexed by id. ``attrs["lines"]`` is the line of every id.

    Raises
    ------
    UserError
        If the id column does not exist, an id is empty or there twice, a column has no name or the name of
        another, or a row has more or fewer cells than the header.
    """
    return _frame(reading.table(path), path, reading, samples)


def _frame(text: TextTable, path: str | Path, reading: TableReading, samples: Sequence[str]) -> pd.DataFrame:
    ids = reading.folded(text.ids, samples, path)
    table = pd.DataFrame(text.columns, index=ids, dtype=str)
    table.attrs |= {"lines": dict(zip(ids, text.lines, strict=True)), "path": path}
    return table


class SampleTables:
    """The phenotype table of a dataset, and the table of its samples where it has one.

    Parameters
    ----------
    path
        The phenotype table.
    reading
        How it is read, and the table of samples.
    samples
        Ids of the genotyped samples.
    """

    def __init__(self, path: str | Path, reading: TableReading, samples: list[str]) -> None:
        self.phenotypes = read_phenotypes(path, reading, samples)
        self.beside = _frame(reading.beside(), reading.samples_file or path, reading, samples)
        self.samples = samples

    def groups(self, column: str | None) -> pd.Series:
        """Text of a column for each genotyped sample, missing where not known."""
        if column is None:
            return pd.Series(pd.NA, index=range(len(self.samples)), dtype="str")
        table = self._with(column)
        groups = _cells(table, column, table.attrs["path"]).reindex(self.samples)
        return groups.mask(groups.isin(MISSING)).reset_index(drop=True)

    def values(self, column: str, kind: str) -> pd.Series:
        """Numbers of a column for each genotyped sample; ``kind`` as of :func:`column_values`."""
        table = self._with(column)
        return _values(table, column, table.attrs["path"], kind).reindex(self.samples)

    def _with(self, column: str) -> pd.DataFrame:
        return self.beside if column in self.beside and column not in self.phenotypes else self.phenotypes


def trait_values(table: pd.DataFrame, trait: str, path: str | Path) -> pd.Series:
    """Values of one trait, float64, NaN where the cell is empty, ``NA``, ``.`` or the like.

    Parameters
    ----------
    table
        What :func:`read_phenotypes` returned.
    trait
        One of its columns.
    path
        The file, for error messages.

    Raises
    ------
    UserError
        If the trait does not exist, or a cell is neither a finite number nor missing.
    """
    return _values(table, trait, path, "trait")


def join_trait(
    samples: list[str],
    path: str | Path,
    trait: str,
    *,
    group_column: str | None = None,
    time_column: str | None = None,
    reading: TableReading = _DEFAULT,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """One trait for the genotyped lines, joined by id.

    Parameters
    ----------
    samples
        Ids of the genotyped lines.
    path
        Phenotype table.
    trait
        Its column.
    group_column
        Column of groups (family, population, year), or None.
    time_column
        Column of times: numbers as they are (a year, a cycle) or dates in the form ``2019-05-31`` as days; or
        None.
    reading
        As in :func:`read_phenotypes`.

    Returns
    -------
    phenotype
        A row per genotyped line, in their order: ``sample``, ``value`` (NaN where not phenotyped),
        ``group`` (text, missing where not known), and ``time`` (float) where there is such a column.
    ids
        Counts ``matched``, ``with_value`` (lines of these with a value of the trait), ``genotypes_only`` and
        ``phenotypes_only``, and ``examples`` of the latter two as text.

    Raises
    ------
    UserError
        If no id occurs in both files, no line with genotypes has a value, or all values are equal, beside
        what :func:`read_phenotypes` and :func:`trait_values` find.
    """
    tables = SampleTables(path, reading, samples)
    table = tables.phenotypes
    values = trait_values(table, trait, path).reindex(samples)
    known = set(samples)
    genotypes_only = [id for id in samples if id not in table.index]
    phenotypes_only = [id for id in table.index if id not in known]
    matched = len(samples) - len(genotypes_only)
    if matched == 0:
        raise UserError(
            f"none of the {len(table)} ids ({some(phenotypes_only)}) is among the {len(samples)} "
            f"genotyped lines ({some(genotypes_only)}).",
            file=path,
            remedy="Ids are compared as text; set `id_column` if they are in another column.",
        )
    present = values.dropna()
    if present.empty:
        raise UserError(
            f"none of the {matched} lines with genotypes has a value.",
            file=path,
            column=trait,
            remedy="Leave the trait out of `traits`.",
        )
    if present.nunique() == 1:
        raise UserError(
            f"the trait is constant: all {len(present)} lines with genotypes have the value "
            f"{present.iloc[0]:g}.",
            file=path,
            column=trait,
            remedy="Leave the trait out of `traits`.",
        )
    _warn_of_outliers(present, path)
    examples = [
        f"{text}: {some(ids)}"
        for text, ids in (
            ("only in the genotypes", genotypes_only),
            ("only in the phenotypes", phenotypes_only),
        )
        if ids
    ]
    phenotype = pd.DataFrame(
        {"sample": samples, "value": values.to_numpy(), "group": tables.groups(group_column)}
    )
    if time_column is not None:
        phenotype["time"] = tables.values(time_column, "time").to_numpy()
    return phenotype, {
        "matched": matched,
        "with_value": len(present),
        "genotypes_only": len(genotypes_only),
        "phenotypes_only": len(phenotypes_only),
        "examples": "; ".join(examples),
    }


def _warn_of_outliers(values: pd.Series, path: str | Path) -> None:
    for number in single_outliers(values.tolist()):
        others = values.drop(values.index[number])
        logging.warning(
            "%s, column %s: %s has %g, far from all other values (%g to %g). Is its decimal point right?",
            *(path, values.name, values.index[number], values.iloc[number], others.min(), others.max()),
        )
    for end in ends_of_observation(values.tolist()):
        logging.warning(
            "%s, column %s: %d values are %g, far from all others. Did observation end there?",
            *(path, values.name, (values == end).sum(), end),
        )


def join_layers(
    phenotype: pd.DataFrame,
    ids: Mapping[str, Any],
    layers: Mapping[str, tuple[set[str], str]],
    trait: str,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Lines that a layer lacks: without a value, or counted as filled.

    Parameters
    ----------
    phenotype, ids
        As from :func:`join_trait`.
    layers
        Ids of the lines that each layer has, and ``drop`` or ``impute``.
    trait
        For messages.

    Returns
    -------
    phenotype
        Missing ``value`` where a layer with ``drop`` has no such line.
    ids
        With ``layers_dropped`` and ``layers_filled``, the numbers of lines with a value that were dropped, or
        are at the mean of the training lines in some layer; ``with_value`` counts the lines that are left,
        and ``examples`` names some of each layer.

    Raises
    ------
    UserError
        If no line with a value is left.
    """
    known = phenotype["value"].notna()
    counts = {"drop": pd.Series(False, known.index), "impute": pd.Series(False, known.index)}
    examples = [ids["examples"]] if ids["examples"] else []
    for name, (lines, on_missing) in layers.items():
        lacking = known & ~phenotype["sample"].isin(lines)
        counts[on_missing] |= lacking
        if lacking.any():
            told = {"drop": "dropped", "impute": "filled"}[on_missing]
            listed = some(list(phenotype.loc[lacking, "sample"].unique()))
            examples.append(f"not in the layer {name}, {told}: {listed}")
    dropped, filled = counts["drop"], counts["impute"] & ~counts["drop"]
    # A sample may have records in several environments.
    counted = {
        name: phenotype.loc[mask, "sample"].nunique()
        for name, mask in (
            ("with_value", known & ~dropped),
            ("layers_dropped", dropped),
            ("layers_filled", filled),
        )
    }
    if layers and not counted["with_value"]:
        raise UserError(
            f"none of {known.sum()} lines with a value of {trait} is in every layer: {', '.join(layers)}.",
            remedy="Check the ids of the layers, or set `on_missing: impute`.",
        )
    joined = phenotype.assign(value=phenotype["value"].mask(dropped))
    return joined, {
        **ids,
        **counted,
        "examples": "; ".join(examples),
    }


def covariate_values(
    samples: list[str],
    path: str | Path,
    kinds: Mapping[str, str],
    reading: TableReading = _DEFAULT,
) -> pd.DataFrame:
    """Covariates of every genotyped line, a row each, in their order; missing where not known.

    Parameters
    ----------
    samples
        Ids of the genotyped lines.
    path
        Phenotype table.
    kinds
        ``number`` or ``factor`` (any text) for each column to take.
    reading
        As in :func:`read_phenotypes`.

    Returns
    -------
    DataFrame
        ``sample`` and a column, float or text, per covariate.

    Raises
    ------
    UserError
        If a column does not exist, or a cell of a ``number`` is neither a finite number nor missing.
    """
    tables = SampleTables(path, reading, samples)
    columns = {
        name: tables.values(name, "covariate").to_numpy() if kind == "number" else tables.groups(name)
        for name, kind in kinds.items()
    }
    return pd.DataFrame({"sample": samples, **columns})


def _values(table: pd.DataFrame, column: str, path: str | Path, kind: str) -> pd.Series:
    """Numbers of a column, float64; ``kind`` as in :func:`dnngp.base.delimited.column_values`."""
    cells = _cells(table, column, path, "trait" if kind == "trait" else "column")
    values = column_values(cells.tolist(), table.attrs["lines"].values(), path, column, kind)
    return pd.Series(values, index=table.index, name=column, dtype=float)


def _cells(table: pd.DataFrame, column: str, path: str | Path, what: str = "column") -> pd.Series:
    if column not in table:
        raise UserError(
            f"there is no {what} {column!r}.", file=path, remedy=f"It has: {', '.join(table.columns)}."
        )
    return table[column]
