"""Draw the folds of one scheme."""

import logging

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.genotypes.records import environments_of
from dnngp.validation.hybrids import warning_of
from dnngp.validation.splits import clusters_of, split_table
from dnngp.validation.units import Units
from dnngp.validation.user_folds import assigned_folds


def main(snakemake):
    phenotype = read_table(snakemake.input.phenotype)
    groups = phenotype["group"].tolist() if phenotype["group"].notna().all() else None
    named = phenotype["sample"].tolist(), groups
    together = {}
    if snakemake.input.near_duplicates:
        pairs = read_table(snakemake.input.near_duplicates)
        together = clusters_of(pairs)
    if snakemake.input.clusters:
        found = read_table(snakemake.input.clusters)
        phenotype["group"] = phenotype["sample"].map(found.set_index("sample")["cluster"])
    present = phenotype[phenotype["value"].notna()]
    grouped = {}
    if snakemake.params.environment_group is not None:
        known = read_table(snakemake.input.environments, text=(snakemake.params.environment_group,))
        grouped = known.set_index("environment")[snakemake.params.environment_group].dropna().to_dict()
    samples = phenotype["sample"].drop_duplicates().tolist()
    folds = snakemake.input.folds
    units = Units(
        snakemake.wildcards.dataset,
        samples,
        present["sample"].tolist(),
        groups=present["group"].tolist() if present["group"].notna().any() else None,
        times=present["time"].to_numpy(float) if "time" in present else None,
        together=together,
        environments=present["environment"].tolist() if environments_of(phenotype) else None,
        environment_groups=grouped,
        assigned=assigned_folds(folds, samples, snakemake.params.ids) if folds else (),
    )
    splits = split_table(units, snakemake.wildcards.scheme, snakemake.params.folds, snakemake.params.repeats)
    if warning := warning_of(snakemake.wildcards.scheme, splits, *named):
        logging.warning(warning)
    write_table(splits, snakemake.output.splits)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
