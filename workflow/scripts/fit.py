"""Evaluate one model on the folds of one job."""

from dnngp.base.jobs import job
from dnngp.base.provenance import fit_facts
from dnngp.base.tables import read_table, records, write_json, write_table
from dnngp.encodings.samples.environment_covariates import read_environments
from dnngp.encodings.samples.population import load_omics
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.fold_records import FoldValues
from dnngp.evaluation.gathering import keyed
from dnngp.evaluation.marker_blocks import PreparedBlocks
from dnngp.evaluation.ungenotyped import covariates_of, read_ungenotyped, with_ungenotyped
from dnngp.genotypes.records import values_by_key
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.trait_types import type_of
from dnngp.validation.splits import folds_of_job


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    genotypes = Genotypes.load(data.genotypes)
    phenotype = read_table(data.phenotype)
    splits = folds_of_job(
        read_table(data.splits), int(wildcards.repeat), int(wildcards.block), params.folds_per_job
    )
    if (others := read_ungenotyped(data.get("ungenotyped"))) is not None:
        genotypes, phenotype, splits = with_ungenotyped(genotypes, phenotype, splits, others)
    layers = load_omics(data.get("layers", []), params.layers, genotypes.samples)
    result = evaluate(
        genotypes,
        values_by_key(phenotype),
        splits,
        **params.model,
        **params.dataset["filters"],
        layers=layers,
        names=(params.seed, wildcards.dataset, wildcards.trait, wildcards.scheme),
        covariates=covariates_of(
            [data.phenotype, *([data.ungenotyped] if others is not None else [])],
            params.dataset["covariates"],
        ),
        environments=read_environments(
            phenotype, data.get("environments", []), params.dataset["environment_covariates"]
        ),
        weights=WeightsByRecord.read(phenotype, params.dataset["errors_known"]),
        fold_values=FoldValues.read(data.get("fold_means"), params.dataset["errors_known"]),
        trait=type_of(params.trait, params.dataset["trait_types"]),
        prepared=PreparedBlocks.read(data.get("marker_blocks"), wildcards.trait, params.model),
    )
    keys = {"dataset": wildcards.dataset, "trait": params.trait}
    keys |= {"scheme": wildcards.scheme, "model": wildcards.model}
    for name in ("predictions", "folds", "history"):
        write_table(keyed(getattr(result, name), **keys), snakemake.output[name])
    facts = fit_facts(snakemake, result.seeds, genotypes.source, ("phenotype", "splits"))
    facts["layers"] = {name: layer.genotypes.source for name, layer in layers.items()}
    facts |= {name: records(getattr(result, name)) for name in ("timing", "ledger", "components")}
    write_json(facts, snakemake.output.meta)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
