"""Studies of the configuration: sizes, and choices compared in pairs, beside the comparison of models."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dnngp.base.errors import UserError, nearest
from dnngp.base.remote import is_remote
from dnngp.config.dataset_entries import Dataset, simulated_samples
from dnngp.config.model_entries import Model, defaults_of, made_models, read_models
from dnngp.config.sample_checks import measured_ids, phenotyped_ids
from dnngp.encodings.encoding import encoding_problems
from dnngp.encodings.omics import EncodingEntry
from dnngp.evaluation.contrasts import LINEAR, Contrast, ablation_contrasts, input_contrasts
from dnngp.methods.registry import METHODS


@dataclass(frozen=True)
class LearningCurve:
    """Sizes to evaluate.

    ``samples`` and ``markers`` hold numbers and ``all``; ``models`` are ids; ``cells`` are pairs of dataset
    and folder of a trait; ``folds`` is how many folds of each of ``repeats`` repeats to run, None all.
    """

    samples: list[int | str]
    markers: list[int | str]
    marker_order: str
    models: list[str]
    folds: int | None
    repeats: int
    cells: list[tuple[str, str]]


@dataclass(frozen=True)
class PairedExperiment:
    """Choices compared in pairs: (model, reference, part, setting), as in :class:`Contrast`.

    ``cells`` as in :class:`LearningCurve`.
    """

    contrasts: list[tuple[str, str, str, str]]
    cells: list[tuple[str, str]]


@dataclass(frozen=True)
class TrainingSets:
    """Training sets to choose: their sizes, by what designs, from how many clusters.

    ``folds``, ``repeats`` and ``cells`` as in :class:`LearningCurve`.
    """

    samples: list[int]
    designs: list[str]
    clusters: int
    folds: int | None
    repeats: int
    cells: list[tuple[str, str]]


@dataclass(frozen=True)
class Experiments:
    """Experiments beside the comparison; ``models`` are those that they alone need."""

    models: dict[str, Model]
    learning_curve: LearningCurve | None
    encodings: PairedExperiment | None
    ablation: PairedExperiment | None
    training_sets: TrainingSets | None


def experiment_problems(
    resolved: Mapping[str, Any], datasets: Mapping[str, Dataset], read_inputs: bool
) -> Iterator[str]:
    """What experiments name and is not there, and sizes that cannot be reached."""
    experiments, cv = resolved["experiments"], resolved["cv"]
    compared = [*resolved["methods"], *resolved["models"]]
    known = list(dict.fromkeys([*compared, *experiments["models"], *METHODS]))
    names = [entry["name"] for entry in resolved["datasets"]]
    for key in ("learning_curve", "encodings", "ablation", "training_sets"):
        part = experiments[key]
        if part is None:
            continue
        yield from _unknown(f"experiments.{key}.models", part.get("models"), known)
        yield from _unknown(f"experiments.{key}.datasets", part["datasets"], names)
        chosen = [dataset for name, dataset in datasets.items() if name in (part["datasets"] or names)]
        if chosen:
            traits = [trait for dataset in chosen for trait in dataset.traits.values()]
            yield from _unknown(f"experiments.{key}.traits", part["traits"], traits)
        if key in ("learning_curve", "training_sets"):
            for dataset in chosen:
                yield from _size_problems(dataset, key, part, cv["folds"], read_inputs)
            yield from _fold_problems(f"experiments.{key}", part, cv)
        if key == "training_sets" and chosen and not _single_records(part, datasets):
            yield (
                f"experiments.{key}: no dataset has a continuous trait with one record a line, as it takes. "
                "Name other `datasets` or `traits`."
            )
    if resolved["prices"] is not None:
        yield from _price_problems(experiments["learning_curve"])
    encodings, ablation = (experiments[key] for key in ("encodings", "ablation"))
    if encodings is not None:
        for encoding in _encodings(encodings):
            problems = encoding_problems(encoding)
            yield from (f"experiments.encodings.encodings: {problem}" for problem in problems)
    if ablation is not None:
        for name in ablation["models"]:
            model = (resolved["models"] | experiments["models"]).get(name, {"method": name})
            if model["method"] != "dnngp" and name in known:
                yield f"experiments.ablation.models: {name!r} is no model of dnngp, the network taken apart."
        yield from _unknown("experiments.ablation.relatives", ablation["relatives"], METHODS)


def _fold_problems(place: str, asked: Mapping[str, Any], cv: Mapping[str, Any]) -> Iterator[str]:
    """Folds that an experiment asks for and that are not drawn."""
    if "random" not in cv["schemes"]:
        yield f"{place}: it runs on random folds. Add `random` to `cv.schemes`."
    for key in ("folds", "repeats"):
        if (asked[key] or 0) > cv[key]:
            yield f"{place}.{key}: {asked[key]} of {cv[key]}. Raise `cv.{key}`, or take no more of them."


def _price_problems(curve: Mapping[str, Any] | None) -> Iterator[str]:
    """Prices without a surface to find the best size on."""
    lacking = [key for key in ("samples", "markers") if curve is None or len(curve[key]) < 2]
    if lacking:
        needed = " and ".join(f"`{key}`" for key in lacking)
        yield (
            "prices: the best numbers of lines and markers lie on the surface of a learning curve. Give "
            f"two sizes or more of {needed} in `experiments.learning_curve`, or leave `prices` out."
        )


def _unknown(place: str, names: Iterable[str] | None, known: Collection[str]) -> Iterator[str]:
    for name in names or []:
        if name not in known:
            yield f"{place}: {name!r} does not exist. {nearest(name, known)}"


def _encodings(asked: Mapping[str, Any]) -> list[EncodingEntry]:
    """The encodings to compare, those named alone as objects too."""
    return [{"name": one} if isinstance(one, str) else one for one in asked["encodings"]]


def _size_problems(
    dataset: Dataset, experiment: str, size: Mapping[str, Any], folds: int, read_inputs: bool
) -> Iterator[str]:
    """Sizes that a dataset surely does not have; what quality control removes is known only later."""
    simulate = dataset.simulate
    lines = markers = None
    if simulate is not None:
        lines, markers = simulated_samples(simulate), simulate["markers"]
    elif dataset.preset is not None:
        lines = dataset.preset.lines
    elif read_inputs and not is_remote(dataset.phenotypes):
        try:
            genotyped = measured_ids(dataset)
            phenotyped = phenotyped_ids(dataset, genotyped)
        except UserError:  # told of the dataset already
            return
        if genotyped is not None:
            lines = len(set(genotyped) & set(phenotyped))
    trained = None if lines is None else lines - -(-lines // folds)
    for key, most, of in (
        ("samples", trained, f"{lines} lines in {folds} folds train"),
        ("markers", markers, "markers it has"),
    ):
        for number in size.get(key, ()):
            if most is not None and number != "all" and number > most:
                instead = "Use `all`, leave" if experiment == "learning_curve" else "Leave"
                yield (
                    f"experiments.{experiment}.{key}: {number} is more than dataset {dataset.name} has: "
                    f"{most} ({of}). {instead} the number out, or name other `datasets`."
                )


def read_experiments(resolved: Mapping[str, Any], datasets: Mapping[str, Dataset]) -> Experiments:
    """The experiments of a configuration without problems.

    Raises
    ------
    UserError
        If an experiment needs a model under a name that another has.
    """
    experiments, compared = resolved["experiments"], read_models(resolved)
    entries = defaults_of(METHODS) | experiments["models"] | defaults_of(resolved["methods"])
    entries |= resolved["models"]
    needed: dict[str, Model] = {}
    curve = encodings = ablation = training_sets = None
    if experiments["learning_curve"] is not None:
        asked = experiments["learning_curve"]
        names = asked["models"] or list(compared)
        needed |= made_models({name: entries[name] for name in names})
        curve = LearningCurve(
            samples=asked["samples"],
            markers=asked["markers"],
            marker_order=asked["marker_order"],
            models=names,
            folds=asked["folds"],
            repeats=asked["repeats"] or resolved["cv"]["repeats"],
            cells=_cells(asked, datasets),
        )
    if experiments["encodings"] is not None:
        asked = experiments["encodings"]
        chosen = {name: entries[name] for name in dict.fromkeys([LINEAR, *asked["models"]])}
        encodings = _pairs(input_contrasts(chosen, _encodings(asked)), asked, datasets, compared, needed)
    if experiments["ablation"] is not None:
        asked = experiments["ablation"]
        contrasts = [
            contrast
            for name in asked["models"]
            for contrast in ablation_contrasts(name, entries[name], asked["parts"], asked["relatives"])
        ]
        ablation = _pairs(contrasts, asked, datasets, compared, needed)
    if experiments["training_sets"] is not None:
        asked = experiments["training_sets"]
        training_sets = TrainingSets(
            samples=asked["samples"],
            designs=[*asked["designs"], "random"],
            clusters=asked["clusters"] or 2 * resolved["cv"]["folds"],
            folds=asked["folds"],
            repeats=asked["repeats"] or resolved["cv"]["repeats"],
            cells=_single_records(asked, datasets),
        )
    own = {name: model for name, model in needed.items() if name not in compared}
    return Experiments(own, curve, encodings, ablation, training_sets)


def _pairs(
    contrasts: list[Contrast],
    asked: Mapping[str, Any],
    datasets: Mapping[str, Dataset],
    compared: Mapping[str, Model],
    needed: dict[str, Model],
) -> PairedExperiment:
    """Contrasts that name models of the comparison where they are the same; ``needed`` gains the others."""
    made = made_models({contrast.id: contrast.entry for contrast in contrasts})
    name_of = {}
    for id, model in made.items():
        same = [name for name, other in compared.items() if replace(other, id=id) == model]
        name_of[id] = same[0] if same else id
        if not same and id in compared:
            raise UserError(f"experiments: the name {id!r} is taken by another model. Rename that model.")
        needed[name_of[id]] = replace(model, id=name_of[id])
    named = [(name_of[one.id], name_of[one.reference], one.part, one.setting) for one in contrasts]
    return PairedExperiment(contrasts=list(dict.fromkeys(named)), cells=_cells(asked, datasets))


def _cells(asked: Mapping[str, Any], datasets: Mapping[str, Dataset]) -> list[tuple[str, str]]:
    """Dataset and folder of the trait of every cell that an experiment looks at."""
    return [
        (name, folder)
        for name, dataset in datasets.items()
        if asked["datasets"] is None or name in asked["datasets"]
        for folder, trait in dataset.traits.items()
        if asked["traits"] is None or trait in asked["traits"]
    ]


def _single_records(asked: Mapping[str, Any], datasets: Mapping[str, Dataset]) -> list[tuple[str, str]]:
    """Those cells whose samples have one record each, of a continuous trait."""
    return [
        (name, folder)
        for name, folder in _cells(asked, datasets)
        if datasets[name].environments is None
        and datasets[name].trait_type(datasets[name].traits[folder]).kind == "continuous"
    ]
