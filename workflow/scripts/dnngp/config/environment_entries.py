"""Environments of a dataset, as the configuration describes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dnngp.base.delimited import column_problems, column_values, phenotype_header, text_table
from dnngp.base.errors import UserError, nearest
from dnngp.base.problems import absent_columns, absent_files, refuse
from dnngp.base.suspects import code_problems


@dataclass(frozen=True)
class DatasetEnvironments:
    """Where the values of a dataset with environments are, and what is known of the environments.

    ``column`` names the environment of each row of a long table, of which ``names`` are used (None: all);
    ``columns`` are those of a wide table. ``are_traits`` says that environments are traits. ``covariates``
    maps columns of ``file`` to ``number`` or ``factor``; ``group`` is one more of its columns.
    """

    column: str | None
    names: list[str] | None
    columns: list[str] | None
    trait: str
    are_traits: bool
    file: str | None
    id_column: str | None
    covariates: dict[str, str]
    group: str | None

    @property
    def count(self) -> int | None:
        """Their number, None where it is known only when the records are read."""
        named = self.columns or self.names
        return None if named is None else len(named)

    @property
    def kinds(self) -> dict[str, str]:
        """``number`` or ``factor`` of every column of ``file`` that is read."""
        alone = self.group is not None and self.group not in self.covariates
        return self.covariates | ({str(self.group): "factor"} if alone else {})


def read_environments(
    given: Mapping[str, Any] | None, phenotypes: str, traits: Sequence[str], header: Sequence[str]
) -> DatasetEnvironments | None:
    """``environments`` of a dataset, checked against the columns of its phenotype table, all and of traits.

    Raises
    ------
    UserError
        A line for each file or column that is not there.
    """
    if given is None:
        return None
    described = given["covariates"] or {"file": None, "id_column": None, "columns": {}, "group": None}
    columns = given["columns"] or given["traits"]
    environments = DatasetEnvironments(
        column=given["column"],
        names=given["names"],
        columns=columns,
        trait=given["trait"] or "all traits",
        are_traits=given["traits"] is not None,
        file=described["file"],
        id_column=described["id_column"],
        covariates=described["columns"],
        group=described["group"],
    )
    problems = [
        f"{phenotypes} has no column {column!r} (`environments`). {nearest(column, known)}"
        for names, known in (([environments.column], header), (columns or [], traits))
        for column in names
        if column is not None and column not in known
    ]
    refuse([*problems, *_file_problems(environments)])
    return environments


def environment_problems(
    environments: DatasetEnvironments, missing_values: Sequence[str] | None
) -> Iterator[str]:
    """Bad cells of the table of covariates, and codes for missing values where none are named."""
    if environments.file is None:
        return
    numbers = [(name, "covariate") for name, kind in environments.covariates.items() if kind == "number"]
    try:
        table = text_table(environments.file, environments.id_column, missing_values)
        wrong = list(column_problems(table, environments.file, numbers))
    except UserError as error:
        wrong = [str(error)]
    yield from wrong
    if missing_values is None and not wrong:
        for name, kind in numbers:
            values = column_values(table.columns[name], table.lines, environments.file, name, kind)
            yield from code_problems(environments.file, name, values, table.lines, [range(len(values))])


def _file_problems(environments: DatasetEnvironments) -> Iterator[str]:
    if environments.file is None:
        return
    place = "environments.covariates"
    absent = list(absent_files([(f"{place}.file", environments.file)]))
    named = [(f"{place}.group", environments.group), (f"{place}.id_column", environments.id_column)]
    named += [(f"{place}.columns.{name}", name) for name in environments.covariates]
    yield from absent or absent_columns(environments.file, phenotype_header(environments.file), named)
