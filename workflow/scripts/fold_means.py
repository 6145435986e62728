"""Stage one within folds: means of the training entries of each fold, from their plots alone."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.genotypes.table_reading import TableReading
from dnngp.methods.field_trials.stage_one import read_plots
from dnngp.methods.field_trials.within_folds import means_within_folds


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    reading = TableReading(**params.table)
    plots = read_plots(data.plots, params.trait, **params.plots, reading=reading)
    samples = read_table(data.phenotype)["sample"].tolist()
    plots["id"] = reading.folded(plots["id"].tolist(), samples, data.plots)
    means = means_within_folds(plots, read_table(data.splits), samples, params.trait, params.fitting)
    write_table(means, snakemake.output.means)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
