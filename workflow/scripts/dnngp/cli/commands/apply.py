"""Predict the samples of a genotype file with a bundle, without the data it was trained on."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

from typer import Argument, Option

from dnngp.base.errors import UserError, nearest
from dnngp.cli.command import Command


def apply(
    bundle: Path = Argument(..., help="Folder that holds bundle.json."),
    candidates: Path = Argument(..., help="Genotypes in any format."),
    table: Path = Argument(..., help="Where to write the ranked samples, tab-separated."),
    min_markers: float = Option(0.75, help="Smallest share of the bundle's markers that the file must have."),
    min_agreement: float = Option(
        0.7, help="Smallest share of markers of unknown alleles whose frequencies agree."
    ),
    level: float = Option(0.9, help="Coverage of the intervals."),
    environments: str = Option(
        "", help="Environments to predict in, with commas; all of the training records if empty."
    ),
    environment_covariates: Path | None = Option(
        None, help="Table with covariates of new environments, their names in the first column."
    ),
    format: str = Option("auto", help="Format of the file; auto goes by its content."),
    field: str = Option("GT", help="Field of a VCF that dosages come from."),
    multiallelic: str = Option("skip", help="What becomes of a site with several alleles."),
    samples_in: str = Option("auto", help="Whether a table has its samples in rows or columns."),
) -> None:
    """Predict the samples of a genotype file with a stored model."""
    from dnngp.base.tables import write_table
    from dnngp.genotypes.file_formats import FORMAT_CHOICES, read_genotypes
    from dnngp.genotypes.parsing.format import FIELDS, MULTIALLELIC, Reading
    from dnngp.prediction.bundle_files import load_bundle
    from dnngp.prediction.candidates import environments_asked, relatives_of

    _check("--format", format, FORMAT_CHOICES)
    _check("--field", field, FIELDS)
    _check("--multiallelic", multiallelic, MULTIALLELIC)
    _check("--samples-in", samples_in, ("auto", "rows", "columns"))
    logging.basicConfig(level=logging.INFO, format="%(message)s", force=True)
    trained = load_bundle(bundle)
    reading = Reading(
        ploidy=trained.ploidy or 2,
        format=format,
        field=field,
        multiallelic=multiallelic,
        samples_in=samples_in,
    )
    genotypes = read_genotypes(candidates, reading)
    match = trained.match(genotypes, min_markers, candidates, min_agreement)
    names = [name.strip() for name in environments.split(",") if name.strip()] or None
    covariates = None if environment_covariates is None else str(environment_covariates)
    asked = environments_asked(trained, names, covariates)
    write_table(trained.predict(genotypes, match, level, asked, relatives_of(trained)), table)
    logging.info("%d samples, ranked: %s", len(genotypes.samples), table)


def _check(option: str, value: str, choices: Collection[str]) -> None:
    if value not in choices:
        raise UserError(f"`{option}` cannot be {value!r}. {nearest(value, choices)}")


COMMAND = Command(apply, order=6)
