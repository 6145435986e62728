"""Phenotype tables: read as text, joined to the genotypes by id, turned into numbers trait by trait."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.delimited import MISSING, TextTable, column_values
from dnngp.base.errors import UserError, some
from dnngp.base.suspects import ends_of_observation, single_outliers, useless
from dnngp.genotypes.table_reading import TableReading

#: Column of precisions, where a dataset has `weights`.
WEIGHT = "weight"

#: Before the names of covariates, where they stand beside ``value``, ``group`` and ``time`` of a line.
COVARIATE = "covariate "

_DEFAULT = TableReading()
_NOTHING: Mapping[str, str] = MappingProxyType({})


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
    table = reading.table(path)
    ids = reading.folded(table.ids, samples, path)
    frame = pd.DataFrame(table.columns, index=ids, dtype=str)
    frame.attrs["lines"] = dict(zip(ids, table.lines, strict=True))
    return frame


def trait_values(table: pd.DataFrame, trait: str, path: str | Path) -> pd.Series:
    """Values of one trait, float64, NaN where the cell is empty, ``NA``, ``.`` or the like.

    Raises
    ------
    UserError
        If the trait does not exist, or a cell is neither a finite number nor missing.
    """
    if trait not in table:
        raise UserError(
            f"there is no trait {trait!r}.", file=path, remedy=f"It has: {', '.join(table.columns)}."
        )
    values = column_values(table[trait].tolist(), table.attrs["lines"].values(), path, trait, "trait")
    return pd.Series(values, index=table.index, name=trait, dtype=float)


def trait_weights(
    table: pd.DataFrame, trait: str, path: str | Path, reading: TableReading
) -> pd.Series | None:
    """Precisions of the values of one trait, NaN where there is none; None where nothing is said of them."""
    cells = {str(name): table[name].tolist() for name in table}
    text = TextTable(list(table.index), list(table.attrs["lines"].values()), cells)
    found = reading.precisions(text, trait, trait_values(table, trait, path).tolist(), path)
    return None if found is None else pd.Series(found, index=table.index)


def join_trait(
    samples: list[str],
    path: str | Path,
    trait: str,
    *,
    group_column: str | None = None,
    time_column: str | None = None,
    covariates: Mapping[str, str] = _NOTHING,
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
    covariates
        ``number`` or ``factor`` (any text) by column.
    reading
        As in :func:`read_phenotypes`.

    Returns
    -------
    phenotype
        A row per genotyped line, in their order: ``sample``, ``value`` (NaN where not phenotyped), its
        precision as :data:`WEIGHT` where ``reading`` has weights, and the columns of :func:`about_samples`.
    ids
        As from :func:`id_counts`, with ``with_value``, the lines that have a value of the trait.

    Raises
    ------
    UserError
        If no id occurs in both files, no line with genotypes has a value, or all values are equal, beside
        what :func:`read_phenotypes` and :func:`trait_values` find.
    """
    table = read_phenotypes(path, reading, samples)
    values = trait_values(table, trait, path).reindex(samples)
    ids = id_counts(samples, table.index)
    matched = ids["matched"]
    if matched == 0:
        raise UserError(
            f"none of the {len(table)} ids ({some(list(table.index))}) is among the {len(samples)} "
            f"genotyped lines ({some(samples)}).",
            file=path,
            remedy="Ids are compared as text; set `id_column` if they are in another column.",
        )
    present = values.dropna()
    if why := useless(values[values.index.isin(table.index)].tolist()):
        raise UserError(why, file=path, column=trait, remedy="Leave the trait out of `traits`.")
    if not reading.trait_type(trait).has_classes:
        _warn_of_outliers(present, path)
    phenotype = pd.DataFrame({"sample": samples, "value": values.to_numpy()})
    if (weights := trait_weights(table, trait, path, reading)) is not None:
        phenotype[WEIGHT] = weights.reindex(samples).to_numpy()
    about = about_samples(samples, path, reading, group_column, time_column, covariates)
    return phenotype.join(about, on="sample"), ids | {"with_value": len(present)}


def id_counts(genotyped: Sequence[str], phenotyped: Iterable[str]) -> dict[str, Any]:
    """How ids of two files meet, each there once.

    Returns
    -------
    dict
        Numbers ``matched``, ``genotypes_only`` and ``phenotypes_only``, and ``examples`` of the latter two as
        text.
    """
    phenotyped = list(phenotyped)
    only = {
        file: [id for id in ids if id not in others]
        for file, ids, others in (
            ("genotypes", genotyped, set(phenotyped)),
            ("phenotypes", phenotyped, set(genotyped)),
        )
    }
    return {
        "matched": len(genotyped) - len(only["genotypes"]),
        **{f"{file}_only": len(ids) for file, ids in only.items()},
        "examples": "; ".join(f"only in the {file}: {some(ids)}" for file, ids in only.items() if ids),
    }


def about_samples(
    samples: Sequence[str],
    path: str | Path,
    reading: TableReading,
    group_column: str | None = None,
    time_column: str | None = None,
    covariates: Mapping[str, str] = _NOTHING,
) -> pd.DataFrame:
    """What is known of samples but their traits, by id: of several rows of one, the first that has it.

    Parameters
    ----------
    samples
        Ids of the genotyped samples.
    path, reading
        Phenotype table, and how it is read; columns that it lacks are those of the table of samples.
    group_column, time_column, covariates
        As in :func:`join_trait`.

    Returns
    -------
    DataFrame
        ``group`` (text, missing where not known), ``time`` (float) where there is such a column, and the
        covariates behind :data:`COVARIATE`, float or text; of all samples of both tables.

    Raises
    ------
    UserError
        A column that is in neither table, or a cell that is neither missing nor what is asked for.
    """
    wanted = {"group": (group_column, "text")} if group_column else {}
    wanted |= {"time": (time_column, "time")} if time_column else {}
    wanted |= {
        f"{COVARIATE}{name}": (name, "covariate" if kind == "number" else "text")
        for name, kind in covariates.items()
    }
    records, beside = reading.table(path, repeated=True), reading.beside()
    ids_of: dict[str | Path | None, list[str]] = {path: reading.folded(records.ids, samples, path)}
    ids_of[reading.samples_file] = reading.folded(beside.ids, samples, reading.samples_file or path)
    ids = pd.Index(sorted(set().union(*ids_of.values())), name="sample")
    table = pd.DataFrame({"group": np.nan}, index=ids)
    for name, (column, kind) in wanted.items():
        source, file = (records, path) if column in records.columns else (beside, reading.samples_file)
        if file is None or column not in source.columns:
            raise UserError(
                f"there is no column {column!r}.", file=path, remedy=f"It has: {', '.join(records.columns)}."
            )
        cells = source.columns[column]
        if kind == "text":
            values = pd.Series([pd.NA if cell in MISSING else cell for cell in cells])
        else:
            values = pd.Series(column_values(cells, source.lines, file, column, kind))
        table[name] = values.groupby(ids_of[file]).first()
    return table


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
