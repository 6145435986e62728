"""Order the markers of a dataset for a size study."""

from dnngp.genotypes import Genotypes, variant_names
from dnngp.jobs import job
from dnngp.subsets import marker_ranks
from dnngp.tables import write_large_table


def main(snakemake):
    wildcards = snakemake.wildcards
    genotypes = Genotypes.load(snakemake.input.genotypes)
    ranks = marker_ranks(genotypes, snakemake.params.choose, wildcards.dataset, "markers", wildcards.repeat)
    table = genotypes.variants[["chrom", "pos"]].assign(
        marker=variant_names(genotypes.variants).to_numpy(), rank=ranks
    )
    write_large_table(table[["marker", "chrom", "pos", "rank"]], snakemake.output.markers)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
