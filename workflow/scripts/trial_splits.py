"""Draw the folds of records of one scheme."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.genotypes.store import stored_samples
from dnngp.validation.splits import clusters_of, split_table
from dnngp.validation.units import Units


def main(snakemake):
    data, params = snakemake.input, snakemake.params
    groups, together = {}, {}
    if params.group is not None:
        table = read_table(data.covariates, text=(params.group,))
        groups = dict(table.dropna(subset=[params.group])[["condition", params.group]].to_numpy())
    if data.near_duplicates:
        together = clusters_of(read_table(data.near_duplicates))
    records = read_table(data.records)
    units = Units(
        params.dataset,
        stored_samples(data.genotypes).tolist(),
        records["sample"].tolist(),
        together=together,
        environments=records["condition"].tolist(),
        environment_groups=groups,
    )
    repeats = 1 if params.scheme == "CV0" else params.repeats
    splits = split_table(units, params.scheme, params.folds, repeats).drop(columns="group")
    write_table(splits.rename(columns={"environment": "condition"}), snakemake.output.splits)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
