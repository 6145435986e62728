"""Gather the predictions of one trial."""

from dnngp.base.jobs import job
from dnngp.base.tables import write_table
from dnngp.evaluation.gathering import gather


def main(snakemake):
    write_table(gather(snakemake.input.predictions), snakemake.output.predictions)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
