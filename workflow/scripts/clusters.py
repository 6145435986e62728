"""Clusters of lines from their genotypes, for folds that leave whole clusters out."""

import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.tables import write_table
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.structure import clusters


def main(snakemake):
    genotypes = Genotypes.load(snakemake.input.genotypes)
    found = clusters(genotypes, snakemake.params.number)
    write_table(pd.DataFrame({"sample": genotypes.samples, "cluster": found}), snakemake.output.clusters)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
