"""Trained in some populations, predicted in another."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Tag

from dnngp.config.option_types import FolderName, Options, Section, SomeNames, Text, distinct, tagged


def _enough(number: int) -> int:
    """Nothing, or as many lines as say something of the mean and the spread of their population."""
    if 0 < number < 10:
        raise ValueError("is too few to say where a population lies: 0, or 10 and more.")
    return number


class Population(Options):
    """Lines of one dataset: all of them or some groups, in one environment where it has several."""

    dataset: Text
    """Name of the dataset."""

    trait: Text | None = None
    """Trait of the dataset, where it is called other than the `trait` of the transfer."""

    groups: SomeNames | None = None
    """Groups of lines by name (`groups` of the dataset names their column); null takes all lines."""

    clusters: SomeNames | None = None
    """Likewise numbers of clusters of lines, made from the markers (`cv.clusters` says how many)."""

    environment: Text | None = None
    """Environment of a dataset with `environments`."""


PopulationEntry = Annotated[
    Annotated[Text, Tag("<string>")] | Annotated[Population, Tag("<object>")],
    tagged(string=str, object=dict),
]


class Transfer(Options):
    """Sources to train in and a target to predict in."""

    sources: Annotated[list[PopulationEntry], Field(min_length=1)]
    """Populations to train in: datasets by name, or parts of them."""

    target: PopulationEntry
    """The population to predict in."""

    trait: Text | None = None
    """The trait; null is the only one of the target's dataset."""

    models: SomeNames | None = None
    """Which of `methods` and `models` to train; null takes all that can."""

    added: Annotated[
        list[Annotated[int, Field(ge=0), AfterValidator(_enough)]],
        Field(min_length=1),
        AfterValidator(distinct),
    ] = [0, 20, 50, 100]
    """Numbers of lines of the target that join the training. The lines of a smaller number are among those of
    a larger one, and the tested lines are the same for all.
    """

    tested: int | None = Field(None, ge=20)
    """Most lines of the target to test in a repeat; null tests all that do not join."""

    repeats: int = Field(5, ge=1)
    """Draws of the lines that join."""

    scale: Literal["standardised", "centred", "as_measured"] = "standardised"
    """How values of several populations are brought together, in each fit by its training lines alone: each
    population in its own mean and standard deviation, from its own mean, or as they were measured.
    """

    level: float | None = Field(0.9, gt=0, lt=1)
    """Nominal coverage of the intervals, which take five further fits each; null makes none."""

    min_markers: float = Field(0.1, ge=0, le=1)
    """Smallest share of the target's markers that every other dataset must have; with less the run stops."""


SECTION = Section(
    "transfer",
    dict[FolderName, Transfer],
    "Train in some populations, predict in another, with more and more of its lines in the training. The "
    "name becomes a folder.",
    order=75,
)
