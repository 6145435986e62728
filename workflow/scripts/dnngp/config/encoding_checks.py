"""Models whose encodings do not suit the markers of a dataset: by its ploidy, format and field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dnngp.config.dataset_entries import Dataset
from dnngp.config.model_entries import Model
from dnngp.encodings.encoding import Encoding
from dnngp.encodings.omics import MARKERS
from dnngp.methods.registry import encodings_read


def encoding_refusals(datasets: Mapping[str, Dataset], models: Mapping[str, Model]) -> Iterator[str]:
    """A problem for each model and dataset whose genotypes one of its encodings does not take."""
    pairs = ((model, dataset) for model in models.values() for dataset in datasets.values())
    for model, dataset in pairs:
        yield from list(_refusals(model, dataset))[:1]


def _refusals(model: Model, dataset: Dataset) -> Iterator[str]:
    """Each refusal as a sentence. Whether a table holds features is left to the fit unless `format` says."""
    reading = dataset.reading
    ploidy = None if reading["format"] == "features" else reading["ploidy"]
    told = "`format: features`" if ploidy is None else f"`ploidy: {ploidy}`"
    if reading["field"] != "GT":
        told += f", `field: {reading['field']}`"
    for method, entry in encodings_read(model.method, model.encoding, model.params):
        encoding = Encoding.of(entry)
        refusal = encoding.kind.refusal(ploidy, reading["field"] == "GT")
        if refusal is not None and encoding.omics == MARKERS:
            remedy = refusal[1] if method.encodings else "Leave it out."
            yield (
                f"models: {method.name!r} in {model.id!r} cannot be used with {dataset.name} ({told}): "
                f"{refusal[0]} {remedy}"
            )
