"""Measure the controls of one dataset."""

from pathlib import Path

from dnngp.controls import measure
from dnngp.fold import load_layers
from dnngp.genotypes import Genotypes
from dnngp.jobs import job
from dnngp.tables import read_table, write_table


def main(snakemake):
    params = snakemake.params
    phenotype = read_table(snakemake.input.phenotype, text=("sample", "group")).set_index("sample")
    genotypes = Genotypes.load(Path(snakemake.input.dosages).parent)
    folders = dict.fromkeys(Path(path).parent for path in snakemake.input.layers)
    found = measure(
        genotypes,
        phenotype["value"],
        params.variants,
        dataset=snakemake.wildcards.dataset,
        seed=params.seed,
        maf=params.maf,
        mac=params.mac,
        layers=load_layers(folders, params.layers, genotypes.samples),
    )
    found["trait"] = params.trait
    found.insert(0, "dataset", snakemake.wildcards.dataset)
    write_table(found, snakemake.output.controls)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
