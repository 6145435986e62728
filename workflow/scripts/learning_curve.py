"""Gather the size study and fit its learning curves."""

from dnngp.base.jobs import job
from dnngp.base.tables import write_table
from dnngp.evaluation.gathering import gather
from dnngp.evaluation.learning_curves import curves_of, surface


def main(snakemake):
    params = snakemake.params
    sizes = surface(gather(snakemake.input.folds), params.marker_order)
    write_table(sizes, snakemake.output.surface)
    write_table(curves_of(sizes, params.seed), snakemake.output.curves)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
