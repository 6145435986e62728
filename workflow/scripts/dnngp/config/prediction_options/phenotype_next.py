"""Candidates to phenotype next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from dnngp.base.errors import nearest
from dnngp.base.problems import absent_files
from dnngp.config.dataset_entries import Dataset
from dnngp.config.option_types import Options, Text
from dnngp.config.prediction_option import Asked, PredictionOption
from dnngp.genotypes.file_formats import sample_ids

if TYPE_CHECKING:
    from dnngp.config.prediction_entries import Prediction


class PhenotypeNext(Options):
    """Candidates whose phenotypes would tell most, beside those that are known."""

    number: int = Field(20, ge=1)
    """Candidates to choose."""

    criterion: Literal["cdmean", "pevmean", "stratified"] = "cdmean"
    """What is best of the targets: the largest mean coefficient of determination of what they differ by, the
    smallest mean variance of its prediction error, or as many of each cluster as its share of the candidates.
    """

    targets: Text | None = None
    """File with the candidates that are to be predicted well, an id a line; null takes all of them."""

    trait: Text | None = None
    """Trait whose heritability and phenotyped lines count; null is the one that is predicted."""

    h2: float | None = Field(None, gt=0, lt=1)
    """Heritability of a record; null takes that of the dataset by REML."""

    clusters: int = Field(10, ge=2)
    """Clusters of the candidates, for `stratified`."""


def _problems(options: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    trait = options["trait"]
    if trait is None and len(asked.traits) > 1:
        yield f"phenotype_next.trait: several traits are predicted. Name one of {', '.join(asked.traits)}."
    elif trait is not None and trait not in asked.traits:
        hint = nearest(trait, asked.traits)
        yield f"phenotype_next.trait: {trait!r} is not among the traits predicted. {hint}"
    if options["targets"] is not None:
        yield from absent_files([("phenotype_next.targets", options["targets"])])


def _input_problems(options: Mapping[str, Any], prediction: Prediction, dataset: Dataset) -> Iterator[str]:
    if prediction.candidates is None:
        return
    ids = sample_ids(prediction.files[0], prediction.reading["format"], prediction.reading["samples_in"])
    if ids is not None and options["number"] > len(ids):
        place = f"{len(ids)} candidates in {prediction.candidates}"
        yield f"phenotype_next.number: {options['number']} of {place}. Choose fewer."


OPTION = PredictionOption(
    "phenotype_next",
    PhenotypeNext,
    "Choose the candidates to phenotype next, `{number: 20}`; null does not.",
    _problems,
    _input_problems,
    tables=("phenotype_next", "phenotype_next_designs"),
    order=50,
)
