"""Samples chosen by an index over traits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from dnngp.base.errors import nearest
from dnngp.config.candidate_ids import candidate_ids
from dnngp.config.dataset_entries import Dataset
from dnngp.config.option_types import Names, Options, Text
from dnngp.config.prediction_option import Asked, PredictionOption

if TYPE_CHECKING:
    from dnngp.config.prediction_entries import Prediction

#: Most traits whose covariances are estimated: that of each pair is one more variance to find.
MOST_TRAITS = 10


class Selection(Options):
    """Samples chosen by an index: `weights` of traits or `desired_gains`, and traits `restricted`."""

    weights: dict[Text, float] = {}
    """Weight of each trait in the index, per unit of the trait; negative where lower values are better
    (`better` of the dataset).
    """

    desired_gains: dict[Text, float] = {}
    """Gains wanted of each trait, in its unit, instead of `weights`: their ratios are what the index goes by.
    """

    restricted: Names = []
    """Traits that shall stay as they are."""

    covariances: bool = False
    """Estimate the genetic and phenotypic covariances of the traits of the index by REML, which tells the
    genetic gain to expect. `desired_gains` and `restricted` need them, so that they are estimated anyway.
    """

    number: int = Field(20, ge=1)
    """Lines to choose."""

    max_kinship: float | None = None
    """Largest mean genomic relationship among pairs of chosen lines, where 0 is the average of the
    candidates; null for no limit.
    """

    @model_validator(mode="after")
    def _one_goal(self) -> Self:
        if bool(self.weights) == bool(self.desired_gains):
            raise ValueError("needs either `weights` or `desired_gains`.")
        named = {"weights": self.weights, "desired_gains": self.desired_gains}
        for key, given in named.items():
            if both := [trait for trait in given if trait in self.restricted]:
                raise ValueError(f"{both[0]!r} is `restricted`: leave it out of `{key}`.")
        if self.weights and not any(self.weights.values()):
            raise ValueError("every weight is 0: there is nothing to choose by.")
        if nothing := [trait for trait, gain in self.desired_gains.items() if gain == 0]:
            raise ValueError(f"{nothing[0]!r} has no direction in `desired_gains`. Name it in `restricted`.")
        return self


def index_traits(options: Mapping[str, Any]) -> list[str]:
    """Traits of the index, those that are named first first."""
    return list(dict.fromkeys([*options["weights"], *options["desired_gains"], *options["restricted"]]))


def needs_covariances(options: Mapping[str, Any]) -> bool:
    """Whether covariances of the traits are asked for, or needed."""
    return bool(options["covariances"] or options["desired_gains"] or options["restricted"])


def _problems(options: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    predicted = _predicted(asked)
    for key in ("weights", "desired_gains", "restricted"):
        for trait in options[key]:
            if trait not in predicted:
                hint = nearest(trait, predicted)
                yield f"select.{key}: {trait!r} is not among the traits predicted. {hint}"
    yield from _against_direction("weights", "the weight", options["weights"], asked.dataset)
    yield from _against_direction("desired_gains", "the gain", options["desired_gains"], asked.dataset)
    if options["max_kinship"] is not None and asked.dataset.reading["format"] == "features":
        yield (
            f"select.max_kinship: relationships are those of genotypes, and {asked.dataset.name} has "
            "`format: features`. Leave `max_kinship` out."
        )
    if needs_covariances(options):
        yield from _without_covariances(index_traits(options), asked.dataset)


def _predicted(asked: Asked) -> list[str]:
    """Traits that are predicted; those treated as environments by their names."""
    environments = asked.dataset.environments
    if environments is None or not environments.are_traits:
        return list(asked.traits)
    named = asked.entry["environments"]
    return list(environments.columns or []) if named == "all" else list(named)


def _against_direction(key: str, what: str, given: Mapping[str, float], dataset: Dataset) -> Iterator[str]:
    """Weights or gains that ask for other values of a trait than those that are better."""
    for trait, value in given.items():
        sign = dataset.sign(trait)
        if value * sign < 0:
            better, other = ("lower", "higher") if sign < 0 else ("higher", "lower")
            yield (
                f"select.{key}: {trait!r} has {what} {value:g}, and of it {better} values are better. "
                f"Turn the sign, or write `better: {{{trait}: {other}}}` in the dataset {dataset.name}."
            )


def _without_covariances(traits: list[str], dataset: Dataset) -> Iterator[str]:
    """Traits that have no covariances to estimate."""
    if len(traits) > MOST_TRAITS:
        yield f"select: the covariances of {len(traits)} traits are too many. Name {MOST_TRAITS} at most."
    for trait in traits:
        if dataset.trait_type(trait).has_classes:
            yield f"select: {trait!r} has classes, and no covariances in its unit. Leave it out of the index."


def _input_problems(options: Mapping[str, Any], prediction: Prediction, dataset: Dataset) -> Iterator[str]:
    """More lines than there are."""
    ids = candidate_ids(prediction, dataset)
    if ids is not None and options["number"] > len(ids):
        yield f"select.number: {options['number']} of {len(ids)} candidates. Choose fewer."


OPTION = PredictionOption(
    "select",
    Selection,
    "Choose lines by an index over traits, `{weights: {yield: 1, height: -0.2}, number: 20}`; null does not.",
    _problems,
    _input_problems,
    tables=("selected", "response"),
    more_tables=lambda options: (
        ("selection_index", "trait_covariances") if needs_covariances(options) else ()
    ),
    order=10,
)
