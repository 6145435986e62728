"""Predictions of the configuration: lines that have only genotypes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from dnngp.base.errors import nearest
from dnngp.base.problems import absent_files, absent_inputs, refuse
from dnngp.config.dataset_entries import READING, Dataset, dataset_named
from dnngp.config.model_entries import Model, not_run, other_layers
from dnngp.config.prediction_option import Asked
from dnngp.config.prediction_options import PREDICTION_OPTIONS
from dnngp.config.suitability import can_use, usable_traits
from dnngp.genotypes.file_formats import genotype_files
from dnngp.methods.registry import METHODS, methods_of
from dnngp.validation.schemes import SCHEMES


@dataclass(frozen=True)
class Prediction:
    """Lines to predict: which, by what, and how sure.

    ``candidates`` is None for the lines of the dataset without a phenotype; ``files`` are all files of the
    candidates (of crosses, the genotypes of the parents first), ``reading`` says how to read them. ``traits``
    maps folder names to traits. ``options`` are those of the groups in
    :mod:`dnngp.config.prediction_options` that were asked for, by their key. ``environments`` are those to
    predict in, None for those of training; ``environment_file`` has covariates of new ones,
    ``environment_reading`` says how to read it. ``pedigree`` is the layer of the pedigree that the model
    reads, whose individuals without a value are then the candidates; None for a model of markers.
    """

    name: str
    dataset: str
    model: str
    traits: dict[str, str]
    candidates: str | None
    files: list[str]
    reading: dict[str, Any]
    scheme: str
    min_markers: float
    min_agreement: float
    level: float
    options: dict[str, dict[str, Any]]
    environments: list[str] | None
    environment_file: str | None
    environment_reading: dict[str, Any]
    pedigree: str | None


def read_prediction(
    name: str,
    entry: Mapping[str, Any],
    datasets: Mapping[str, Dataset],
    models: Mapping[str, Model],
    schemes: Sequence[str],
) -> Prediction:
    """One entry of ``predict``, with defaults; the datasets and models are known to be right.

    Raises
    ------
    UserError
        A line for each problem.
    """
    dataset, model = dataset_named(entry["dataset"], datasets), models.get(entry["model"])
    usable = [] if model is None else usable_schemes(model, dataset, schemes)
    scheme = entry["scheme"] or next(iter(usable), schemes[0])
    problems = list(_environment_problems(entry, dataset))
    if model is None:
        problems.append(not_run(entry["model"], models))
    elif model.omics and not METHODS[model.method].reads_pedigree:
        problems.append(
            f"{model.id!r} reads {other_layers(model)}, and lines are predicted "
            "from markers alone. Name a model that reads no other layer."
        )
    elif loose := [one.name for one in methods_of(model.method, model.params) if not one.stored]:
        problems.append(f"a fit of the method {loose[0]!r} cannot be stored. Name a model of another method.")
    elif scheme in schemes and scheme not in usable:
        problems.append(f"{model.id!r} cannot be used with the dataset in the scheme {scheme}.")
    else:
        can = usable_traits(model, dataset).values()
        problems += [
            f"{model.id!r} predicts no {dataset.trait_type(trait).kind} traits, as {trait} is. List `traits`."
            for trait in dataset.traits.values()
            if trait not in can and (entry["traits"] == "all" or trait in entry["traits"])
        ]
    if scheme not in schemes:
        problems.append(f"the scheme {scheme!r} is not in `cv.schemes`. {nearest(scheme, schemes)}")
    columns = list(dataset.traits.values())
    wanted = columns if entry["traits"] == "all" else entry["traits"]
    problems += [f"there is no trait {t!r}. {nearest(t, columns)}" for t in wanted if t not in columns]
    options = {option: entry[option] for option in PREDICTION_OPTIONS if entry[option] is not None}
    asked = Asked(entry, dataset, model, wanted)
    for option, given in options.items():
        problems += PREDICTION_OPTIONS[option].problems(given, asked)
    pedigree = None
    if model is not None and METHODS[model.method].reads_pedigree:
        (pedigree,) = model.omics
        problems += _pedigree_problems(entry, dataset, model, options)
    candidates = None if entry["candidates"] == "unphenotyped" else entry["candidates"]
    reading = dataset.reading | {"map": None} | {key: entry[key] for key in READING if key in entry}
    files = [] if candidates is None else genotype_files(candidates)
    if candidates is not None and dataset.crosses is not None:
        reading = dataset.reading | {"crosses": asdict(replace(dataset.crosses, file=candidates))}
        files = [*dataset.files, candidates]
    described, own_file = dataset.environments, entry["environment_covariates"]
    problems += absent_inputs(("candidates", path) for path in files if path not in dataset.files)
    problems += absent_files([("environment_covariates", own_file)] if own_file else [])
    refuse(problems)
    return Prediction(
        name=name,
        dataset=dataset.name,
        model=entry["model"],
        traits={folder: trait for folder, trait in dataset.traits.items() if trait in wanted},
        candidates=candidates,
        files=files,
        reading=reading,
        scheme=scheme,
        min_markers=entry["min_markers"],
        min_agreement=entry["min_agreement"],
        level=entry["level"],
        options=options,
        environments=None if entry["environments"] == "all" else list(entry["environments"]),
        environment_file=own_file or (None if described is None else described.file),
        environment_reading={
            "id_column": None if described is None else described.id_column,
            "missing_values": dataset.table.missing_values,
        },
        pedigree=pedigree,
    )


def _pedigree_problems(
    entry: Mapping[str, Any], dataset: Dataset, model: Model, options: Iterable[str]
) -> Iterator[str]:
    """What cannot be asked of a model that reads a pedigree."""
    if entry["candidates"] != "unphenotyped":
        yield (
            f"{model.id!r} predicts individuals of its pedigree. Write `candidates: unphenotyped`, and add "
            "new ones to the pedigree and, if they are genotyped, to the genotypes of the dataset."
        )
    if dataset.environments is not None or (dataset.plots is not None and dataset.plots.within_folds):
        yield (
            f"{model.id!r} predicts individuals of datasets with one value a sample, made before the folds. "
            "Name a model that reads markers alone."
        )
    for option in options:
        yield f"`{option}` needs a model that reads markers alone, which {model.id!r} does not."


def usable_schemes(model: Model, dataset: Dataset, schemes: Sequence[str]) -> list[str]:
    """Schemes in which a model is evaluated on a dataset."""
    method = METHODS[model.method]
    return [name for name in schemes if can_use(method, SCHEMES[name], dataset)]


def _environment_problems(entry: Mapping[str, Any], dataset: Dataset) -> Iterator[str]:
    """Environments that are asked for and cannot be."""
    if dataset.environments is not None:
        return
    for key, nothing in (("environments", "all"), ("environment_covariates", None)):
        if entry[key] != nothing:
            yield f"`{key}` is for a dataset with `environments`, which {dataset.name} has not."
