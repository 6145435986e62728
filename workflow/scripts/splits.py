"""Draw the folds of one scheme."""

import logging

import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.genotypes.crosses import pairs_of, stored_crosses
from dnngp.genotypes.records import environment_groups
from dnngp.genotypes.trait_types import TraitType
from dnngp.validation.hybrids import warnings_of
from dnngp.validation.splits import split_table, units_of
from dnngp.validation.user_folds import assigned_folds


def main(snakemake):
    data, params, scheme = snakemake.input, snakemake.params, snakemake.wildcards.scheme
    phenotype = read_table(data.phenotype)
    samples = phenotype["sample"].drop_duplicates().tolist()
    crosses = pairs_of(stored_crosses(data.crosses) if data.crosses else None)
    units = units_of(
        snakemake.wildcards.dataset,
        phenotype,
        near_duplicates=read_table(data.near_duplicates) if data.near_duplicates else None,
        clusters=read_table(data.clusters).set_index("sample")["cluster"] if data.clusters else None,
        environment_groups=environment_groups(data.environments, params.environment_group),
        assigned=assigned_folds(data.folds, samples, params.ids) if data.folds else (),
        crosses=crosses,
        trait=TraitType(**params.trait_type),
    )
    splits = split_table(units, scheme, params.folds, params.repeats)
    warnings = warnings_of(scheme, splits, phenotype, crosses)
    for one in warnings:
        logging.warning(one)
    write_table(splits, snakemake.output.splits)
    table = pd.DataFrame({"message": warnings}, dtype=str)
    table.insert(0, "step", snakemake.wildcards.trait)
    write_table(table, snakemake.output.warnings)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
