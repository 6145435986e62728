"""Predict samples with bundles, a trait each."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import read_json, write_table
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle_files import load_bundle
from dnngp.prediction.candidates import (
    environments_asked,
    predict_candidates,
    read_candidates,
    with_true_values,
)


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    path = Path(data.candidates[0])
    predictions, markers, models = predict_candidates(
        (load_bundle(Path(bundle).parent) for bundle in data.bundles),
        read_candidates(path, params.reading),
        path=path,
        phenotypes={params.traits[Path(one).parent.name]: one for one in data.phenotypes},
        min_markers=params.min_markers,
        min_agreement=params.min_agreement,
        level=params.level,
        environments=lambda bundle: environments_asked(
            bundle, params.environments, data.environments or None, params.environment_reading
        ),
        training=Genotypes.load(data.training),
    )
    if data.truth:
        predictions = with_true_values(predictions, read_json(data.truth)["traits"])
    write_table(predictions, snakemake.output.predictions)
    write_table(markers, snakemake.output.markers)
    write_table(models, snakemake.output.models)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
