"""Gather the size study and fit its learning curves."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.evaluation.learning_curves import curves_of, surface


def main(snakemake):
    params = snakemake.params
    tables = {}
    for cell, path in zip(params.cells, snakemake.input.folds, strict=True):
        tables.setdefault(tuple(cell), []).append(read_table(path))
    sizes = surface(tables, params.choose)
    write_table(sizes, snakemake.output.surface)
    write_table(curves_of(sizes, params.seed), snakemake.output.curves)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
