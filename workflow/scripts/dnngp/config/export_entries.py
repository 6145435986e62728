"""What can be checked in R: traits whose GBLUP is the model of every program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dnngp.config.dataset_entries import Dataset
from dnngp.config.model_entries import Model


def checked_model(models: Mapping[str, Model]) -> str | None:
    """The first model that is GBLUP as R has it: of centred dosages, with nothing set otherwise."""
    plain = {"method": "gblup", "encoding": {"name": "additive"}, "params": {}}
    alike = (name for name, one in models.items() if all(getattr(one, key) == plain[key] for key in plain))
    return next(alike, None)


def not_checked(dataset: Dataset, trait: str) -> str:
    """Why R does not check a trait of a dataset; empty where it does."""
    if dataset.environments is not None:
        return "it has several environments"
    if dataset.weights:
        return "its records have weights"
    if dataset.trait_type(trait).kind != "continuous":
        return f"it is {dataset.trait_type(trait).kind}"
    return ""


def export_problems(
    resolved: Mapping[str, Any], datasets: Mapping[str, Dataset], models: Mapping[str, Model]
) -> Iterator[str]:
    """Why an export would be empty; nothing where other parts are wrong."""
    if resolved["export"] is None or not models:
        return
    if checked_model(models) is None:
        yield "export: R checks `gblup` with its default encoding and parameters. Add it to `methods`."
    reasons = {
        f"{trait} of {name}": not_checked(dataset, trait)
        for name, dataset in datasets.items()
        for trait in dataset.traits.values()
    }
    if all(reasons.values()):
        told = "; ".join(f"{trait}: {reason}" for trait, reason in reasons.items())
        yield f"export: no trait can be checked in R ({told}). Leave it out."
