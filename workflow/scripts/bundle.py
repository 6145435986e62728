"""Fit one model on all lines of a trait and write it as a bundle."""

import platform
from pathlib import Path

import pandas as pd

from dnngp import __version__
from dnngp.base.jobs import job
from dnngp.base.provenance import made_from
from dnngp.base.tables import read_table
from dnngp.encodings.samples.covariates import read_covariates
from dnngp.encodings.samples.environment_covariates import read_environments
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.genotypes.records import values_by_key
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.trait_types import type_of
from dnngp.prediction.bundle_files import save_bundle
from dnngp.prediction.bundle_training import train
from dnngp.prediction.held_out import errors_by_environment, predictive_ability
from dnngp.validation.schemes import SCHEMES
from dnngp.validation.splits import groups_of


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    genotypes = Genotypes.load(data.genotypes)
    phenotype = read_table(data.phenotype)
    environments = read_environments(phenotype, data.environments, params.dataset["environment_covariates"])
    held_out = pd.concat([read_table(path) for path in data.held_out])
    trait = type_of(params.trait, params.dataset["trait_types"])
    new = SCHEMES[wildcards.scheme].new_environments
    bundle = train(
        genotypes,
        values_by_key(phenotype),
        **params.model,
        **params.dataset["filters"],
        names=(params.seed, wildcards.dataset, wildcards.trait, "bundle"),
        groups=groups_of(read_table(data.splits)),
        covariates=read_covariates(data.phenotype, params.dataset["covariates"]),
        environments=environments,
        weights=WeightsByRecord.read(phenotype, params.dataset["errors_known"]),
        trait=trait,
        lower=params.lower,
        # Of classes there are probabilities, and no intervals.
        errors={} if trait.has_classes else errors_by_environment(held_out, new),
        about={
            "workflow": __version__,
            "dataset": wildcards.dataset,
            "species": params.species,
            "trait": params.trait,
            "model": wildcards.model,
            "scheme": wildcards.scheme,
            "predictive_ability": predictive_ability(held_out, trait.kind),
            "tune": params.model["tune"],
            "covariates": params.dataset["covariates"],
            **params.dataset["filters"],
            **made_from(params.code, genotypes.source, phenotype=data.phenotype),
            "machine": platform.machine(),
        },
    )
    save_bundle(bundle, Path(snakemake.output.bundle).parent)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
