"""One trait, joined by id to the lines that passed quality control."""

import logging
from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import write_json, write_table
from dnngp.genotypes.phenotypes import COVARIATE, covariate_values, join_layers, join_trait
from dnngp.genotypes.records import phenotype_of_records
from dnngp.genotypes.store import stored_samples
from dnngp.genotypes.table_reading import TableReading


def main(snakemake):
    samples = stored_samples(snakemake.input.genotypes).tolist()
    reading = TableReading(**snakemake.params.table)
    join = join_trait if snakemake.params.records is None else phenotype_of_records
    phenotype, ids = join(
        samples,
        snakemake.input.phenotypes,
        snakemake.params.trait,
        group_column=snakemake.params.groups,
        time_column=snakemake.params.time,
        reading=reading,
        **(snakemake.params.records or {}),
    )
    logging.info(
        "%s: %d lines in both files, %d only genotyped, %d only in the phenotype table",
        snakemake.params.trait,
        ids["matched"],
        ids["genotypes_only"],
        ids["phenotypes_only"],
    )
    layers = {
        Path(folder).name: (
            set(stored_samples(folder).tolist()),
            snakemake.params.on_missing[Path(folder).name],
        )
        for folder in snakemake.input.layers
    }
    phenotype, ids = join_layers(phenotype, ids, layers, snakemake.params.trait)
    logging.info(
        "%s: %d lines with a value%s",
        snakemake.params.trait,
        phenotype["value"].notna().sum(),
        f"; {ids['layers_dropped']} were dropped, {ids['layers_filled']} filled, for want of a layer"
        if layers
        else "",
    )
    if snakemake.params.records is None:
        covariates = covariate_values(
            samples, snakemake.input.phenotypes, snakemake.params.covariates, reading=reading
        )
        phenotype = phenotype.merge(covariates.set_index("sample").add_prefix(COVARIATE), on="sample")
    write_table(phenotype, snakemake.output.phenotype)
    keys = {"dataset": snakemake.wildcards.dataset, "trait": snakemake.params.trait}
    write_json(keys | ids, snakemake.output.ids)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
