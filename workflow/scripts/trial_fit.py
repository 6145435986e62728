"""Evaluate one method on the records of one trial, scheme and repeat."""

from dnngp.base.jobs import job
from dnngp.base.provenance import circumstances, made_from
from dnngp.base.tables import read_json, read_table, write_json, write_table
from dnngp.encodings.samples.covariates import read_covariates
from dnngp.evaluation.gathering import keyed
from dnngp.evaluation.trials.evaluate import evaluate_records
from dnngp.evaluation.trials.options import scheme_of
from dnngp.evaluation.trials.summaries import CELL
from dnngp.genotypes.store import Genotypes

TABLES = ("predictions", "folds", "accuracy", "components", "history", "timing", "ledger")


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    genotypes = Genotypes.load(data.genotypes)
    splits = read_table(data.splits)
    result = evaluate_records(
        genotypes,
        read_table(data.records),
        read_json(data.counts)["conditions"],
        splits[splits["repeat"] == int(wildcards.repeat)],
        method=wildcards.trial_method,
        params=params.params,
        maf=params.maf,
        mac=params.mac,
        names=(params.seed, wildcards.trial, wildcards.trial_scheme),
        covariates=read_covariates(data.covariates, params.kinds, "condition", prefix=""),
    )
    keys = (wildcards.trial, scheme_of(wildcards.trial_scheme), wildcards.trial_method)
    for name in TABLES:
        table = keyed(getattr(result, name), **dict(zip(CELL, keys, strict=True)))
        write_table(table, snakemake.output[name])
    write_json(
        {
            **dict(wildcards.items()),
            "params": params.params,
            "maf": params.maf,
            "mac": params.mac,
            "seeds": {f"r{row.repeat}f{row.fold}": row.seed for row in result.folds.itertuples()},
            **made_from(
                params.code,
                genotypes.source,
                records=data.records,
                covariates=data.covariates,
                splits=data.splits,
            ),
            **circumstances(snakemake.threads),
        },
        snakemake.output.meta,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
