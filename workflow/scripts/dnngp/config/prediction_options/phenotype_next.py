"""Candidates to phenotype next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from dnngp.base.errors import nearest, some
from dnngp.base.listed_lines import listed_lines
from dnngp.base.problems import absent_files
from dnngp.config.candidate_ids import candidate_ids, with_value
from dnngp.config.dataset_entries import Dataset
from dnngp.config.option_types import Options, Text
from dnngp.config.prediction_option import Asked, PredictionOption
from dnngp.config.sample_checks import measured_ids

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
    if asked.dataset.reading["format"] == "features":
        yield (
            f"phenotype_next: relationships are those of genotypes, and {asked.dataset.name} has "
            "`format: features`. Leave `phenotype_next` out."
        )
    trait = options["trait"]
    if trait is None and len(asked.traits) > 1:
        yield f"phenotype_next.trait: several traits are predicted. Name one of {', '.join(asked.traits)}."
    elif trait is not None and trait not in asked.traits:
        hint = nearest(trait, asked.traits)
        yield f"phenotype_next.trait: {trait!r} is not among the traits predicted. {hint}"
    if options["targets"] is not None:
        yield from absent_files([("phenotype_next.targets", options["targets"])])


def _input_problems(options: Mapping[str, Any], prediction: Prediction, dataset: Dataset) -> Iterator[str]:
    """More candidates than lack a value of the trait, targets that are none of them."""
    ids, genotyped = candidate_ids(prediction, dataset), measured_ids(dataset)
    if ids is None or genotyped is None:
        return
    trait = options["trait"] or next(iter(prediction.traits.values()))
    known = with_value(trait, genotyped, dataset)
    new = [id for id in ids if id not in known]
    if options["number"] > len(new):
        place = f"{len(new)} candidates without a value of {trait}"
        yield f"phenotype_next.number: {options['number']} of {place}. Choose fewer."
    elif options["targets"] is not None:
        count = len({name for _, name in listed_lines(options["targets"])}.intersection(new))
        if count < 2:
            yield (
                f"phenotype_next.targets: {options['targets']} lists {count} of the candidates without a "
                f"value of {trait} ({some(new)}). List two or more: what is asked is how they differ."
            )


OPTION = PredictionOption(
    "phenotype_next",
    PhenotypeNext,
    "Choose the candidates to phenotype next, `{number: 20}`; null does not.",
    _problems,
    _input_problems,
    tables=("phenotype_next", "phenotype_next_designs"),
    order=50,
)
