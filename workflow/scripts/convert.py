"""Make the two tables of a public dataset from the files of its authors."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.genotypes.converters import convert


def main(snakemake):
    folder = Path(snakemake.input.files[0]).parent
    convert(snakemake.params.converter, folder, snakemake.output.genotypes, snakemake.output.phenotypes)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
