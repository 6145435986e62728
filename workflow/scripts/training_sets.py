"""Compare training sets of every design with random ones."""

from dnngp.base.jobs import job
from dnngp.base.tables import write_table
from dnngp.evaluation.gathering import gather
from dnngp.evaluation.training_sets import design_table


def main(snakemake):
    table = design_table(gather(snakemake.input.folds), snakemake.params.margin)
    write_table(table, snakemake.output.table)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
