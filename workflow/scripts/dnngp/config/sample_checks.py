"""Lines of a dataset: whether its files are about the same ones, have values, and fill the folds.

Of the phenotypes all wanted cells are read, of the genotypes no more than the ids.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from dnngp.base.delimited import TextTable, column_problems
from dnngp.base.errors import UserError, some
from dnngp.base.remote import is_remote
from dnngp.config.class_questions import class_questions
from dnngp.config.dataset_entries import Dataset, Measured, simulated_samples
from dnngp.config.environment_entries import environment_problems
from dnngp.config.phenotype_checks import missing_codes, table_problems, value_problems
from dnngp.config.plot_entries import plot_problems
from dnngp.config.weight_checks import weight_problems
from dnngp.genotypes.confusions import confusions
from dnngp.genotypes.cross_tables import CrossTable
from dnngp.genotypes.file_formats import genotype_format, marker_names, record_fields, sample_ids
from dnngp.genotypes.id_folding import ASK, loss_problem
from dnngp.genotypes.marker_maps import map_problem, read_map
from dnngp.genotypes.parsing.vcf_header import without_field
from dnngp.genotypes.plot_tables import row_each
from dnngp.genotypes.table_reading import wanted_environments
from dnngp.validation.schemes import SCHEMES
from dnngp.validation.user_folds import assigned_folds


def ids_of_file(layer: Measured) -> list[str] | None:
    """Ids of the lines in the file of a layer, None where only the reader can tell them.

    Raises
    ------
    UserError
        What :func:`sample_ids` finds.
    """
    return sample_ids(layer.files[0], layer.reading["format"], layer.reading["samples_in"])


def measured_ids(layer: Measured) -> list[str] | None:
    """Those, or of the crosses made of them, whose table is checked."""
    ids, crosses = ids_of_file(layer), layer.reading.get("crosses")
    return ids if crosses is None else [one.id for one in CrossTable(**crosses).read(ids, layer.files[0])]


def phenotype_table(dataset: Dataset) -> TextTable:
    """The phenotype table as text; of a long one, each row names an environment, and they are several; of
    plots, a row an entry and environment.

    Raises
    ------
    UserError
        What the readers of tables find.
    """
    return _of_entries(dataset, table_as_written(dataset))


def _of_entries(dataset: Dataset, table: TextTable) -> TextTable:
    return table if dataset.plots is None else row_each(table, dataset.plot_options["environment_column"])


def table_as_written(dataset: Dataset) -> TextTable:
    """As :func:`phenotype_table`, plots being rows of their own."""
    if dataset.environments is None or dataset.environments.column is None:
        return dataset.table.table(dataset.phenotypes, repeated=dataset.plots is not None)
    table = dataset.table.records(dataset.phenotypes, dataset.environments.column)
    present = table.columns[dataset.environments.column]
    wanted_environments(present, dataset.environments.names, dataset.phenotypes)
    return table


def phenotyped_ids(dataset: Dataset, genotyped: Sequence[str] | None = None) -> list[str]:
    """Ids of the samples of the phenotype table, each once.

    Those of samples in ``genotyped`` are as the genotypes have them, where the dataset says how (``ids``).

    Raises
    ------
    UserError
        What the readers of tables find; two ids that would become one.
    """
    return _folded(dataset, phenotype_table(dataset), genotyped)


def _folded(dataset: Dataset, table: TextTable, genotyped: Sequence[str] | None) -> list[str]:
    ids = list(dict.fromkeys(table.ids))
    return dataset.table.folded(ids, genotyped or (), dataset.phenotypes)


def line_problems(dataset: Dataset, cv: Mapping[str, Any], read_inputs: bool) -> Iterator[str]:
    """Schemes that cannot be used, an imputation that is not for these files, columns with cells that are no
    values, lines that do not meet.
    """
    for scheme in cv["schemes"]:
        needs = SCHEMES[scheme].needs
        if needs not in (None, "environments") and getattr(dataset, needs) is None:
            yield f"`cv.schemes` lists {scheme}, but the dataset has no `{needs}`."
    if dataset.simulate is not None:
        phenotyped = simulated_samples(dataset.simulate) - dataset.simulate["held_back"]
        if phenotyped < cv["folds"]:
            yield f"{phenotyped} samples with a phenotype cannot fill {cv['folds']} folds. Lower `cv.folds`."
    if dataset.preset is not None and dataset.impute is not None:
        yield "`impute` takes a VCF, and a preset is a table. Impute in the encoding instead."
    made = dataset.simulate is not None or dataset.preset is not None
    if made or not read_inputs or is_remote(dataset.phenotypes):
        return
    try:
        written, genotyped = table_as_written(dataset), measured_ids(dataset)
        table = _of_entries(dataset, written)
        phenotyped = _folded(dataset, table, genotyped)
        swapped = list(table_problems(dataset, table, genotyped or ()))
        asked = {} if swapped else class_questions(dataset, written)
        wrong = [*_cell_problems(dataset, written, asked), *dict.fromkeys(asked.values())]
        if dataset.environments is not None:
            wrong += environment_problems(dataset.environments, dataset.table.missing_values)
        if dataset.plots is not None and not wrong:
            column = dataset.plot_options["environment_column"]
            wrong += plot_problems(dataset.plots, written, dataset.phenotypes, column, dataset.value_columns)
        wrong += [] if wrong else weight_problems(dataset, table)
        yield from wrong
        header = dataset.table.header(dataset.phenotypes)
        columns = [name for name in header if name != (dataset.table.id_column or header[0])]
        for layer in (dataset, *dataset.omics.values()):
            names = marker_names(layer.files[0], layer.reading["format"], layer.reading["samples_in"])
            yield from confusions(layer.files[0], names, dataset.phenotypes, columns)
            yield from _map_problems(layer, names)
            yield from _field_problems(layer)
    except UserError as error:
        yield str(error)
        return
    matched = None if genotyped is None else len(set(genotyped) & set(phenotyped))
    yield from swapped
    if not wrong:
        # Fewer lines than folds are named once, below.
        few = matched is not None and matched < cv["folds"]
        yield from missing_codes(dataset, written)
        yield from value_problems(dataset, table, None if few else genotyped, cv)
    if dataset.impute == "beagle":
        if not is_remote(dataset.genotypes) and genotype_format(dataset.genotypes) != "vcf":
            yield f"`impute: beagle` takes a VCF, and {dataset.genotypes} is none."
        if dataset.reading["ploidy"] != 2 or dataset.reading["field"] != "GT":
            yield "`impute: beagle` takes the calls (`field: GT`) of diploids (`ploidy: 2`) alone."
    yield from _join_problems(dataset, phenotyped, genotyped or phenotyped)
    if genotyped is None:  # Parquet: only the reader can tell
        return
    if dataset.folds_file is not None:
        known = {*phenotyped, *genotyped}
        unknown = sorted({id for one in _assigned(dataset, genotyped) for id in one} - known)
        if unknown:
            yield (
                f"{len(unknown)} ids of {dataset.folds_file} ({some(unknown)}) are neither in "
                f"{dataset.genotypes} nor in {dataset.phenotypes}. Ids are compared as text."
            )
    if dataset.table.ids == ASK and (lost := loss_problem(phenotyped, genotyped)):
        yield lost
    elif matched == 0:
        named_in = dataset.crosses.file if dataset.crosses else dataset.genotypes
        yield (
            f"no id of {dataset.phenotypes} ({some(phenotyped)}) is found in {named_in} ({some(genotyped)}). "
            f"Ids are compared as text. Set `id_column` if another column of {dataset.phenotypes} holds "
            f"them.{_other_side(dataset, 'markers')}"
        )
    elif matched is not None and matched < cv["folds"]:
        yield (
            f"only {matched} lines have genotypes and phenotypes; that cannot fill {cv['folds']} folds. "
            "Lower `cv.folds`."
        )


def _field_problems(layer: Measured) -> Iterator[str]:
    """A VCF without the field to read that has another."""
    field, there = layer.reading["field"], record_fields(layer.files[0])
    if field not in there and not {"GT", "DS", "GP", "GL", "PL"}.isdisjoint(there):
        yield f"{layer.files[0]}: the first record has no {field}. {without_field(field, there)}"


def _map_problems(layer: Measured, names: Sequence[str]) -> Iterator[str]:
    """A map that cannot be read, or is of other markers."""
    path = layer.reading["map"]
    problem = None if path is None else map_problem(names, read_map(path), path)
    if names and problem:
        yield problem


def _assigned(dataset: Dataset, genotyped: Sequence[str]) -> list[dict[str, int]]:
    assert dataset.folds_file is not None
    return assigned_folds(dataset.folds_file, genotyped, dataset.table.ids)


def _cell_problems(dataset: Dataset, table: TextTable, asked: Collection[str]) -> Iterator[str]:
    """Cells that are no values, of the phenotype table and of the table of samples, but of columns that are
    ``asked`` about.
    """
    beside = dataset.table.beside()
    wanted = [one for one in _columns_of_numbers(dataset) if one[0] not in asked]
    yield from column_problems(table, dataset.phenotypes, [one for one in wanted if one[0] in table.columns])
    others = [one for one in wanted if one[0] not in table.columns]
    yield from column_problems(beside, dataset.samples_file or dataset.phenotypes, others)


def _join_problems(dataset: Dataset, phenotyped: list[str], genotyped: Sequence[str]) -> Iterator[str]:
    """Layers none of whose lines has a phenotype, or which lose some for a trivial difference of ids."""
    for name, layer in dataset.omics.items():
        try:
            measured = measured_ids(layer)
            if measured is not None:
                measured = dataset.table.folded(measured, genotyped, layer.files[0])
        except UserError as error:
            yield str(error)
            continue
        if measured is None:
            continue
        if dataset.table.ids == ASK and (lost := loss_problem(phenotyped, measured, f"the layer {name}")):
            yield f"{layer.files[0]}: {lost}"
        elif not set(measured) & set(phenotyped):
            yield (
                f"no id of {layer.files[0]} ({some(measured)}, the layer {name}) is found in "
                f"{dataset.phenotypes} ({some(phenotyped)}). Ids are compared as text."
                f"{_other_side(layer, 'features')}"
            )
        elif not set(measured) & set(genotyped):
            yield (
                f"no id of {layer.files[0]} ({some(measured)}, the layer {name}) has genotypes in "
                f"{dataset.genotypes} ({some(list(genotyped))}). A layer stands beside genotyped samples."
            )


def _other_side(layer: Measured, kept: str) -> str:
    """What to do if a table was read from the wrong side, so that the ids are those of what is ``kept``."""
    if genotype_format(layer.files[0]) not in ("table", "letters"):
        return ""
    return f" Set `samples_in` to `rows` or `columns` if the names shown of {layer.files[0]} are {kept}."


def _columns_of_numbers(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Pairs of column and what it is, as in :func:`dnngp.base.delimited.column_values`."""
    yield from ((column, "trait") for column in dataset.value_columns)
    if dataset.time is not None:
        yield dataset.time, "time"
    yield from ((column, "covariate") for column, kind in dataset.covariates.items() if kind == "number")
