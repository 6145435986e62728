"""Crosses of chosen parents, what their offspring are expected to be, and the best set of them."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.prediction.bundle_files import load_bundle
from dnngp.prediction.candidates import environments_asked, read_candidates
from dnngp.prediction.genetic_gains import coefficients_of
from dnngp.prediction.mating import crosses_of
from dnngp.prediction.selection_index import Goal


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    predictions, asked, weights = read_table(data.predictions), params.select, params.signs
    if asked:
        goal = Goal(params.traits, asked["weights"], asked["desired_gains"], asked["restricted"])
        weights = coefficients_of(goal, predictions, data.covariances, params.jointly)
    bundles = (load_bundle(Path(bundle).parent) for bundle in data.bundles)
    tables = crosses_of(
        predictions,
        {bundle.about["trait"]: bundle for bundle in bundles},
        read_candidates(Path(data.candidates[0]), params.reading),
        params.mating,
        weights=weights,
        signs=params.signs,
        by_index=bool(asked),
        selected=read_table(data.selected)["sample"].tolist() if data.selected else None,
        path=data.candidates[0],
        min_markers=params.min_markers,
        min_agreement=params.min_agreement,
        names=params.names,
        environments=lambda bundle: environments_asked(
            bundle, params.environments, data.environments or None, params.environment_reading
        ),
    )
    for table, path in zip(tables, snakemake.output, strict=True):
        write_table(table, path)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
