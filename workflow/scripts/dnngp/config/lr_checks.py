"""Models whose predictions of partial and of whole data can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dnngp.config.dataset_entries import Dataset
from dnngp.config.model_entries import Model, not_run, other_layers
from dnngp.methods.registry import fits_covariates, methods_of


def lr_problems(
    names: Iterable[str], models: Mapping[str, Model], datasets: Mapping[str, Dataset]
) -> Iterator[str]:
    """Models that ``lr_statistics`` cannot take; none are known where other parts are wrong."""
    for name in names if models else []:
        if name not in models:
            yield f"lr_statistics: {not_run(name, models)}"
            continue
        model = models[name]
        described = [one for one in datasets.values() if one.covariates]
        if model.omics:
            layers = other_layers(model)
            yield f"lr_statistics: {name!r} reads {layers}. Name a model that reads markers alone."
        elif loose := [one.name for one in methods_of(model.method, model.params) if not one.stored]:
            yield f"lr_statistics: a fit of the method {loose[0]!r} cannot be stored. Leave {name!r} out."
        elif described and fits_covariates(model.method, model.params):
            yield (
                f"lr_statistics: {name!r} fits the covariates of {described[0].name}, which are in its "
                "predictions of held-out samples alone. Leave it out, or the covariates."
            )
