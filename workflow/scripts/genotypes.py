"""Read genotypes, apply quality control, store the result."""

import logging
from pathlib import Path

from dnngp.jobs import job
from dnngp.qc import quality_control
from dnngp.readers import read_genotypes
from dnngp.tables import write_table


def main(snakemake):
    genotypes = read_genotypes(snakemake.input.genotypes, ploidy=snakemake.params.ploidy)
    logging.info(
        "%s: %d lines, %d markers", snakemake.input.genotypes, genotypes.n_samples, genotypes.n_variants
    )
    kept, waterfall, removed = quality_control(genotypes, snakemake.params.qc)
    kept.save(Path(snakemake.output.dosages).parent)
    write_table(waterfall, snakemake.output.waterfall)
    write_table(removed, snakemake.output.removed)
    logging.info("after quality control: %d lines, %d markers", kept.n_samples, kept.n_variants)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
