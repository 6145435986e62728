"""Samples that have only genotypes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dnngp.config.option_types import AllOrNames, FolderName, Options, Section, Text
from dnngp.config.sections.choices import FormatName


class Selection(Options):
    """Samples chosen by an index over traits."""

    weights: dict[Text, float] = Field(min_length=1)
    """Weight of each trait in the index, per unit of the trait; negative where lower values are better
    (`better` of the dataset).
    """

    number: int = Field(20, ge=1)
    """Lines to choose."""

    max_kinship: float | None = None
    """Largest mean genomic relationship among pairs of chosen lines, where 0 is the average of the
    candidates; null for no limit.
    """


class Prediction(Options):
    """Samples to predict."""

    dataset: Text
    """Name of the dataset to train on."""

    candidates: Text
    """File of genotypes in any format, or `unphenotyped`: the lines of the dataset that have no value of the
    trait.
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

    select: Selection | None = None
    """Choose lines by an index over traits, `{weights: {yield: 1, height: -0.2}, number: 20}`; null does
    not.
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


SECTION = Section(
    "predict",
    dict[FolderName, Prediction],
    "Lines to predict by `./run predict`, with a model trained on all lines that have a phenotype. The "
    "name becomes a folder.",
    order=90,
)
