"""Predictions of the configuration: lines that have only genotypes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dnngp.base.errors import nearest
from dnngp.base.problems import absent_files, refuse
from dnngp.config.datasets import READING, Dataset, dataset_named
from dnngp.config.models import Model, not_run, other_layers
from dnngp.genotypes.file_formats import genotype_files
from dnngp.methods.registry import methods_of


@dataclass(frozen=True)
class Prediction:
    """Lines to predict: which, by what, and how sure.

    ``candidates`` is None for the lines of the dataset without a phenotype; ``files`` are all files of the
    candidates, ``reading`` says how to read them. ``traits`` maps folder names to traits. ``select`` has
    ``weights`` by trait, ``number`` and ``max_kinship``.
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
    select: dict[str, Any] | None


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
    dataset, scheme = dataset_named(entry["dataset"], datasets), entry["scheme"] or schemes[0]
    problems = []
    if dataset.environments is not None:
        problems.append("samples are predicted for one environment; the dataset has several.")
    model = models.get(entry["model"])
    if model is None:
        problems.append(not_run(entry["model"], models))
    elif model.omics:
        problems.append(
            f"{model.id!r} reads {other_layers(model)}, and lines are predicted "
            "from markers alone. Name a model that reads no other layer."
        )
    elif loose := [one.name for one in methods_of(model.method, model.params) if not one.stored]:
        problems.append(f"a fit of the method {loose[0]!r} cannot be stored. Name a model of another method.")
    if scheme not in schemes:
        problems.append(f"the scheme {scheme!r} is not in `cv.schemes`. {nearest(scheme, schemes)}")
    columns = list(dataset.traits.values())
    wanted = columns if entry["traits"] == "all" else entry["traits"]
    problems += [f"there is no trait {t!r}. {nearest(t, columns)}" for t in wanted if t not in columns]
    weighed = entry["select"]["weights"] if entry["select"] else {}
    problems += [
        f"select.weights: {trait!r} is not among the traits predicted. {nearest(trait, wanted)}"
        for trait in weighed
        if trait not in wanted
    ]
    candidates = None if entry["candidates"] == "unphenotyped" else entry["candidates"]
    files = [] if candidates is None else genotype_files(candidates)
    refuse([*problems, *absent_files(("candidates", path) for path in files)])
    return Prediction(
        name=name,
        dataset=dataset.name,
        model=entry["model"],
        traits={folder: trait for folder, trait in dataset.traits.items() if trait in wanted},
        candidates=candidates,
        files=files,
        reading=dataset.reading | {"map": None} | {key: entry[key] for key in READING if key in entry},
        scheme=scheme,
        min_markers=entry["min_markers"],
        min_agreement=entry["min_agreement"],
        level=entry["level"],
        select=entry["select"],
    )
