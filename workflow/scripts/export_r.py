"""Write what R needs to check the GBLUP of one trait and scheme."""

from pathlib import Path

import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.tables import read_table
from dnngp.encodings.samples.covariates import read_covariates
from dnngp.evaluation.export_r import export
from dnngp.genotypes.records import values_by_sample
from dnngp.genotypes.store import Genotypes


def main(snakemake):
    data, params = snakemake.input, snakemake.params
    splits = read_table(data.splits)
    export(
        Path(snakemake.output.folder),
        Genotypes.load(data.genotypes),
        values_by_sample(read_table(data.phenotype)),
        splits[splits["repeat"] == 1],
        pd.concat([read_table(path) for path in data.folds]),
        **params.dataset["filters"],
        covariates=read_covariates(data.phenotype, params.dataset["covariates"]),
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
