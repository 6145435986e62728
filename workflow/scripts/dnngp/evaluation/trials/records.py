"""Records: the value of a line in a condition, from a long table or from columns of a wide one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.evaluation.trials.long import long_records
from dnngp.evaluation.trials.methods import OVERALL
from dnngp.genotypes.phenotypes import covariate_values, read_phenotypes, trait_values
from dnngp.validation.scheme import SMALLEST_TEST

COLUMNS = ["sample", "condition", "value"]


def read_long(
    path: str | Path, *, id_column: str | None, environment: str, value: str
) -> tuple[pd.DataFrame, int]:
    """Records of a table with a row per line and environment.

    Parameters
    ----------
    path, id_column, environment, value
        As in :func:`long_records`.

    Returns
    -------
    records
        Columns :data:`COLUMNS`, in the order of the file; rows without a value are left out.
    averaged
        Values that were averaged because their line was there several times in an environment.

    Raises
    ------
    UserError
        What :func:`long_records` finds.
    """
    found: dict[tuple[str, str], list[float]] = {}
    rows = long_records(path, id_column=id_column, environment=environment, value=value)
    for sample, condition, measured in rows:
        if not np.isnan(measured):
            found.setdefault((sample, condition), []).append(measured)
    records = pd.DataFrame([(*key, float(np.mean(values))) for key, values in found.items()], columns=COLUMNS)
    return records, sum(len(values) for values in found.values() if len(values) > 1)


def read_wide(path: str | Path, *, id_column: str | None, columns: Sequence[str]) -> pd.DataFrame:
    """Records of a table with a row per line and a column per condition, as :func:`read_long` gives them."""
    table = read_phenotypes(path, id_column)
    parts = [
        pd.DataFrame(
            {"sample": table.index, "condition": name, "value": trait_values(table, name, path).to_numpy()}
        )
        for name in columns
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset=["value"], ignore_index=True)


def joined(
    records: pd.DataFrame,
    samples: Sequence[str],
    path: str | Path,
    conditions: Sequence[str] | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The records of genotyped lines, sorted by condition and line.

    Parameters
    ----------
    records
        Columns :data:`COLUMNS`.
    samples
        Ids of the genotyped lines.
    path
        The file they are from, for messages.
    conditions
        Those to keep, in their order; None keeps all, as they come.

    Returns
    -------
    records
        Columns :data:`COLUMNS`.
    counts
        ``conditions`` in their order; ``records``, ``lines``, and ``without_genotypes`` (records left out).

    Raises
    ------
    UserError
        Fewer than two conditions; one that is unknown, has fewer than three records or one value only, or is
        called :data:`OVERALL`; no id that has genotypes.
    """
    present = list(dict.fromkeys(records["condition"]))
    wanted = list(present if conditions is None else conditions)
    for name in wanted:
        if name not in present:
            raise UserError(
                f"{name!r} has no records.", file=path, remedy=f"There are: {', '.join(present)}."
            )
    if OVERALL in wanted:
        raise UserError(
            f"a condition is called {OVERALL!r}, as the mean over all conditions is in the results.",
            file=path,
            remedy="Give it another name, or leave it out by naming the others in `conditions`.",
        )
    if len(wanted) < 2:
        raise UserError(f"a trial needs two conditions, not {len(wanted)}.", file=path)
    chosen = records[records["condition"].isin(wanted)]
    kept = chosen[chosen["sample"].isin(set(samples))]
    if kept.empty:
        raise UserError(
            f"none of the lines ({', '.join(chosen['sample'].unique()[:3])}, ...) has genotypes.",
            file=path,
            remedy="Ids are compared as text; set `id_column` if they are in another column.",
        )
    for name in wanted:
        values = kept.loc[kept["condition"] == name, "value"]
        if len(values) < SMALLEST_TEST or values.nunique() == 1:
            what = "one value only" if len(values) >= SMALLEST_TEST else f"{len(values)} records"
            raise UserError(
                f"{name!r} has {what} among lines with genotypes.",
                file=path,
                remedy="Leave it out by naming the others in `conditions`.",
            )
    order = kept["condition"].map({name: place for place, name in enumerate(wanted)})
    kept = kept.assign(order=order).sort_values(["order", "sample"], ignore_index=True)[COLUMNS]
    return kept, {
        "conditions": wanted,
        "records": len(kept),
        "lines": int(kept["sample"].nunique()),
        "without_genotypes": len(chosen) - len(kept),
    }


def environment_covariates(
    path: str | Path, kinds: Mapping[str, str], conditions: Sequence[str], *, id_column: str | None = None
) -> pd.DataFrame:
    """Covariates of the environments, a row each in their order: ``condition`` and a column per covariate.

    Parameters
    ----------
    path
        Table with a row per environment.
    kinds
        ``number`` or ``factor`` by column.
    conditions
        The environments.
    id_column
        Column of their names; the first if None.

    Raises
    ------
    UserError
        An environment that is not in the table, and what :func:`dnngp.genotypes.phenotypes.covariate_values`
        finds.
    """
    known = set(read_phenotypes(path, id_column).index)
    absent = [name for name in conditions if name not in known]
    if absent:
        raise UserError(
            f"{len(absent)} environments ({', '.join(absent[:3])}) are not in the table.",
            file=path,
            remedy="Add a row for each, with NA for what is not known.",
        )
    table = covariate_values(list(conditions), path, kinds, id_column=id_column)
    return table.rename(columns={"sample": "condition"})
