"""One trait, joined by id to the lines that passed quality control."""

import logging

from dnngp.jobs import job
from dnngp.phenotypes import covariate_values, join_layers, join_trait
from dnngp.tables import read_table, write_json, write_table


def main(snakemake):
    samples = read_table(snakemake.input.samples, text=("sample",))["sample"].tolist()
    phenotype, ids = join_trait(
        samples,
        snakemake.input.phenotypes,
        snakemake.params.trait,
        id_column=snakemake.params.id_column,
        group_column=snakemake.params.groups,
        time_column=snakemake.params.time,
    )
    logging.info(
        "%s: %d lines in both files, %d only genotyped, %d only in the phenotype table",
        snakemake.params.trait,
        ids["matched"],
        ids["genotypes_only"],
        ids["phenotypes_only"],
    )
    layers = {
        name: (set(read_table(path, text=("sample",))["sample"]), on_missing)
        for (name, on_missing), path in zip(
            snakemake.params.on_missing.items(), snakemake.input.layers, strict=True
        )
    }
    phenotype, ids = join_layers(phenotype, ids, layers, snakemake.params.trait)
    covariates = covariate_values(
        samples,
        snakemake.input.phenotypes,
        snakemake.params.covariates,
        id_column=snakemake.params.id_column,
    )
    write_table(phenotype, snakemake.output.phenotype)
    write_table(covariates, snakemake.output.covariates)
    write_json(ids, snakemake.output.ids)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
