"""Predictions without a sample's records against those with all: bias, dispersion, ratio of accuracies."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import read_json, write_table
from dnngp.evaluation.gathering import gather
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle_files import load_bundle
from dnngp.prediction.whole_data import lr_table


def main(snakemake):
    data, names = snakemake.input, snakemake.wildcards
    table = lr_table(
        load_bundle(Path(data.bundle).parent),
        Genotypes.load(data.genotypes),
        gather(data.held_out),
        read_json(data.heritability),
        {"dataset": names.dataset, "trait": snakemake.params.trait, "model": names.model},
    )
    write_table(table, snakemake.output.table)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
