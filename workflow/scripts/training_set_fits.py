"""Choose training sets in every fold of one repeat, and predict the test lines from each."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.encodings.samples.covariates import read_covariates
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.evaluation.gathering import keyed
from dnngp.evaluation.training_sets import evaluate_designs
from dnngp.genotypes.records import values_by_key
from dnngp.genotypes.store import Genotypes
from dnngp.validation.splits import folds_of_job


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    phenotype = read_table(data.phenotype)
    splits = read_table(data.splits)
    found = evaluate_designs(
        Genotypes.load(data.genotypes),
        values_by_key(phenotype),
        folds_of_job(splits, int(wildcards.repeat), 1, params.most_folds),
        **params.sets,
        names=(params.seed, wildcards.dataset, wildcards.trait, "random"),
        covariates=read_covariates(data.phenotype, params.dataset["covariates"]),
        weights=WeightsByRecord.read(phenotype, params.dataset["errors_known"]),
        **params.dataset["filters"],
    )
    keys = {"dataset": wildcards.dataset, "trait": params.trait}
    write_table(keyed(found.folds, **keys), snakemake.output.folds)
    write_table(keyed(found.ledger, **keys, scheme="random"), snakemake.output.ledger)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
