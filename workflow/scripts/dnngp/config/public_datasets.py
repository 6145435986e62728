"""The catalogue of public datasets, ``workflow/resources/datasets.yaml``.

Read when the Snakefile is, so it stays within the standard library and PyYAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from dnngp.base.errors import UserError, nearest
from dnngp.base.workflow_files import workflow_folder

FILE = workflow_folder() / "resources" / "datasets.yaml"


@dataclass(frozen=True)
class Preset:
    """A public dataset: where it is, whose it is, and what it becomes.

    Attributes
    ----------
    name
        Its key in the catalogue.
    species, ploidy, samples_in
        As the options of a dataset of these names.
    lines
        Lines with genotypes.
    traits
        Columns of the phenotype table that are traits.
    columns
        Its other columns, for groups and covariates.
    files
        ``url``, and ``sha256`` or ``md5`` where known, of every file by its name.
    converter
        Function of :mod:`dnngp.genotypes.converters` that makes the tables.
    licence, citation
        In words.
    """

    name: str
    species: str
    ploidy: int
    samples_in: str
    lines: int
    traits: list[str]
    columns: list[str]
    files: Mapping[str, Mapping[str, str]]
    converter: str
    licence: str
    citation: str


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """All entries as they stand in the file."""
    return yaml.safe_load(FILE.read_text())


def preset(name: str) -> Preset:
    """The entry ``name``; a :class:`UserError` names the nearest if there is none."""
    entries = catalogue()
    if name not in entries:
        raise UserError(f"there is no public dataset {name!r} (`preset`).", remedy=nearest(name, entries))
    entry = entries[name]
    return Preset(
        name=name,
        samples_in=entry.get("samples_in", "columns"),
        ploidy=entry.get("ploidy", 2),
        columns=entry.get("columns", []),
        **{key: entry[key] for key in ("species", "lines", "traits", "files", "converter")},
        **{key: entry[key] for key in ("licence", "citation")},
    )
