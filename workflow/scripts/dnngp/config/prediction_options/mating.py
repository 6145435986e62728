"""Crosses of chosen parents: what their offspring are expected to be, and the best set of crosses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, Tag

from dnngp.base.errors import nearest, some
from dnngp.base.problems import absent_files
from dnngp.config.candidate_ids import candidate_ids
from dnngp.config.dataset_entries import Dataset
from dnngp.config.option_types import Options, SomeNames, Text, tagged
from dnngp.config.prediction_option import Asked, PredictionOption
from dnngp.config.sample_checks import measured_ids
from dnngp.genotypes.file_formats import unplaced_markers
from dnngp.genotypes.parsing.genetic_map_table import read_genetic_map
from dnngp.methods.registry import METHODS

if TYPE_CHECKING:
    from dnngp.config.prediction_entries import Prediction

#: `selected`, the best so many of the index, or names.
Parents = Annotated[
    Annotated[Literal["selected"], Tag("<string>")]
    | Annotated[Annotated[int, Field(ge=2)], Tag("<integer>")]
    | Annotated[SomeNames, Tag("<array>")],
    tagged(string="selected", integer=int, array=list),
]


class Mating(Options):
    """Crosses of chosen parents."""

    parents: Parents = "selected"
    """Lines to cross: those that `select` selects, so many with the best index (of one trait, predictions),
    or their names. With `candidates: unphenotyped`, names may be of any line of the dataset.
    """

    number: int = Field(10, ge=1)
    """Crosses of the plan."""

    offspring: Literal["f1", "f2", "dh", "ril"] = "dh"
    """What is made of a cross: its offspring as they are (`f1`; alike where parents are inbred), those selfed
    once, doubled haploids, or recombinant inbred lines by single-seed descent.
    """

    simulated: int = Field(200, ge=20)
    """Offspring simulated for a cross, where the standard deviation has no closed form: it is known to about
    1 / sqrt(2 n) of itself.
    """

    selected_fraction: float = Field(0.1, gt=0, lt=1)
    """Share of the offspring of a cross that will be selected; gives the intensity of selection."""

    max_kinship: float | None = None
    """Largest mean genomic relationship of the two parents over the crosses of the plan, where 0 is the
    average of the genotyped lines; null for no limit.
    """

    max_contributions: int | None = Field(None, ge=1)
    """Largest number of crosses of the plan that a parent is in; null for no limit."""

    genetic_map: Text | None = None
    """Table with the columns `chrom` and `cm`, and `marker` or `pos` (base pairs), of the markers or of other
    places between which they lie. It, or `cm_per_mb`, must be given.
    """

    cm_per_mb: float | None = Field(None, gt=0)
    """Centimorgans of a megabase, the same everywhere, where there is no genetic map."""


def _problems(options: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    select = asked.entry["select"]
    environments = asked.dataset.environments
    if environments is not None and environments.are_traits:
        yield (
            "mating: crosses are planned by traits that are predicted one by one, and those of "
            f"{asked.dataset.name} are treated as environments. Leave `mating` out."
        )
    if not select and len(asked.traits) > 1:
        yield (
            f"mating: of {len(asked.traits)} traits there is no order of crosses. Give an index "
            "(`select`), or list one trait (`traits`)."
        )
    if not select and options["parents"] == "selected":
        yield "mating.parents: `selected` needs `select`. Give it, a number of parents or their names."
    if asked.model is not None and METHODS[asked.model.method].crosses:
        yield (
            f"mating: {asked.model.id!r} reads the parents of crosses, and offspring of the candidates have "
            "none that it knows. Name a model that reads the genotypes themselves."
        )
    reading = asked.dataset.reading
    if reading["ploidy"] != 2 or reading["format"] == "features":
        what = "format" if reading["format"] == "features" else "ploidy"
        yield (
            f"mating: gametes are simulated of diploids alone, and {asked.dataset.name} has "
            f"`{what}: {reading[what]}`. Leave `mating` out."
        )
    if (options["genetic_map"] is None) == (options["cm_per_mb"] is None):
        yield (
            "mating: gametes need genetic positions. Give either `genetic_map`, a table, or `cm_per_mb`, the "
            "centimorgans of a megabase."
        )
    yield from _counts(options, select)
    if options["genetic_map"] is not None:
        yield from absent_files([("mating.genetic_map", options["genetic_map"])])


def _counts(options: Mapping[str, Any], select: Mapping[str, Any] | None) -> Iterator[str]:
    """More crosses than the parents can have."""
    parents, number, most = options["parents"], options["number"], options["max_contributions"]
    if parents == "selected":
        count = select["number"] if select else None
    else:
        count = parents if isinstance(parents, int) else len(parents)
    if count is None:
        return
    possible = count * (count - 1) // 2
    if number > possible:
        crosses = "one cross" if possible == 1 else f"{possible} crosses"
        yield f"mating.number: {count} parents have {crosses}, fewer than {number}."
    elif most is not None and number > count * most // 2:
        yield (
            f"mating.max_contributions: {count} parents in at most {most} crosses each make "
            f"{count * most // 2}, fewer than `number: {number}`. Raise one or lower the other."
        )


def _input_problems(options: Mapping[str, Any], prediction: Prediction, dataset: Dataset) -> Iterator[str]:
    """Markers without places, parents that are not there."""
    yield from _placeless(options, dataset)
    parents = options["parents"]
    ids = candidate_ids(prediction, dataset)
    if isinstance(parents, int) and ids is not None and parents > len(ids):
        yield f"mating.parents: {parents} of {len(ids)} candidates. Name fewer."
    if not isinstance(parents, list):
        return
    known = measured_ids(dataset) if prediction.candidates is None else ids
    for parent in parents:
        if known is not None and parent not in known:
            file = prediction.candidates or dataset.genotypes
            yield f"mating.parents: {parent!r} is not in {file}. {nearest(parent, known)}"


def _placeless(options: Mapping[str, Any], dataset: Dataset) -> Iterator[str]:
    """Markers of a table that has nothing but their names, where the genetic map does not know these."""
    path, reading = options["genetic_map"], dataset.reading
    table = {} if path is None else read_genetic_map(path)
    names = unplaced_markers(dataset.files[0], reading["format"], reading["samples_in"])
    if reading["map"] is not None or not names or set(names).intersection(table.get("marker", ())):
        return
    where = "" if path is None else f", and {path} names none of them"
    yield (
        f"mating: the markers of {dataset.genotypes} ({some(names)}) have no chromosome and position{where}. "
        "Give the dataset a `map`, or `mating.genetic_map` with the names of its markers."
    )


OPTION = PredictionOption(
    "mating",
    Mating,
    "Cross chosen parents: mean, standard deviation and usefulness of the offspring of every cross, kinship, "
    "and the best set of crosses, `{parents: selected, number: 10, cm_per_mb: 1}`; null does not.",
    _problems,
    _input_problems,
    ("mating", "mating_plan", "mating_summary"),
    order=20,
)
