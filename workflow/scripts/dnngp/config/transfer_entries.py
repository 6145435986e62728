"""Transfers of the configuration: sources to train in, a target to predict in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dnngp.base.delimited import MISSING
from dnngp.base.errors import UserError, nearest, some
from dnngp.base.problems import refuse
from dnngp.base.remote import is_remote
from dnngp.config.dataset_entries import Dataset, dataset_named
from dnngp.config.model_entries import Model, not_run, other_layers
from dnngp.config.sample_checks import measured_ids, phenotype_table
from dnngp.config.suitability import unsuited, usable_traits
from dnngp.genotypes.file_formats import unplaced_markers
from dnngp.genotypes.weight_columns import WeightColumns
from dnngp.methods.registry import METHODS
from dnngp.validation.transfer_draws import SMALLEST_REST, too_few


@dataclass(frozen=True)
class Population:
    """Lines of a dataset with a trait.

    ``trait`` is its folder. ``groups`` are names of groups, or numbers of ``clusters``; None takes all lines.
    """

    dataset: str
    trait: str
    groups: list[str] | None
    clusters: list[str] | None
    environment: str | None

    @property
    def chosen(self) -> dict[str, Any]:
        """What its lines are chosen by, as a parameter of a rule."""
        return {name: getattr(self, name) for name in ("groups", "clusters", "environment")}

    def overlaps(self, other: Population) -> bool:
        """Whether both hold values of the same lines of one trait."""
        if (self.dataset, self.trait, self.environment) != (other.dataset, other.trait, other.environment):
            return False
        for mine, its in ((self.groups, other.groups), (self.clusters, other.clusters)):
            if mine and its and not set(mine) & set(its):
                return False
        return True


@dataclass(frozen=True)
class Transfer:
    """Sources, a target, and what is asked of them."""

    name: str
    sources: list[Population]
    target: Population
    models: list[str]
    added: list[int]
    tested: int | None
    repeats: int
    scale: str
    level: float | None
    min_markers: float

    @property
    def populations(self) -> dict[str, Population]:
        """The sources and the target by their names in the tables."""
        sources = {f"source{number}": one for number, one in enumerate(self.sources, start=1)}
        return {**sources, "target": self.target}

    @property
    def datasets(self) -> list[str]:
        """Datasets that lines are of, that of the target first."""
        return list(dict.fromkeys(one.dataset for one in (self.target, *self.sources)))


def read_transfer(
    name: str, entry: Mapping[str, Any], datasets: Mapping[str, Dataset], models: Mapping[str, Model]
) -> Transfer:
    """One entry of ``transfer``, with defaults; the datasets and models are known to be right.

    Raises
    ------
    UserError
        A line for each problem.
    """
    target = _population(entry["target"], entry, datasets, "target")
    sources = [
        _population(one, entry, datasets, f"sources[{number}]", target)
        for number, one in enumerate(entry["sources"], start=1)
    ]
    problems = list(_together(sources, target, datasets))
    usable = {key: _why_not(model, target, datasets) for key, model in models.items()}
    asked = entry["models"] or [key for key, why in usable.items() if not why]
    problems += [not_run(one, models) for one in asked if one not in models]
    problems += [f"{one!r} {usable[one]}." for one in asked if usable.get(one)]
    if not asked:
        problems.append("none of `methods` and `models` can be used. Add gblup.")
    refuse(problems)
    options = ("tested", "repeats", "scale", "level", "min_markers")
    return Transfer(
        name=name,
        sources=sources,
        target=target,
        models=list(asked),
        added=sorted(entry["added"]),
        **{option: entry[option] for option in options},
    )


def _population(
    entry: str | Mapping[str, Any],
    transfer: Mapping[str, Any],
    datasets: Mapping[str, Dataset],
    place: str,
    target: Population | None = None,
) -> Population:
    given: Mapping[str, Any] = {"dataset": entry} if isinstance(entry, str) else entry
    dataset = dataset_named(given["dataset"], datasets)
    trait = given.get("trait") or transfer["trait"]
    if trait is None and target is not None:
        trait = datasets[target.dataset].traits[target.trait]
    if trait is None and len(dataset.traits) == 1:
        trait = next(iter(dataset.traits.values()))
    problems = [f"{place}: {text}" for text in _population_problems(given, dataset, trait)]
    refuse(problems)
    (folder,) = [key for key, column in dataset.traits.items() if column == trait]
    return Population(
        dataset.name, folder, given.get("groups"), given.get("clusters"), given.get("environment")
    )


def _population_problems(given: Mapping[str, Any], dataset: Dataset, trait: str | None) -> Iterator[str]:
    """What a population names and its dataset lacks."""
    traits = list(dataset.traits.values())
    if trait is None:
        yield f"{dataset.name} has several traits ({some(traits)}). Name one (`trait`)."
    elif trait not in traits:
        yield f"{dataset.name} has no trait {trait!r} (`trait`). {nearest(trait, traits)}"
    elif dataset.trait_type(trait).kind != "continuous":
        kind = dataset.trait_type(trait).kind
        yield f"a transfer takes continuous traits, and {trait} of {dataset.name} is {kind}."
    if given.get("groups") and given.get("clusters"):
        yield "`groups` and `clusters` are both there. Name one of them."
    if given.get("groups") and dataset.groups is None:
        yield f"`groups` names groups, but {dataset.name} has no `groups` (the column that holds them)."
    environment = given.get("environment")
    if dataset.environments is None:
        if environment is not None:
            yield f"`environment` is for a dataset with `environments`, which {dataset.name} has not."
        return
    names = dataset.environments.names or dataset.environments.columns or []
    if environment is None:
        yield f"{dataset.name} has several environments. Name the one to take (`environment`)."
    elif names and environment not in names:
        yield f"{dataset.name} has no environment {environment!r}. {nearest(environment, names)}"


def _together(
    sources: list[Population], target: Population, datasets: Mapping[str, Dataset]
) -> Iterator[str]:
    """Populations that cannot be joined."""
    for number, one in enumerate(sources, start=1):
        if one.overlaps(target):
            yield (
                f"sources[{number}] has the values of the target: what is predicted would be trained on. "
                "Name other `groups`, another `environment` or `trait`, or take it out of the sources."
            )
        if any(one.overlaps(other) for other in sources[: number - 1]):
            yield f"sources[{number}] holds values that a source before it has. Name each once."
    chosen = [datasets[one.dataset] for one in (target, *sources)]
    weights = {one.name: _weights_of(one) for one in chosen}
    if len(set(weights.values())) > 1:
        told = "; ".join(f"{name}: {kind}" for name, kind in weights.items())
        yield f"values of all populations must have `weights` of one kind, or none ({told})."
    ploidies = {one.name: one.reading["ploidy"] for one in chosen}
    if len({ploidy for ploidy in ploidies.values() if ploidy is not None}) > 1:
        told = ", ".join(f"{name} {ploidy}" for name, ploidy in ploidies.items())
        yield f"the datasets are of different ploidy ({told}), and cannot be joined."


def _weights_of(dataset: Dataset) -> str:
    weights = WeightColumns(**dataset.weights)
    return "error variances" if weights.known else "replicates" if weights.columns else "none"


def _why_not(model: Model, target: Population, datasets: Mapping[str, Dataset]) -> str:
    """Why a model cannot be used, behind its name; empty where it can."""
    if model.omics:
        return f"reads {other_layers(model)}, and a transfer takes markers alone"
    if METHODS[model.method].crosses:
        return "reads the parents of crosses, and a transfer takes the crosses alone"
    if why := unsuited(METHODS[model.method], None):
        return f"cannot be used: {why}"
    return "" if target.trait in usable_traits(model, datasets[target.dataset]) else "does not take the trait"


def cluster_problems(transfer: Transfer, clusters: int) -> Iterator[str]:
    """Numbers of clusters that are not made: these are ``1`` to ``clusters``."""
    made = [str(number) for number in range(1, clusters + 1)]
    for place, one in transfer.populations.items():
        for name in one.clusters or []:
            if name not in made:
                yield f"{place}: there is no cluster {name!r}, only 1 to {clusters} (`cv.clusters`)."


def transfer_problems(transfer: Transfer, datasets: Mapping[str, Dataset]) -> Iterator[str]:
    """What the files say of a transfer: groups that are not there, too few lines, no common marker."""
    for place, one in transfer.populations.items():
        lines = lines_of(one, datasets[one.dataset])
        if isinstance(lines, str):
            yield f"{place}: {lines}"
        elif lines is not None and not lines:
            yield f"{place}: no line of {one.dataset} with genotypes has a value of it."
        elif lines is not None and place == "target" and len(lines) < max(transfer.added) + SMALLEST_REST:
            most = max(transfer.added)
            yield too_few(len(lines), most, max(0, len(lines) - most))
    own, *others = (datasets[name] for name in transfer.datasets)
    names = _marker_names(own)
    for other in others:
        its = _marker_names(other)
        if names and its and not set(names) & set(its):
            yield (
                f"no marker of {own.name} ({some(names)}) is in {other.name} ({some(its)}): they have "
                "neither positions nor an id in common."
            )


def _marker_names(dataset: Dataset) -> list[str]:
    """Ids of the markers of a table that has nothing else to know them by."""
    if dataset.simulate or dataset.preset or dataset.reading["map"] is not None:
        return []
    return unplaced_markers(dataset.genotypes, dataset.reading["format"], dataset.reading["samples_in"])


def lines_of(population: Population, dataset: Dataset) -> list[str] | str | None:
    """Lines of a population that have a value, before anything runs; a problem in words.

    None where only the run can tell: of clusters, of datasets that are made or fetched, and of plots.
    """
    made = dataset.simulate or dataset.preset or dataset.plots or is_remote(dataset.phenotypes)
    if population.clusters or made:
        return None
    try:
        genotyped, table = measured_ids(dataset), phenotype_table(dataset)
    except UserError:  # told of the dataset already
        return None
    ids = dataset.table.folded(table.ids, genotyped or (), dataset.phenotypes)
    chosen = _with_value(population, dataset, table)
    groups = _groups_by_id(dataset, table, ids)
    if population.groups is not None:
        known = sorted(set(groups.values()))
        for group in population.groups:
            if group not in known:
                return f"{dataset.name} has no group {group!r} ({dataset.groups}). {nearest(group, known)}"
        chosen = [one and groups.get(id) in population.groups for one, id in zip(chosen, ids, strict=True)]
    with_markers = set(ids if genotyped is None else genotyped)
    found = (id for one, id in zip(chosen, ids, strict=True) if one and id in with_markers)
    return list(dict.fromkeys(found))


def _with_value(population: Population, dataset: Dataset, table: Any) -> list[bool]:
    """Whether each row holds a value of the population's trait, in its environment."""
    column, environments = dataset.traits[population.trait], dataset.environments
    if environments is not None and environments.columns is not None:
        column = str(population.environment)
    values = [cell not in MISSING for cell in table.columns[column]]
    if environments is None or environments.column is None:
        return values
    places = table.columns[environments.column]
    return [one and place == population.environment for one, place in zip(values, places, strict=True)]


def _groups_by_id(dataset: Dataset, table: Any, ids: list[str]) -> dict[str, str]:
    """Group of each line that has one, from the phenotype table or that of the samples."""
    if dataset.groups is None:
        return {}
    if dataset.groups in table.columns:
        return dict(zip(ids, table.columns[dataset.groups], strict=True))
    beside = dataset.table.beside()
    own = dataset.table.folded(beside.ids, ids, dataset.samples_file or dataset.phenotypes)
    return dict(zip(own, beside.columns[dataset.groups], strict=True))
