"""Measure the controls of one dataset."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.encodings.samples.population import load_omics
from dnngp.evaluation.controls import measure
from dnngp.genotypes.records import values_by_sample
from dnngp.genotypes.store import Genotypes


def main(snakemake):
    params = snakemake.params
    phenotype = values_by_sample(read_table(snakemake.input.phenotype))
    genotypes = Genotypes.load(snakemake.input.genotypes)
    found = measure(
        genotypes,
        phenotype,
        params.models,
        dataset=snakemake.wildcards.dataset,
        seed=params.seed,
        **params.filters,
        layers=load_omics(snakemake.input.layers, params.layers, genotypes.samples),
    )
    found["trait"] = params.trait
    found.insert(0, "dataset", snakemake.wildcards.dataset)
    write_table(found, snakemake.output.controls)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
