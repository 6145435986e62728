"""What lines and markers look like after quality control: the tables behind the pictures of the report."""

from dnngp.base.jobs import job
from dnngp.base.tables import write_json, write_table
from dnngp.genotypes.records import sample_groups
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.structure import structure_tables
from dnngp.genotypes.table_reading import TableReading


def main(snakemake):
    params, output = snakemake.params, snakemake.output
    genotypes = Genotypes.load(snakemake.input.genotypes)
    groups = sample_groups(
        genotypes.samples.tolist(),
        snakemake.input.phenotypes,
        group_column=params.groups,
        reading=TableReading(**params.table),
    )
    tables, variance = structure_tables(genotypes, groups)
    write_json(variance, output.variance)
    for name, table in tables.items():
        write_table(table, output[name])


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
