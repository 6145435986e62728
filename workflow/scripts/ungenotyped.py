"""One trait of the individuals of a pedigree that have no genotypes."""

import logging

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.evaluation.ungenotyped import ungenotyped_phenotypes, ungenotyped_samples
from dnngp.genotypes.store import stored_samples
from dnngp.genotypes.table_reading import TableReading


def main(snakemake):
    data, params = snakemake.input, snakemake.params
    genotyped = stored_samples(data.genotypes).tolist()
    others = ungenotyped_samples(genotyped, read_table(data.removed), stored_samples(data.pedigree).tolist())
    phenotype = ungenotyped_phenotypes(
        genotyped,
        others,
        data.phenotypes,
        "value" if params.means else params.trait,
        group_column=params.groups,
        time_column=params.time,
        covariates=params.covariates,
        reading=TableReading(**params.table),
    )
    logging.info("%s: %d lines with a value and a pedigree have no genotypes", params.trait, len(phenotype))
    write_table(phenotype, snakemake.output.phenotype)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
