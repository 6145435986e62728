"""Covariates of the environments of one trait, in their order."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.genotypes.records import environment_covariates, environments_of


def main(snakemake):
    described = snakemake.params.environments
    names = environments_of(read_table(snakemake.input.phenotype))
    table = environment_covariates(
        snakemake.input.covariates,
        described.kinds,
        names,
        id_column=described.id_column,
        missing_values=snakemake.params.missing_values,
    )
    write_table(table, snakemake.output.environments)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
