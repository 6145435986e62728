"""Genomic heritability of one trait on all phenotyped lines."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_json
from dnngp.genotypes.records import values_by_sample
from dnngp.genotypes.store import Genotypes
from dnngp.methods.mixed.heritability import heritability


def main(snakemake):
    genotypes = Genotypes.load(snakemake.input.genotypes)
    by_sample = values_by_sample(read_table(snakemake.input.phenotype))
    values = by_sample.loc[genotypes.samples].to_numpy(float)
    known = ~(values != values)
    found = heritability(genotypes.rows(samples=known), values[known], standardise=not genotypes.is_dosage)
    keys = {"dataset": snakemake.wildcards.dataset, "trait": snakemake.params.trait}
    write_json(keys | found, snakemake.output.heritability)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
