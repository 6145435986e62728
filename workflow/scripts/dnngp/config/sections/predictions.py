"""Samples that have only genotypes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, create_model

from dnngp.config.option_types import AllOrNames, FolderName, Options, Section, Text
from dnngp.config.prediction_options import PREDICTION_OPTIONS
from dnngp.config.sections.choices import FormatName


class PredictionEntry(Options):
    """Samples to predict."""

    dataset: Text
    """Name of the dataset to train on."""

    candidates: Text
    """File of genotypes in any format, or `unphenotyped`: the lines of the dataset that have no value of the
    trait. Of a dataset with `crosses`, a table of crosses of its lines instead of genotypes.
    """

    model: Text = "gblup"
    """Which of `methods` and `models` to train."""

    traits: AllOrNames = "all"
    """Traits of the dataset to predict."""

    environments: AllOrNames = "all"
    """Of a dataset with `environments`: those to predict in, of the training records or new ones. Several
    have their mean beside them; `all` are those of the training records.
    """

    environment_covariates: Text | None = None
    """Table with what is known of new environments, with the columns of the dataset's
    `environments.covariates`; null is the file of the dataset.
    """

    min_markers: float = Field(0.75, ge=0, le=1)
    """Smallest share of the training lines' markers that the file must have; with less the run stops."""

    min_agreement: float = Field(0.7, ge=0, le=1)
    """Where alleles are not known in one of the files: smallest share of the markers whose allele
    frequencies are on the side of those of the training samples, chance apart. With less the run stops, since
    the file counts the other allele. 0 asks for nothing.
    """

    level: float = Field(0.9, gt=0, lt=1)
    """Nominal coverage of the intervals."""

    scheme: Text | None = None
    """Which of `cv.schemes` gives the errors that the intervals are made of: `cluster_out` or
    `leave_group_out` where the lines are of new families. null is the first.
    """

    format: FormatName = "auto"
    """As of a dataset, for the file of candidates."""

    field: Literal["GT", "DS", "GP"] = "GT"
    """Likewise."""

    multiallelic: Literal["skip", "split", "first"] = "skip"
    """Likewise."""

    filter: Literal["all", "pass"] = "all"
    """Sites of a VCF: all, or those that passed the filters of their caller (FILTER)."""

    no_reads: Literal["call", "missing"] = "call"
    """Calls 0/0 of a VCF without any reads, as GATK 4.2.3 to 4.5 and GLnexus write what they did not see:
    homozygous for REF, or missing.
    """

    samples_in: Literal["auto", "rows", "columns"] = "auto"
    """Likewise."""


_GROUPS: dict[str, Any] = {
    name: (option.type | None, Field(None, description=option.description))
    for name, option in PREDICTION_OPTIONS.items()
}
#: With the groups of options that are one file each; none of them is asked for unless it is written.
Prediction = create_model("Prediction", __base__=PredictionEntry, **_GROUPS)

SECTION = Section(
    "predict",
    dict[FolderName, Prediction],
    "Lines to predict by `./run predict`, with a model trained on all lines that have a phenotype. The "
    "name becomes a folder.",
    order=90,
)
