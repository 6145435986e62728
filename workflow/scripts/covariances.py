"""Genetic and phenotypic covariances of the traits of an index, by REML on all samples with a phenotype."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_json
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.index_records import estimate_covariances


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    found = estimate_covariances(
        Genotypes.load(data.genotypes),
        {path: read_table(path) for path in data.phenotypes},
        params.traits,
        covariates=params.dataset["covariates"],
        errors_known=params.dataset["errors_known"],
    )
    write_json({"traits": params.traits, **found.to_json()}, snakemake.output.covariances)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
