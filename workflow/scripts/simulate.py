"""Write a simulated dataset: genotypes.vcf.gz, phenotypes.csv and truth.json."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.genotypes.simulate import simulate, write


def main(snakemake):
    settings = snakemake.params.settings
    simulation = simulate(snakemake.wildcards.dataset, settings, settings["seed"])
    write(simulation, Path(snakemake.output.genotypes).parent)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
