"""Fill the missing calls of a VCF by Beagle."""

from dnngp.base.jobs import job
from dnngp.genotypes.beagle import impute


def main(snakemake):
    impute(
        snakemake.input.genotypes,
        snakemake.output.genotypes,
        seed=snakemake.params.seed,
        memory_mb=snakemake.resources.mem_mb,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
