"""Draw the folds of records of one scheme."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.evaluation.trials.schemes import record_folds
from dnngp.genotypes.store import stored_samples
from dnngp.validation.splits import clusters_of


def main(snakemake):
    data, params = snakemake.input, snakemake.params
    groups = together = None
    if params.group is not None:
        table = read_table(data.covariates, text=(params.group,))
        groups = dict(table.dropna(subset=[params.group])[["condition", params.group]].to_numpy())
    if data.near_duplicates:
        together = clusters_of(read_table(data.near_duplicates))
    splits = record_folds(
        read_table(data.records),
        params.scheme,
        stored_samples(data.genotypes).tolist(),
        key=params.dataset,
        folds=params.folds,
        repeats=params.repeats,
        together=together,
        groups=groups,
    )
    write_table(splits, snakemake.output.splits)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
