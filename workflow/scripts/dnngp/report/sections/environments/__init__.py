"""Datasets with environments: scores within each and over all, variances and genomic correlations."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dnngp.genotypes.records import OVERALL
from dnngp.methods.mixed.environment_blup import CORRELATION
from dnngp.report.results import Results, keys, records
from dnngp.report.section import Section
from dnngp.validation.schemes import SCHEMES


def context(results: Results) -> dict[str, Any] | None:
    """A part for every trait of a dataset with environments; None without any."""
    scores = results.by_environment
    cells = dict.fromkeys(keys(scores, ["dataset", "trait"]))
    return {"parts": [_part(results, *cell) for cell in cells]} if cells else None


def _part(results: Results, dataset: str, trait: str) -> dict[str, Any]:
    """What is shown of one trait.

    Returns
    -------
    dict
        ``dataset``, ``trait``; ``of_traits``: whether its environments are traits; ``schemes`` with what they
        predict; ``models``; ``rows``: scheme, environment and r by model, the mean over environments last;
        ``pooled``: scheme and r by model over all records; ``variances`` and ``correlations``.
    """
    scores, components = (
        _of(table, dataset, trait) for table in (results.by_environment, results["components"])
    )
    models = list(dict.fromkeys(scores["model"]))
    is_correlation = components["part"] == CORRELATION
    return {
        **{"dataset": dataset, "trait": trait, "models": models, "of_traits": _of_traits(results, dataset)},
        "schemes": [(name, _predicts(name)) for name in dict.fromkeys(scores["scheme"])],
        "rows": _across(scores, models, "pearson"),
        "pooled": _across(scores[scores["environment"] == OVERALL].dropna(subset="pooled"), models, "pooled"),
        "variances": records(components[~is_correlation]),
        "correlations": records(components[is_correlation]),
    }


def _across(
    scores: pd.DataFrame, models: list[str], column: str
) -> list[tuple[str, str, list[float | None]]]:
    """Scheme, environment (over all of them last) and a number of each model."""
    values = dict(zip(keys(scores, ["scheme", "environment", "model"]), scores[column], strict=True))
    schemes = list(dict.fromkeys(scores["scheme"]))
    places = dict.fromkeys(keys(scores, ["scheme", "environment"]))
    return [
        (*place, [_number(values.get((*place, model))) for model in models])
        for place in sorted(places, key=lambda place: (schemes.index(place[0]), place[1] == OVERALL))
    ]


def _number(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else value


def _of(table: pd.DataFrame, dataset: str, trait: str) -> pd.DataFrame:
    return table[(table["dataset"] == dataset) & (table["trait"] == trait)]


def _of_traits(results: Results, dataset: str) -> bool:
    """Whether the environments of a dataset are traits, by the configuration."""
    described = {
        entry["name"]: entry.get("environments") or {} for entry in results.config.get("datasets", [])
    }
    return bool(described.get(dataset, {}).get("traits"))


def _predicts(scheme: str) -> str:
    return SCHEMES[scheme].predicts if scheme in SCHEMES else ""


SECTION = Section("environments", "Environments", 35, ("summary",), context)
