"""Trials as the configuration describes them.

Read by the configuration, so that it needs nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dnngp.base.delimited import column_problems, phenotype_header, text_table
from dnngp.base.errors import UserError, nearest
from dnngp.base.problems import absent_columns, absent_files, refuse, unknown_keys
from dnngp.evaluation.trials.methods import DEFAULT, MOST_CONDITIONS, SCHEMES, TRIAL_METHODS, suits
from dnngp.genotypes.long_tables import long_records
from dnngp.genotypes.table_reading import TableReading


@dataclass(frozen=True)
class Trial:
    """Records of a dataset's lines, and what to do with them.

    ``kind`` is what conditions are. ``records`` is the file of the records; a long one where ``environment``
    names a column, in which ``value`` is the column of the values; else one with a column a condition.
    ``conditions`` are those to use in their order, None for all of a long file. ``covariates`` maps columns
    of ``covariates_file`` to ``number`` or ``factor``; ``group`` is one more of its columns. ``methods`` are
    those of a scheme by :meth:`of_scheme`.
    """

    name: str
    dataset: str
    kind: str
    records: str
    id_column: str | None
    environment: str | None
    value: str | None
    conditions: list[str] | None
    covariates_file: str | None
    covariates_id: str | None
    covariates: dict[str, str]
    group: str | None
    schemes: list[str]
    methods: list[str]
    params: dict[str, dict[str, Any]]
    reference: str | None
    folds: int
    repeats: int

    def of_scheme(self, scheme: str) -> list[str]:
        """The methods that can be used in a scheme."""
        return [name for name in self.methods if scheme in TRIAL_METHODS[name].schemes]

    def reference_of(self, scheme: str) -> str | None:
        """What the others are compared with: as declared, else the first that is no control."""
        able = self.of_scheme(scheme)
        if self.reference in able:
            return self.reference
        return next((name for name in able if TRIAL_METHODS[name].family != "control"), None)

    def repeats_of(self, scheme: str) -> int:
        """Environments can be left out in one way only."""
        return 1 if scheme == "CV0" else self.repeats


def folder_of(scheme: str) -> str:
    """Folder name of a scheme."""
    return scheme.replace("*", "star")


def scheme_of(folder: str) -> str:
    """The scheme of a folder."""
    return folder.replace("star", "*")


def read_trial(
    name: str,
    entry: Mapping[str, Any],
    *,
    phenotypes: str,
    id_column: str | None,
    columns: Sequence[str],
    read_inputs: bool = True,
) -> Trial:
    """One entry of ``trials``, checked.

    Parameters
    ----------
    name, entry
        As configured, with defaults.
    phenotypes, id_column, columns
        Of the dataset: its phenotype table, the column of the ids there, and its traits.
    read_inputs
        Whether to look at the cells of the files, not at their headers alone.

    Raises
    ------
    UserError
        Every problem, a line each.
    """
    long, described = entry["records"], entry["covariates"]
    kind, conditions = entry["kind"], None if entry["conditions"] == "all" else list(entry["conditions"])
    if long is None:
        conditions = conditions or list(columns)
    covariates = described["columns"] if described else {}
    count = None if conditions is None else len(conditions)
    methods = entry["methods"]
    if methods is None:
        # A long file may have any number of environments; it is read later.
        most = MOST_CONDITIONS + 1 if count is None else count
        methods = [name for name in DEFAULT if not suits(TRIAL_METHODS[name], kind, covariates, most)]
    trial = Trial(
        name=name,
        dataset=entry["dataset"],
        kind=kind,
        records=long["file"] if long else phenotypes,
        id_column=long["id_column"] if long else id_column,
        environment=long["environment"] if long else None,
        value=long["value"] if long else None,
        conditions=conditions,
        covariates_file=described["file"] if described else None,
        covariates_id=described["id_column"] if described else None,
        covariates=covariates,
        group=described["group"] if described else None,
        schemes=entry["schemes"] or (["CV1", "CV2"] if kind == "environments" else ["CV1"]),
        methods=methods,
        params=entry["params"],
        reference=entry["reference"],
        folds=entry["folds"],
        repeats=entry["repeats"],
    )
    refuse(_problems(trial, columns, read_inputs))
    return trial


def _problems(trial: Trial, columns: Sequence[str], read_inputs: bool) -> Iterator[str]:
    if trial.environment is None:
        for condition in trial.conditions or []:
            if condition not in columns:
                yield f"there is no trait {condition!r} in the dataset. {nearest(condition, columns)}"
    if trial.conditions is not None and len(trial.conditions) < 2:
        yield f"a trial needs two {trial.kind}, not {len(trial.conditions)}."
    if trial.kind == "traits" and trial.environment is not None:
        yield "traits are columns of the dataset's phenotype table. Leave `records` out."
    if trial.kind == "traits" and trial.covariates_file is not None:
        yield "`covariates` describe environments, and the conditions are traits."
    absent = list(_file_problems(trial))
    yield from absent or (_cell_problems(trial) if read_inputs else ())
    for scheme in trial.schemes:
        if trial.kind not in SCHEMES[scheme]:
            hint = ""
            if scheme == "CV2":
                hint = " Predicting a trait of lines whose other traits are known is called CV2*."
            elif scheme == "CV2*":
                hint = " It is called CV2 there."
            yield f"the scheme {scheme} is not for {trial.kind}.{hint}"
    count = None if trial.conditions is None else len(trial.conditions)
    for name in trial.methods:
        if name not in TRIAL_METHODS:
            yield f"there is no method {name!r} for trials. {nearest(name, TRIAL_METHODS)}"
        elif why := suits(TRIAL_METHODS[name], trial.kind, trial.covariates, count):
            yield f"the method {name!r} cannot be used: {why}."
        elif not any(scheme in TRIAL_METHODS[name].schemes for scheme in trial.schemes):
            yield (
                f"the method {name!r} cannot predict conditions without records, and "
                f"{', '.join(trial.schemes)} ask for nothing else."
            )
    for name, params in trial.params.items():
        if name not in trial.methods:
            yield f"params: {name!r} is not in `methods`. {nearest(name, trial.methods)}"
            continue
        known = TRIAL_METHODS[name].accepts if name in TRIAL_METHODS else ()
        yield from unknown_keys(f"params: the method {name!r}", "parameter", params, known)
    if trial.reference is not None and trial.reference not in trial.methods:
        yield f"reference: {trial.reference!r} is not in `methods`. {nearest(trial.reference, trial.methods)}"


def _file_problems(trial: Trial) -> Iterator[str]:
    named: list[tuple[str, str | None]]
    if trial.environment is not None:
        named = [("records.environment", trial.environment), ("records.value", trial.value)]
        named += [("records.id_column", trial.id_column)]
        yield from _table_problems("records.file", trial.records, named)
    if trial.covariates_file is not None:
        named = [("covariates.group", trial.group), ("covariates.id_column", trial.covariates_id)]
        named += [(f"covariates.columns.{name}", name) for name in trial.covariates]
        yield from _table_problems("covariates.file", trial.covariates_file, named)


def _cell_problems(trial: Trial) -> Iterator[str]:
    """Bad cells of files whose columns are all there."""
    try:
        if trial.environment is not None and trial.value is not None:
            reading = TableReading(trial.id_column)
            environment, value = trial.environment, trial.value
            for _ in long_records(trial.records, environment=environment, value=value, reading=reading):
                pass
    except UserError as error:
        yield str(error)
    try:
        if trial.covariates_file is not None:
            numbers = [(name, "covariate") for name, kind in trial.covariates.items() if kind == "number"]
            table = text_table(trial.covariates_file, trial.covariates_id)
            yield from column_problems(table, trial.covariates_file, numbers)
    except UserError as error:
        yield str(error)


def _table_problems(option: str, path: str, named: Sequence[tuple[str, str | None]]) -> Iterator[str]:
    absent = list(absent_files([(option, path)]))
    yield from absent or absent_columns(path, phenotype_header(path), named)
