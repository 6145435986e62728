"""Records: the value of a line in a environment, from a long table or from columns of a wide one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.delimited import column_values
from dnngp.base.errors import UserError
from dnngp.base.tables import read_table
from dnngp.genotypes.phenotypes import (
    COVARIATE,
    WEIGHT,
    about_samples,
    id_counts,
    join_trait,
    read_phenotypes,
    trait_values,
    trait_weights,
)
from dnngp.genotypes.table_reading import TableReading, wanted_environments

COLUMNS = ["sample", "environment", "value"]

#: In the tables, in the place of an environment: the mean over all of them, each counting the same.
OVERALL = "overall"

#: Fewer records of an environment than this give no meaningful correlation.
SMALLEST = 3

_DEFAULT = TableReading()
_NOTHING: Mapping[str, str] = MappingProxyType({})


def read_long(
    path: str | Path, *, environment: str, value: str, reading: TableReading = _DEFAULT
) -> tuple[pd.DataFrame, int]:
    """Records of a table with a row per line and environment.

    Parameters
    ----------
    path, environment, value, reading
        The table, its columns of environments and of values, and how it is read.

    Returns
    -------
    records
        Columns :data:`COLUMNS`, in the order of the file, then precisions (:data:`WEIGHT`) where ``reading``
        has weights; rows without a value are left out. Several values of a line in an environment are one:
        their mean, weighted by precisions, which add up.
    averaged
        Values that were averaged because their line was there several times in an environment.

    Raises
    ------
    UserError
        A column that does not exist, a row without id or environment, a value that is no number.
    """
    header = reading.header(path)
    for column in (environment, value):
        if column not in header:
            raise UserError(
                f"there is no column {column!r}.", file=path, line=1, remedy=f"It has: {', '.join(header)}."
            )
    table = reading.records(path, environment)
    values = column_values(table.columns[value], table.lines, path, value, "trait")
    classes = reading.trait_type(value).classes
    weights = reading.precisions(table, value, values, path)
    found: dict[tuple[str, str], list[float]] = {}
    weights_of: dict[tuple[str, str], list[float]] = {}
    for number, measured in enumerate(values):
        sample, place = key = table.ids[number], table.columns[environment][number]
        if not np.isnan(measured):
            several = found.setdefault(key, [])
            several.append(measured)
            weights_of.setdefault(key, []).append(1.0 if weights is None else weights[number])
            if classes and measured != several[0]:
                first, other = (classes[int(number)] for number in (several[0], measured))
                raise UserError(
                    f"{sample!r} is {first} and {other} in {place}, and classes have no mean.",
                    file=path,
                    column=value,
                    remedy="Keep one row of it, or make the trait a number: `continuous`.",
                )

    def mean(key: tuple[str, str]) -> float:
        # Equal classes, whose mean could have a rounding error.
        return found[key][0] if classes else float(np.average(found[key], weights=weights_of[key]))

    records = pd.DataFrame([(*key, mean(key)) for key in found], columns=COLUMNS)
    if weights is not None:
        # Independent errors: the precision of their mean is the sum.
        records[WEIGHT] = [sum(weights_of[key]) for key in found]
    return records, sum(len(values) for values in found.values() if len(values) > 1)


def read_wide(path: str | Path, *, columns: Sequence[str], reading: TableReading = _DEFAULT) -> pd.DataFrame:
    """Records of a table with a row per sample and a column per environment, as of :func:`read_long`."""
    table = read_phenotypes(path, reading)
    parts = [
        pd.DataFrame(
            {"sample": table.index, "environment": name, "value": trait_values(table, name, path).to_numpy()}
        ).assign(**_weight_of(table, name, path, reading))
        for name in columns
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset=["value"], ignore_index=True)


def _weight_of(
    table: pd.DataFrame, column: str, path: str | Path, reading: TableReading
) -> dict[str, np.ndarray]:
    """Precisions of a column of values, as a column; none where nothing is said of them."""
    weights = trait_weights(table, column, path, reading)
    return {} if weights is None else {WEIGHT: weights.to_numpy()}


def joined(
    records: pd.DataFrame,
    samples: Sequence[str],
    path: str | Path,
    environments: Sequence[str] | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The records of genotyped lines, sorted by environment and line.

    Parameters
    ----------
    records
        Columns :data:`COLUMNS`, and perhaps :data:`WEIGHT`.
    samples
        Ids of the genotyped lines.
    path
        The file they are from, for messages.
    environments
        Those to keep, in their order; None keeps all, as they come.

    Returns
    -------
    records
        The same columns.
    counts
        ``environments`` in their order; ``records``, ``lines``, and ``without_genotypes`` (records left out).

    Raises
    ------
    UserError
        Fewer than two environments; one that is unknown, has fewer than three records or one value, or is
        called :data:`OVERALL`; no id that has genotypes.
    """
    wanted = wanted_environments(records["environment"], environments, path)
    if OVERALL in wanted:
        raise UserError(
            f"an environment is called {OVERALL!r}, as the mean over all environments is in the results.",
            file=path,
            remedy="Give it another name, or leave it out by naming the others.",
        )
    chosen = records[records["environment"].isin(wanted)]
    kept = chosen[chosen["sample"].isin(set(samples))]
    if kept.empty:
        raise UserError(
            f"none of the lines ({', '.join(chosen['sample'].unique()[:3])}, ...) has genotypes.",
            file=path,
            remedy="Ids are compared as text; set `id_column` if they are in another column.",
        )
    for name in wanted:
        values = kept.loc[kept["environment"] == name, "value"]
        if len(values) < SMALLEST or values.nunique() == 1:
            what = "one value only" if len(values) >= SMALLEST else f"{len(values)} records"
            raise UserError(
                f"{name!r} has {what} among lines with genotypes.",
                file=path,
                remedy="Leave it out by naming the others.",
            )
    order = kept["environment"].map({name: place for place, name in enumerate(wanted)})
    kept = kept.assign(order=order).sort_values(["order", "sample"], ignore_index=True)[list(records)]
    return kept, {
        "environments": wanted,
        "records": len(kept),
        "lines": int(kept["sample"].nunique()),
        "without_genotypes": len(chosen) - len(kept),
    }


def environment_covariates(
    path: str | Path,
    kinds: Mapping[str, str],
    environments: Sequence[str],
    *,
    id_column: str | None = None,
    missing_values: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Covariates of the environments, a row each in their order: ``environment`` and a column per covariate.

    Parameters
    ----------
    path
        Table with a row per environment.
    kinds
        ``number`` or ``factor`` by column.
    environments
        The environments.
    id_column
        Column of their names; the first if None.
    missing_values
        Further texts and numbers that stand for a missing value.

    Raises
    ------
    UserError
        An environment that is not in the table, and what :func:`dnngp.genotypes.phenotypes.about_samples`
        finds.
    """
    reading = TableReading(id_column, missing_values)
    known = set(read_phenotypes(path, reading).index)
    absent = [name for name in environments if name not in known]
    if absent:
        raise UserError(
            f"{len(absent)} environments ({', '.join(absent[:3])}) are not in the table.",
            file=path,
            remedy="Add a row for each, with NA for what is not known.",
        )
    about = about_samples(environments, path, reading, covariates=kinds).reindex(list(environments))
    columns = {name: about[f"{COVARIATE}{name}"].to_numpy() for name in kinds}
    return pd.DataFrame({"environment": list(environments), **columns})


def phenotype_of_records(
    samples: list[str],
    path: str | Path,
    trait: str,
    *,
    environment_column: str | None = None,
    columns: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    group_column: str | None = None,
    time_column: str | None = None,
    covariates: Mapping[str, str] = _NOTHING,
    reading: TableReading = _DEFAULT,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """One trait in several environments for the genotyped samples, joined by id.

    Parameters
    ----------
    samples
        Ids of the genotyped samples.
    path
        Phenotype table.
    trait
        Its column, of a long table (``environment_column``); the columns of a wide one are ``columns``.
    names
        Environments to keep of a long table, in their order; None keeps all.
    group_column, time_column, covariates, reading
        As in :func:`dnngp.genotypes.phenotypes.join_trait`.

    Returns
    -------
    phenotype
        A row per record, sorted by environment and sample: ``sample``, ``environment``, ``value`` and the
        columns of :func:`dnngp.genotypes.phenotypes.about_samples`; then a row per sample without a record.
    ids
        As from :func:`dnngp.genotypes.phenotypes.join_trait`, with the number of ``records`` and that of
        values ``averaged`` because their sample was there several times in an environment.
    """
    wanted: list[str] | None
    if environment_column is None:
        assert columns is not None
        records, averaged = read_wide(path, columns=columns, reading=reading), 0
        wanted = list(columns)
    else:
        records, averaged = read_long(path, environment=environment_column, value=trait, reading=reading)
        wanted = None if names is None else list(names)
    records["sample"] = reading.folded(records["sample"].tolist(), samples, path)
    listed = list(dict.fromkeys(records["sample"]))
    records, counts = joined(records, samples, path, wanted)
    present = set(records["sample"])
    absent = pd.DataFrame({"sample": [name for name in samples if name not in present]})
    phenotype = pd.concat([records, absent], ignore_index=True)
    about = about_samples(samples, path, reading, group_column, time_column, covariates)
    return phenotype.join(about, on="sample"), {
        **id_counts(samples, listed),
        "with_value": counts["lines"],
        "records": counts["records"],
        "averaged": averaged,
    }


def phenotype_of(
    samples: list[str], path: str | Path, trait: str, records: Mapping[str, Any] | None, **options: Any
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """One trait, joined by id: :func:`phenotype_of_records` where there are ``records``, else ``join_trait``.

    ``records`` are options of the former alone.
    """
    if records is None:
        return join_trait(samples, path, trait, **options)
    return phenotype_of_records(samples, path, trait, **records, **options)


def environment_groups(path: str | Path, column: str | None) -> dict[str, str]:
    """Group of each environment that has one, from a column of the table of the environments' covariates."""
    if column is None:
        return {}
    known = read_table(path, text=(column,)).dropna(subset=column)
    return dict(zip(known["environment"], known[column], strict=True))


def environments_of(phenotype: pd.DataFrame) -> list[str]:
    """Environments of a phenotype table of records, in order; none where samples have one record each."""
    return [] if "environment" not in phenotype else list(phenotype["environment"].dropna().unique())


def sample_groups(
    samples: list[str],
    path: str | Path,
    *,
    group_column: str | None = None,
    reading: TableReading = _DEFAULT,
) -> pd.Series:
    """Group of every genotyped sample, in their order; missing where not known, or without a column."""
    groups = about_samples(samples, path, reading, group_column)["group"]
    return groups.reindex(samples).reset_index(drop=True)


def values_by_key(phenotype: pd.DataFrame, column: str = "value") -> pd.Series:
    """Values of all rows by ``sample``, or by ``sample`` and ``environment`` where there are several."""
    return phenotype.set_index(["sample", "environment"] if environments_of(phenotype) else "sample")[column]


def values_by_sample(phenotype: pd.DataFrame) -> pd.Series:
    """The value of each sample, by id, NaN without any; of several records the mean.

    Records of several environments are standardised within each first, so that a sample is not judged by
    where it was grown.
    """
    if "environment" not in phenotype or phenotype["environment"].isna().all():
        return phenotype.set_index("sample")["value"]
    of_each = phenotype.groupby("environment")["value"]
    standard = (phenotype["value"] - of_each.transform("mean")) / of_each.transform("std", ddof=0)
    return standard.groupby(phenotype["sample"], sort=False).mean()


def precision_by_sample(phenotype: pd.DataFrame, known: bool) -> pd.Series:
    """Precision of the value of each sample that :func:`values_by_sample` gives, by id, from :data:`WEIGHT`.

    The error variance of a mean of k records is the sum of theirs over k^2; ``known`` ones are in units of
    the values and are standardised with them.
    """
    variances = 1 / phenotype[WEIGHT]
    if known:
        variances = variances / phenotype.groupby("environment")["value"].transform("var", ddof=0)
    of_each = variances.where(phenotype["value"].notna()).groupby(phenotype["sample"], sort=False)
    return of_each.count() ** 2 / of_each.sum()
