"""Evaluate one variant on the folds of one job."""

import platform
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from dnngp.code import library_versions
from dnngp.covariates import read_covariates
from dnngp.evaluate import evaluate
from dnngp.fold import load_layers
from dnngp.genotypes import Genotypes
from dnngp.host import host_facts
from dnngp.jobs import job
from dnngp.seeds import file_sha256
from dnngp.tables import read_table, write_json, write_table
from dnngp.timing import peak_memory_mb

LIBRARIES = ["numpy", "scipy", "pandas", "scikit-learn", "numba", "lightgbm", "xgboost", "keras"]


def main(snakemake):
    wildcards, params = snakemake.wildcards, snakemake.params
    genotypes = Genotypes.load(Path(snakemake.input.dosages).parent)
    folders = dict.fromkeys(Path(path).parent for path in snakemake.input.layers)
    layers = load_layers(folders, params.layers, genotypes.samples)
    phenotype = read_table(snakemake.input.phenotype, text=("sample", "group")).set_index("sample")
    splits = read_table(snakemake.input.splits, text=("sample", "group"))
    splits = splits[splits["repeat"] == int(wildcards.repeat)]
    if params.folds_per_job is not None:
        last = int(wildcards.block) * params.folds_per_job
        splits = splits[splits["fold"].between(last - params.folds_per_job + 1, last)]
    groups = splits.drop_duplicates("sample").set_index("sample")["group"]
    covariates = read_covariates(snakemake.input.covariates, params.covariates)
    result = evaluate(
        genotypes,
        phenotype["value"],
        splits,
        method=params.method,
        encoding=params.encoding,
        params=params.params,
        maf=params.maf,
        mac=params.mac,
        layers=layers,
        names=(params.seed, wildcards.dataset, wildcards.trait, wildcards.scheme),
        groups=groups if groups.notna().any() else None,
        covariates=covariates,
        tune=params.tune,
    )
    for name in ("predictions", "folds", "history", "timing", "ledger"):
        write_table(getattr(result, name), snakemake.output[name])
    write_json(
        {
            **dict(wildcards.items()),
            "method": params.method,
            "encoding": params.encoding,
            "params": params.params,
            "tune": params.tune,
            "covariates": params.covariates,
            "maf": params.maf,
            "mac": params.mac,
            "seeds": result.seeds,
            "threads": snakemake.threads,
            "code": params.code,
            "genotypes": genotypes.source,
            "layers": {name: layer.genotypes.source for name, layer in layers.items()},
            "phenotype_sha256": file_sha256(snakemake.input.phenotype),
            "splits_sha256": file_sha256(snakemake.input.splits),
            "versions": {"python": platform.python_version()} | library_versions(LIBRARIES),
            "host": host_facts(),
            "cpu_s": round(time.process_time(), 3),
            "peak_mb": round(peak_memory_mb(), 1),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "blas": np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"],
        },
        snakemake.output.meta,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
