"""Samples chosen by an index over traits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from dnngp.base.errors import nearest
from dnngp.config.dataset_entries import Dataset
from dnngp.config.option_types import Options, Text
from dnngp.config.prediction_option import Asked, PredictionOption


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


def _problems(options: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    yield from _against_direction(options["weights"], asked.dataset)
    for trait in options["weights"]:
        if trait not in asked.traits:
            hint = nearest(trait, asked.traits)
            yield f"select.weights: {trait!r} is not among the traits predicted. {hint}"


def _against_direction(weights: Mapping[str, float], dataset: Dataset) -> Iterator[str]:
    """Weights that ask for other values of a trait than those that are better."""
    for trait, weight in weights.items():
        sign = dataset.sign(trait)
        if weight * sign < 0:
            better, other = ("lower", "higher") if sign < 0 else ("higher", "lower")
            yield (
                f"select.weights: {trait!r} has the weight {weight:g}, and of it {better} values are better. "
                f"Turn the sign, or write `better: {{{trait}: {other}}}` in the dataset {dataset.name}."
            )


OPTION = PredictionOption(
    "select",
    Selection,
    "Choose lines by an index over traits, `{weights: {yield: 1, height: -0.2}, number: 20}`; null does not.",
    _problems,
    tables=("selected", "response"),
    order=10,
)
