"""Genomic heritability of one trait on all phenotyped lines."""

import numpy as np

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_json
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.genotypes.records import environments_of, precision_by_sample, values_by_sample
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.methods.mixed.heritability import heritability_of


def main(snakemake):
    genotypes = Genotypes.load(snakemake.input.genotypes)
    phenotype = read_table(snakemake.input.phenotype)
    by_sample = values_by_sample(phenotype)
    values = by_sample.loc[genotypes.samples].to_numpy(float)
    known = ~(values != values)
    trait = TraitType(**snakemake.params.trait_type)
    weights = WeightsByRecord.read(phenotype, snakemake.params.errors_known)
    if environments_of(phenotype):  # means over them are no classes any more
        trait = CONTINUOUS
        if weights is not None:
            by_mean = precision_by_sample(phenotype, weights.known)
            weights = WeightsByRecord(by_mean, weights.known)

    def weight(lines):
        return None if weights is None else weights.of(genotypes.samples[lines].tolist())

    found = heritability_of(genotypes, np.flatnonzero(known), values[known], weight, trait)
    keys = {"dataset": snakemake.wildcards.dataset, "trait": snakemake.params.trait}
    keys |= {"trait_type": trait.kind} if trait.has_classes else {}
    write_json(keys | found, snakemake.output.heritability)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
