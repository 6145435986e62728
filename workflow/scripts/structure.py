"""What lines and markers look like after quality control: the tables behind the pictures of the report."""

import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.tables import write_json, write_table
from dnngp.genotypes.records import sample_groups
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.structure import (
    distributions,
    ld_decay,
    marker_density,
    principal_components,
    relationship_map,
    relationship_matrix,
)
from dnngp.genotypes.table_reading import TableReading


def main(snakemake):
    genotypes = Genotypes.load(snakemake.input.genotypes)
    matrix = relationship_matrix(genotypes)
    scores, shares = principal_components(matrix)
    groups = sample_groups(
        genotypes.samples.tolist(),
        snakemake.input.phenotypes,
        group_column=snakemake.params.groups,
        reading=TableReading(**snakemake.params.table),
    )
    table = pd.DataFrame(
        {"sample": genotypes.samples, "pc1": scores[:, 0], "pc2": scores[:, 1], "group": groups}
    )
    write_table(table, snakemake.output.pca)
    write_json({"pc1": float(shares[0]), "pc2": float(shares[1])}, snakemake.output.variance)
    write_table(distributions(genotypes), snakemake.output.distributions)
    write_table(marker_density(genotypes.variants), snakemake.output.density)
    write_table(ld_decay(genotypes), snakemake.output.ld_decay)
    write_table(relationship_map(genotypes.samples, matrix), snakemake.output.relationships)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
