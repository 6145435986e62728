"""Evaluate one model on the folds of one job."""

from dnngp.base.jobs import job
from dnngp.base.provenance import circumstances, made_from
from dnngp.base.tables import read_table, records, write_json, write_table
from dnngp.encodings.samples.covariates import read_covariates
from dnngp.encodings.samples.environment_covariates import read_environments
from dnngp.encodings.samples.population import load_omics
from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.gathering import KEYS, keyed
from dnngp.genotypes.records import values_by_key
from dnngp.genotypes.store import Genotypes


def main(snakemake):
    wildcards, params = snakemake.wildcards, snakemake.params
    genotypes = Genotypes.load(snakemake.input.genotypes)
    layers = load_omics(snakemake.input.layers, params.layers, genotypes.samples)
    phenotype = read_table(snakemake.input.phenotype)
    environments = read_environments(phenotype, snakemake.input.environments, params.environment_covariates)
    splits = read_table(snakemake.input.splits)
    splits = splits[splits["repeat"] == int(wildcards.repeat)]
    if params.folds_per_job is not None:
        last = int(wildcards.block) * params.folds_per_job
        splits = splits[splits["fold"].between(last - params.folds_per_job + 1, last)]
    groups = splits.drop_duplicates("sample").set_index("sample")["group"]
    covariates = read_covariates(snakemake.input.phenotype, params.covariates)
    result = evaluate(
        genotypes,
        values_by_key(phenotype),
        splits,
        **params.model,
        **params.filters,
        layers=layers,
        names=(params.seed, wildcards.dataset, wildcards.trait, wildcards.scheme),
        groups=groups if groups.notna().any() else None,
        covariates=covariates,
        environments=environments,
    )
    keys = (wildcards.dataset, params.trait, wildcards.scheme, wildcards.model)
    for name in ("predictions", "folds", "history"):
        table = keyed(getattr(result, name), **dict(zip(KEYS, keys, strict=True)))
        write_table(table, snakemake.output[name])
    write_json(
        {
            **dict(wildcards.items()),
            "trait_name": params.trait,
            **params.model,
            "covariates": params.covariates,
            **params.filters,
            "seeds": result.seeds,
            "layers": {name: layer.genotypes.source for name, layer in layers.items()},
            "timing": records(result.timing),
            "ledger": records(result.ledger),
            "components": records(result.components),
            **made_from(
                params.code,
                genotypes.source,
                phenotype=snakemake.input.phenotype,
                splits=snakemake.input.splits,
            ),
            **circumstances(snakemake.threads),
        },
        snakemake.output.meta,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
