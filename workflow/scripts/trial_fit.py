"""Evaluate one method on the records of one trial, scheme and repeat."""

import platform
import time
from datetime import UTC, datetime
from pathlib import Path

from dnngp.code import library_versions
from dnngp.covariates import read_covariates
from dnngp.genotypes import Genotypes
from dnngp.host import host_facts
from dnngp.jobs import job
from dnngp.seeds import file_sha256
from dnngp.tables import read_json, read_table, write_json, write_table
from dnngp.timing import peak_memory_mb
from dnngp.trials.evaluate import evaluate_records

LIBRARIES = ["numpy", "scipy", "pandas", "scikit-learn", "numba", "lightgbm", "keras"]
TABLES = ("predictions", "folds", "accuracy", "components", "history", "timing", "ledger")


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    genotypes = Genotypes.load(Path(data.dosages).parent)
    splits = read_table(data.splits, text=("sample", "condition"))
    result = evaluate_records(
        genotypes,
        read_table(data.records, text=("sample", "condition")),
        read_json(data.counts)["conditions"],
        splits[splits["repeat"] == int(wildcards.repeat)],
        method=wildcards.trial_method,
        params=params.params,
        maf=params.maf,
        mac=params.mac,
        names=(params.seed, wildcards.trial, wildcards.trial_scheme),
        covariates=read_covariates(data.covariates, params.kinds, "condition"),
    )
    for name in TABLES:
        write_table(getattr(result, name), snakemake.output[name])
    write_json(
        {
            **dict(wildcards.items()),
            "params": params.params,
            "maf": params.maf,
            "mac": params.mac,
            "seeds": {f"r{row.repeat}f{row.fold}": row.seed for row in result.folds.itertuples()},
            "threads": snakemake.threads,
            "code": params.code,
            "genotypes": genotypes.source,
            "records_sha256": file_sha256(data.records),
            "splits_sha256": file_sha256(data.splits),
            "versions": {"python": platform.python_version()} | library_versions(LIBRARIES),
            "host": host_facts(),
            "cpu_s": round(time.process_time(), 3),
            "peak_mb": round(peak_memory_mb(), 1),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        snakemake.output.meta,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
