"""Draw the folds of one scheme."""

import logging

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.validation.hybrids import warning_of
from dnngp.validation.splits import split_table, units_of
from dnngp.validation.user_folds import assigned_folds


def main(snakemake):
    data, params, scheme = snakemake.input, snakemake.params, snakemake.wildcards.scheme
    phenotype = read_table(data.phenotype)
    samples = phenotype["sample"].drop_duplicates().tolist()
    column, grouped = params.environment_group, {}
    if column is not None:
        known = read_table(data.environments, text=(column,))
        grouped = known.set_index("environment")[column].dropna().to_dict()
    units = units_of(
        snakemake.wildcards.dataset,
        phenotype,
        near_duplicates=read_table(data.near_duplicates) if data.near_duplicates else None,
        clusters=read_table(data.clusters).set_index("sample")["cluster"] if data.clusters else None,
        environment_groups=grouped,
        assigned=assigned_folds(data.folds, samples, params.ids) if data.folds else (),
    )
    splits = split_table(units, scheme, params.folds, params.repeats)
    if warning := warning_of(scheme, splits, phenotype):
        logging.warning(warning)
    write_table(splits, snakemake.output.splits)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
