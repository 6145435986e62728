"""Order the markers of a dataset for a learning curve."""

from dnngp.base.jobs import job
from dnngp.base.tables import write_large_table
from dnngp.genotypes.store import Genotypes, variant_names
from dnngp.genotypes.subsets import marker_ranks


def main(snakemake):
    wildcards = snakemake.wildcards
    genotypes = Genotypes.load(snakemake.input.genotypes)
    ranks = marker_ranks(
        genotypes, snakemake.params.marker_order, wildcards.dataset, "markers", wildcards.repeat
    )
    table = genotypes.variants[["chrom", "pos"]].assign(
        marker=variant_names(genotypes.variants).to_numpy(), rank=ranks
    )
    write_large_table(table[["marker", "chrom", "pos", "rank"]], snakemake.output.markers)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
