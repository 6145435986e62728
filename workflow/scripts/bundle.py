"""Fit one variant on all lines of a trait and write it as a bundle."""

import platform
from pathlib import Path

import pandas as pd

from dnngp import __version__
from dnngp.bundle import train
from dnngp.code import library_versions
from dnngp.covariates import read_covariates
from dnngp.genotypes import Genotypes
from dnngp.jobs import job
from dnngp.seeds import file_sha256
from dnngp.tables import read_table

LIBRARIES = ["numpy", "scipy", "scikit-learn", "lightgbm", "xgboost", "keras"]


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    genotypes = Genotypes.load(Path(data.dosages).parent)
    phenotype = read_table(data.phenotype, text=("sample", "group")).set_index("sample")
    splits = read_table(data.splits, text=("sample", "group"))
    groups = splits.drop_duplicates("sample").set_index("sample")["group"].reindex(phenotype.index)
    covariates = read_covariates(data.covariates, params.covariates)
    held_out = pd.concat([read_table(path, text=("sample",)) for path in data.held_out])
    bundle = train(
        genotypes,
        phenotype["value"],
        method=params.method,
        encoding=params.encoding,
        params=params.params,
        maf=params.maf,
        mac=params.mac,
        names=(params.seed, wildcards.dataset, wildcards.trait, "bundle"),
        groups=groups if groups[phenotype["value"].notna()].notna().all() else None,
        covariates=covariates,
        tune=params.tune,
        errors=(held_out["observed"] - held_out["predicted"]).to_numpy(float),
        about={
            "workflow": __version__,
            "dataset": wildcards.dataset,
            "species": params.species,
            "trait": params.trait,
            "variant": wildcards.variant,
            "scheme": wildcards.scheme,
            "tune": params.tune,
            "covariates": params.covariates,
            "maf": params.maf,
            "mac": params.mac,
            "code": params.code,
            "genotypes": genotypes.source,
            "phenotype_sha256": file_sha256(data.phenotype),
            "versions": {"python": platform.python_version()} | library_versions(LIBRARIES),
            "machine": platform.machine(),
        },
    )
    bundle.save(Path(snakemake.output.bundle).parent)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
