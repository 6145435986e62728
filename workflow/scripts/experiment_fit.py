"""Evaluate one model at one number of lines and markers."""

from dnngp.base.jobs import job
from dnngp.base.provenance import fit_facts
from dnngp.base.tables import read_table, write_json, write_table
from dnngp.encodings.samples.covariates import read_covariates
from dnngp.encodings.samples.environment_covariates import read_environments
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.evaluation.gathering import keyed
from dnngp.evaluation.size_experiment import evaluate_size, size_of
from dnngp.genotypes.records import values_by_key
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.trait_types import type_of


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    genotypes = Genotypes.load(data.genotypes)
    phenotype = read_table(data.phenotype)
    result = evaluate_size(
        genotypes,
        values_by_key(phenotype),
        read_table(data.splits),
        int(wildcards.repeat),
        lines=size_of(wildcards.samples),
        markers=size_of(wildcards.markers),
        ranks=read_table(data.markers)["rank"].to_numpy(),
        most_folds=params.folds,
        # As for the fit on all lines and markers, of which the largest size is a repetition.
        names=(params.seed, wildcards.dataset, wildcards.trait, "random"),
        covariates=read_covariates(data.phenotype, params.dataset["covariates"]),
        environments=read_environments(
            phenotype, data.environments, params.dataset["environment_covariates"]
        ),
        weights=WeightsByRecord.read(phenotype, params.dataset["errors_known"]),
        trait=type_of(params.trait, params.dataset["trait_types"]),
        **params.model,
        **params.dataset["filters"],
    )
    keys = {"dataset": wildcards.dataset, "trait": params.trait, "scheme": "random", "model": wildcards.model}
    write_table(keyed(result.folds, **keys), snakemake.output.folds)
    facts = fit_facts(snakemake, result.seeds, genotypes.source, ("phenotype", "splits", "markers"))
    write_json(facts, snakemake.output.meta)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
