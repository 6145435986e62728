"""Gather the fits of one dataset."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import write_table
from dnngp.evaluation.gathering import gather_fits


def main(snakemake):
    params, output = snakemake.params, snakemake.output
    tables = gather_fits(
        snakemake.input,
        species=params.species,
        labels=params.labels,
        selected=params.selected_fraction,
        lower=params.lower,
        models=params.models,
        logs=Path(snakemake.log[0]).parent,
        config=Path(output.accuracy).parents[1] / "config.yaml",
    )
    for name, table in tables.items():
        write_table(table, output[name])


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
