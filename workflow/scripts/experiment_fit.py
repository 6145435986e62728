"""Evaluate one model at one number of lines and markers."""

from dnngp.base.jobs import job
from dnngp.base.provenance import circumstances, made_from
from dnngp.base.tables import read_table, write_json, write_table
from dnngp.encodings.samples.covariates import read_covariates
from dnngp.encodings.samples.environment_covariates import read_environments
from dnngp.evaluation.gathering import KEYS, keyed
from dnngp.evaluation.size_experiment import evaluate_size
from dnngp.genotypes.records import values_by_key
from dnngp.genotypes.store import Genotypes


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    genotypes = Genotypes.load(data.genotypes)
    phenotype = read_table(data.phenotype)
    environments = read_environments(phenotype, data.environments, params.environment_covariates)
    covariates = read_covariates(data.phenotype, params.covariates)
    splits = read_table(data.splits)
    groups = splits[splits["repeat"] == int(wildcards.repeat)].drop_duplicates("sample").set_index("sample")
    lines, markers = (None if size == "all" else int(size) for size in (wildcards.samples, wildcards.markers))
    result = evaluate_size(
        genotypes,
        values_by_key(phenotype),
        splits,
        int(wildcards.repeat),
        lines=lines,
        markers=markers,
        ranks=read_table(data.markers)["rank"].to_numpy(),
        most_folds=params.folds,
        # As for the fit on all lines and markers, of which the largest size is a repetition.
        names=(params.seed, wildcards.dataset, wildcards.trait, "random"),
        groups=groups["group"] if groups["group"].notna().any() else None,
        covariates=covariates,
        environments=environments,
        **params.model,
        **params.filters,
    )
    keys = (wildcards.dataset, params.trait, "random", wildcards.model)
    write_table(keyed(result.folds, **dict(zip(KEYS, keys, strict=True))), snakemake.output.folds)
    write_json(
        {
            **dict(wildcards.items()),
            "trait_name": params.trait,
            **params.model,
            "covariates": params.covariates,
            **params.filters,
            "seeds": result.seeds,
            **made_from(
                params.code,
                genotypes.source,
                phenotype=data.phenotype,
                splits=data.splits,
                markers=data.markers,
            ),
            **circumstances(snakemake.threads),
        },
        snakemake.output.meta,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
