"""Evaluate one model in one repeat of a transfer."""

from dnngp.base.jobs import job
from dnngp.base.provenance import fit_facts
from dnngp.base.tables import read_table, records, write_json, write_table
from dnngp.evaluation.gathering import keyed
from dnngp.evaluation.transfer import evaluate_transfer
from dnngp.genotypes.store import Genotypes


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    genotypes = Genotypes.load(data.genotypes)
    result = evaluate_transfer(
        genotypes,
        read_table(data.lines),
        read_table(data.draws),
        int(wildcards.repeat),
        **params.asked,
        errors_known=params.dataset["errors_known"],
        names=(params.seed, wildcards.transfer, "transfer"),
        **params.model,
        **params.dataset["filters"],
    )
    keys = {"transfer": wildcards.transfer, "dataset": params.target}
    keys |= {"trait": params.trait, "model": wildcards.model}
    for name in ("predictions", "scores"):
        write_table(keyed(getattr(result, name), **keys), snakemake.output[name])
    facts = fit_facts(snakemake, result.evaluation.seeds, genotypes.source, ("lines", "draws"))
    facts |= {name: records(getattr(result.evaluation, name)) for name in ("timing", "ledger")}
    write_json(facts, snakemake.output.meta)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
