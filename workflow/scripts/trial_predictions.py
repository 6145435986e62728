"""Gather the predictions of one trial."""

from dnngp.base.jobs import job
from dnngp.base.tables import write_table
from dnngp.evaluation.trials.summaries import gather


def main(snakemake):
    trial = snakemake.wildcards.trial
    fits = [(trial, *fit) for fit in snakemake.params.fits]
    predictions = gather(snakemake.input.predictions, fits)
    write_table(predictions.drop(columns="trial"), snakemake.output.predictions)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
