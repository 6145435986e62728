"""Gather the fits of a study that compares choices in pairs."""

from dnngp.base.jobs import job
from dnngp.base.tables import write_table
from dnngp.evaluation.paired_experiments import paired_table


def main(snakemake):
    params = snakemake.params
    table = paired_table(
        snakemake.wildcards.experiment,
        snakemake.input.folds,
        snakemake.input.meta,
        species=params.species,
        contrasts=params.contrasts,
        margin=params.margin,
    )
    write_table(table, snakemake.output.table)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
