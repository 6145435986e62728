"""The configuration: defaults from the groups of options, then every problem in one list.

Imported by the Snakefile at each start, so it stays within the standard
library, PyYAML and pydantic (both come with Snakemake).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from dnngp.base.errors import UserError
from dnngp.config.candidate_checks import candidate_problems
from dnngp.config.dataset_entries import Dataset, read_dataset
from dnngp.config.encoding_checks import encoding_refusals
from dnngp.config.experiment_entries import Experiments, experiment_problems, read_experiments
from dnngp.config.export_entries import export_problems
from dnngp.config.lr_checks import lr_problems
from dnngp.config.model_entries import (
    Model,
    baselines,
    comparison,
    importance_problems,
    layer_problems,
    model_problems,
    read_models,
)
from dnngp.config.prediction_entries import Prediction, read_prediction
from dnngp.config.sample_checks import line_problems
from dnngp.config.schema import filled, problems_of, without_empty
from dnngp.config.suitability import suitability_problems, unused_models, weight_refusals
from dnngp.config.transfer_entries import Transfer, cluster_problems, read_transfer, transfer_problems

T = TypeVar("T")


@dataclass(frozen=True)
class Configuration:
    """The whole configuration with every default filled in."""

    title: str
    datasets: dict[str, Dataset]
    models: dict[str, Model]
    experiments: Experiments
    prices: dict[str, Any] | None
    cv: dict[str, Any]
    compare: dict[str, Any]
    predictions: dict[str, Prediction]
    transfers: dict[str, Transfer]
    importance: list[str]
    lr_statistics: list[str]
    controls: bool
    seed: int
    resolved: dict[str, Any]


def read_configuration(
    raw: Mapping[str, Any], *, files: Sequence[str | Path] = (), read_inputs: bool = True
) -> Configuration:
    """Check ``raw`` against the groups of options and the files it names, and fill in defaults.

    Parameters
    ----------
    raw
        The configuration as loaded from YAML.
    files
        Files that it was loaded from, for names that YAML does not read as text.
    read_inputs
        Whether to compare the ids of genotype and phenotype files, and to look
        for cells that are no values; jobs on a cluster, which read the
        configuration again, leave it out.

    Raises
    ------
    UserError
        One error that lists every problem found.
    """
    resolved = _with_defaults(raw, files)
    problems = [*_name_problems(resolved), *model_problems(resolved)]
    # The configuration as resolved keeps what was named and what was not; the report tells them apart.
    compare = resolved["compare"] | comparison(resolved)
    entries = ((entry["name"], entry) for entry in resolved["datasets"])
    datasets = _read_each("dataset ", entries, read_dataset, problems)
    for name, dataset in datasets.items():
        found = line_problems(dataset, resolved["cv"], read_inputs)
        problems += [f"dataset {name}: {problem}" for problem in found]
    problems += experiment_problems(resolved, datasets, read_inputs)
    problems += [] if problems else layer_problems(resolved, datasets)
    models = {} if problems else read_models(resolved)
    models |= baselines(models, datasets.values()) if models else {}
    problems += suitability_problems(datasets, models, resolved["cv"]["schemes"]) if models else []
    problems += weight_refusals(datasets, models)
    problems += encoding_refusals(datasets, models)
    # Nothing is said of transfers and predictions while what they name may be wrong.
    transfers = _read_each(
        "transfer.",
        [] if problems else resolved["transfer"].items(),
        partial(read_transfer, datasets=datasets, models=models),
        problems,
    )
    clusters = resolved["cv"]["clusters"] or 2 * resolved["cv"]["folds"]
    for name, transfer in transfers.items():
        problems += [f"transfer.{name}: {problem}" for problem in cluster_problems(transfer, clusters)]
        if read_inputs:
            problems += [f"transfer.{name}: {problem}" for problem in transfer_problems(transfer, datasets)]
    predictions = _read_each(
        "predict.",
        [] if problems else resolved["predict"].items(),
        partial(read_prediction, datasets=datasets, models=models, schemes=resolved["cv"]["schemes"]),
        problems,
    )
    if read_inputs:
        for name, one in predictions.items():
            found = candidate_problems(one, datasets[one.dataset])
            problems += [f"predict.{name}: {problem}" for problem in found]
    problems += importance_problems(resolved["importance"], models)
    problems += lr_problems(resolved["lr_statistics"], models, datasets)
    problems += export_problems(resolved, datasets, models)
    _refuse_all(problems)
    experiments = read_experiments(resolved, datasets)
    _refuse_all(
        [
            *unused_models(experiments, datasets, models, resolved["cv"]["schemes"]),
            *weight_refusals(datasets, experiments.models),
            *encoding_refusals(datasets, experiments.models),
        ]
    )
    return Configuration(
        title=resolved["title"],
        datasets=datasets,
        models=models,
        experiments=experiments,
        prices=resolved["prices"],
        cv=resolved["cv"],
        compare=compare,
        predictions=predictions,
        transfers=transfers,
        importance=resolved["importance"],
        lr_statistics=resolved["lr_statistics"],
        controls=resolved["controls"],
        seed=resolved["seed"],
        resolved=resolved,
    )


def _with_defaults(raw: Mapping[str, Any], files: Sequence[str | Path]) -> dict[str, Any]:
    """What is given and every default; each dataset has the common quality control with its own over it."""
    given = without_empty(raw)
    try:
        filled(given, files)
    except ValidationError as error:
        _refuse_all(list(problems_of(error)))
    for entry, as_given in zip(given["datasets"], raw["datasets"], strict=True):
        # An option left empty for a dataset undoes the common one.
        undone = [key for key, value in (as_given.get("qc") or {}).items() if value is None]
        merged = given.get("qc", {}) | entry.get("qc", {})
        entry["qc"] = {key: value for key, value in merged.items() if key not in undone}
    return filled(given)


def _read_each(
    place: str, entries: Iterable[tuple[str, Any]], read: Callable[[str, Any], T], problems: list[str]
) -> dict[str, T]:
    """What is read from each entry, by name; ``problems`` gains those of the others."""
    found = {}
    for name, entry in entries:
        try:
            found[name] = read(name, entry)
        except UserError as error:
            problems += [f"{place}{name}: {line}" for line in str(error).splitlines()]
    return found


def _refuse_all(problems: list[str]) -> None:
    if not problems:
        return
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    raise UserError("\n".join([f"The configuration has {count}:", *(f"  - {text}" for text in problems)]))


def _name_problems(resolved: Mapping[str, Any]) -> Iterator[str]:
    places = {
        "datasets": [entry["name"] for entry in resolved["datasets"]],
        "models": [*resolved["methods"], *resolved["models"]],
    }
    for place, names in places.items():
        seen = set()
        for name in names:
            # Folders that differ in case alone are one folder on some file systems.
            if name.casefold() in seen and (place == "datasets" or name not in resolved["methods"]):
                yield f"{place}: the name {name!r} is used twice. Give each its own, not by case alone."
            seen.add(name.casefold())
            if name == "NA":
                yield f"{place}: the name 'NA' means missing in tables. Use another."
