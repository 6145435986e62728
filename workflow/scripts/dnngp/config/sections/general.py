"""Options that stand alone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator

from dnngp.config.option_types import Names, Section, Text


def _plain(path: str) -> str:
    if any(character in path for character in "{}<>"):
        raise ValueError(f"{path!r} has a character of {{ }} < >, which Snakemake reads as its own.")
    return path


SECTIONS = (
    Section("title", Text, "Heading of the report.", "Genomic prediction", order=0),
    Section(
        "methods",
        Names,
        "Methods to run with their default encoding and parameters.",
        ["mean", "gblup", "rkhs", "lightgbm", "svr", "stack", "dnngp"],
        order=30,
    ),
    Section(
        "importance",
        Names,
        "Methods and models for which to tell what each marker adds to the predictions of all lines.",
        [],
        order=80,
    ),
    Section(
        "lr_statistics",
        Names,
        "Methods and models whose predictions without the records of a sample are compared with those with "
        "all records (method LR): bias, dispersion, ratio of accuracies. Takes one fit of all records each.",
        [],
        order=82,
    ),
    Section(
        "controls",
        bool,
        "Check on a small part of each dataset that no method predicts a permuted phenotype, that GBLUP and "
        "RR-BLUP agree and that the mean errs as it must; a control that fails ends the run in an error.",
        True,
        order=120,
    ),
    Section("seed", int, "Enters every seed of every method. Folds do not depend on it.", 1, order=130),
    Section(
        "pathvars",
        dict[Literal["results", "resources", "logs", "benchmarks"], Annotated[Text, AfterValidator(_plain)]],
        "Folders, read by Snakemake itself: `{results: results/wheat}` moves the results.",
        order=140,
    ),
)
