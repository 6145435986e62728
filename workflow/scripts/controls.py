"""Measure the controls of one dataset."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.encodings.samples.covariates import read_covariates
from dnngp.encodings.samples.environment_covariates import read_environments
from dnngp.encodings.samples.population import load_omics
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.evaluation.controls import measure
from dnngp.genotypes.records import values_by_key, values_by_sample
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.trait_types import type_of


def main(snakemake):
    params = snakemake.params
    paths = snakemake.input.phenotypes
    tables = dict(zip(params.traits, map(read_table, paths), strict=True))
    first = tables[params.traits[0]]
    environments = read_environments(
        first, snakemake.input.environments, params.dataset["environment_covariates"]
    )
    genotypes = Genotypes.load(snakemake.input.genotypes)
    found = measure(
        genotypes,
        {trait: values_by_sample(table) for trait, table in tables.items()},
        params.models,
        dataset=snakemake.wildcards.dataset,
        seed=params.seed,
        **params.dataset["filters"],
        layers=load_omics(snakemake.input.layers, params.layers, genotypes.samples),
        covariates=read_covariates(paths[0], params.dataset["covariates"]),
        records={trait: values_by_key(table) for trait, table in tables.items()} if environments else None,
        environments=environments,
        weights={
            trait: WeightsByRecord.read(table, params.dataset["errors_known"])
            for trait, table in tables.items()
        },
        trait_types={trait: type_of(trait, params.dataset["trait_types"]) for trait in params.traits},
    )
    found.insert(0, "dataset", snakemake.wildcards.dataset)
    write_table(found, snakemake.output.controls)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
