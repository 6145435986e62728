"""One trait, joined by id to the lines that passed quality control."""

import logging
from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import write_json, write_table
from dnngp.genotypes.crosses import parents_told, stored_crosses
from dnngp.genotypes.phenotypes import join_layers
from dnngp.genotypes.records import phenotype_of
from dnngp.genotypes.store import stored_samples
from dnngp.genotypes.table_reading import TableReading


def main(snakemake):
    data, params = snakemake.input, snakemake.params
    phenotype, ids = phenotype_of(
        stored_samples(data.genotypes).tolist(),
        data.phenotypes,
        "value" if params.means else params.trait,
        params.records,
        group_column=params.groups,
        time_column=params.time,
        covariates=params.covariates,
        reading=TableReading(**params.table),
    )
    layers = {
        layer.name: (set(stored_samples(layer).tolist()), params.on_missing[layer.name])
        for layer in map(Path, data.layers)
    }
    phenotype, ids = join_layers(phenotype, ids, layers, params.trait)
    if (crosses := stored_crosses(data.genotypes)) is not None:
        phenotyped = TableReading(**params.table).table(data.phenotypes, repeated=True).ids
        ids["examples"] = "; ".join(filter(None, [ids["examples"], *parents_told(crosses, phenotyped)]))
    logging.info(
        "%s: %d lines with a value, of %d in both files (%s)",
        *(params.trait, ids["with_value"], ids["matched"], ids["examples"] or "every id is in both"),
    )
    write_table(phenotype, snakemake.output.phenotype)
    keys = {"dataset": snakemake.wildcards.dataset, "trait": params.trait}
    write_json(keys | ids, snakemake.output.ids)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
