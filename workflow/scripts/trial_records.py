"""Records of one trial, joined by id to the lines that passed quality control."""

import logging

import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.tables import write_json, write_table
from dnngp.genotypes.records import environment_covariates, joined, read_long, read_wide
from dnngp.genotypes.store import stored_samples
from dnngp.genotypes.table_reading import TableReading


def main(snakemake):
    data, params = snakemake.input, snakemake.params
    samples = stored_samples(data.genotypes).tolist()
    averaged, reading = 0, TableReading(params.id_column)
    if params.environment is None:
        records = read_wide(data.records, columns=params.conditions, reading=reading)
    else:
        records, averaged = read_long(
            data.records, environment=params.environment, value=params.value, reading=reading
        )
    records, counts = joined(records, samples, data.records, params.conditions)
    logging.info(
        "%d records of %d lines in %d conditions; %d records of lines without genotypes were left out",
        *(counts["records"], counts["lines"], len(counts["environments"]), counts["without_genotypes"]),
    )
    counts["conditions"] = counts.pop("environments")
    covariates = pd.DataFrame({"environment": counts["conditions"]})
    if data.covariates:
        kinds = dict(params.kinds)
        if params.group is not None:
            kinds.setdefault(params.group, "factor")
        covariates = environment_covariates(
            data.covariates, kinds, counts["conditions"], id_column=params.covariates_id
        )
    as_before = {"environment": "condition"}
    write_table(records.rename(columns=as_before), snakemake.output.records)
    write_table(covariates.rename(columns=as_before), snakemake.output.covariates)
    write_json(counts | {"averaged": averaged}, snakemake.output.counts)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
