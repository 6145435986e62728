"""Fit one model on all lines of a trait and write it as a bundle."""

import platform
from pathlib import Path

import pandas as pd

from dnngp import __version__
from dnngp.base.jobs import job
from dnngp.base.provenance import made_from
from dnngp.base.tables import read_table
from dnngp.encodings.samples.covariates import read_covariates
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle import train


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    genotypes = Genotypes.load(data.genotypes)
    phenotype = read_table(data.phenotype).set_index("sample")
    splits = read_table(data.splits)
    groups = splits.drop_duplicates("sample").set_index("sample")["group"].reindex(phenotype.index)
    covariates = read_covariates(data.phenotype, params.covariates)
    held_out = pd.concat([read_table(path) for path in data.held_out])
    bundle = train(
        genotypes,
        phenotype["value"],
        **params.model,
        **params.filters,
        names=(params.seed, wildcards.dataset, wildcards.trait, "bundle"),
        groups=groups if groups[phenotype["value"].notna()].notna().all() else None,
        covariates=covariates,
        errors=(held_out["observed"] - held_out["predicted"]).to_numpy(float),
        about={
            "workflow": __version__,
            "dataset": wildcards.dataset,
            "species": params.species,
            "trait": params.trait,
            "model": wildcards.model,
            "scheme": wildcards.scheme,
            "tune": params.model["tune"],
            "covariates": params.covariates,
            **params.filters,
            **made_from(params.code, genotypes.source, phenotype=data.phenotype),
            "machine": platform.machine(),
        },
    )
    bundle.save(Path(snakemake.output.bundle).parent)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
