"""Stage one: plots of field trials of one trait become means with their errors."""

from dnngp.base.jobs import job
from dnngp.base.tables import write_table
from dnngp.genotypes.table_reading import TableReading
from dnngp.methods.field_trials.stage_one import read_plots, stage_one


def main(snakemake):
    params = snakemake.params
    plots = read_plots(
        snakemake.input.plots, params.trait, **params.plots, reading=TableReading(**params.table)
    )
    for name, table in stage_one(plots, params.trait, **params.fitting).items():
        write_table(table, snakemake.output[name])


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
