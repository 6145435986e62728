"""Lines of a dataset: whether its files are about the same ones, and whether they fill the folds.

Of the files no more is read than the ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dnngp.assigned import assigned_folds
from dnngp.config.datasets import Dataset
from dnngp.errors import UserError, some
from dnngp.headers import genotype_format, phenotype_ids, sample_ids

#: What a scheme needs to be told of each dataset.
NEEDED = {"leave_group_out": "groups", "forward": "time", "file": "folds_file"}


def ids_of(dataset: Dataset) -> tuple[list[str] | None, list[str]]:
    """Ids of the genotypes and of the phenotypes; of the former None where only the reader can tell them.

    Raises
    ------
    UserError
        What :func:`sample_ids` and :func:`phenotype_ids` find.
    """
    genotyped = sample_ids(dataset.genotypes, dataset.reading["format"], dataset.reading["samples_in"])
    return genotyped, phenotype_ids(dataset.phenotypes, dataset.id_column)


def line_problems(dataset: Dataset, cv: Mapping[str, Any], read_inputs: bool) -> Iterator[str]:
    """Schemes that cannot be used, an imputation that is not for these files, lines that do not meet."""
    for scheme, key in NEEDED.items():
        if scheme in cv["schemes"] and getattr(dataset, key) is None:
            what = f"`{key}`" if key == "folds_file" else f"`{key}` column"
            yield f"`cv.schemes` lists {scheme}, but the dataset names no {what}."
    if dataset.simulate is not None and dataset.simulate["lines"] < cv["folds"]:
        yield f"{dataset.simulate['lines']} lines cannot fill {cv['folds']} folds. Lower `cv.folds`."
    if dataset.preset is not None and dataset.impute is not None:
        yield "`impute` takes a VCF, and a preset is a table. Impute in the encoding instead."
    if not read_inputs or dataset.simulate is not None or dataset.preset is not None:
        return
    try:
        genotyped, phenotyped = ids_of(dataset)
    except UserError as error:
        yield str(error)
        return
    if dataset.impute == "beagle":
        if genotype_format(dataset.genotypes) != "vcf":
            yield f"`impute: beagle` takes a VCF, and {dataset.genotypes} is none."
        if dataset.reading["ploidy"] != 2 or dataset.reading["field"] != "GT":
            yield "`impute: beagle` takes the calls (`field: GT`) of diploids (`ploidy: 2`) alone."
    yield from _join_problems(dataset, phenotyped)
    if genotyped is None:  # Parquet: only the reader can tell
        return
    if dataset.folds_file is not None:
        known = {*phenotyped, *genotyped}
        unknown = sorted({id for one in assigned_folds(dataset.folds_file) for id in one} - known)
        if unknown:
            yield (
                f"{len(unknown)} ids of {dataset.folds_file} ({some(unknown)}) are neither in "
                f"{dataset.genotypes} nor in {dataset.phenotypes}. Ids are compared as text."
            )
    matched = len(set(genotyped) & set(phenotyped))
    if matched == 0:
        yield (
            f"no id of {dataset.phenotypes} ({some(phenotyped)}) is found in "
            f"{dataset.genotypes} ({some(genotyped)}). Ids are compared as text; set `id_column` if the "
            "ids are in another column, `samples_in` if the lines of the genotypes are."
        )
    elif matched < cv["folds"]:
        yield (
            f"only {matched} lines have genotypes and phenotypes; that cannot fill {cv['folds']} folds. "
            "Lower `cv.folds`."
        )


def _join_problems(dataset: Dataset, phenotyped: list[str]) -> Iterator[str]:
    """Layers none of whose lines has a phenotype."""
    for name, layer in dataset.layers.items():
        try:
            measured = sample_ids(layer.files[0], layer.reading["format"], layer.reading["samples_in"])
        except UserError as error:
            yield str(error)
            continue
        if measured is not None and not set(measured) & set(phenotyped):
            yield (
                f"no id of {layer.files[0]} ({some(measured)}, the layer {name}) is found in "
                f"{dataset.phenotypes} ({some(phenotyped)}). Ids are compared as text; set `samples_in` "
                "if the lines are in the columns."
            )
