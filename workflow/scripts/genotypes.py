"""Read genotypes, apply quality control, store the result."""

import logging
import tempfile
from pathlib import Path

from dnngp.jobs import job
from dnngp.qc import quality_control
from dnngp.readers import read_genotypes
from dnngp.readers.options import Reading
from dnngp.tables import write_table


def main(snakemake):
    params, output = snakemake.params, snakemake.output
    reading = Reading(**params.reading) if "reading" in params else Reading(ploidy=params.ploidy)
    folder = Path(output.dosages).parent
    # Streamed to disk beside the output and mapped from there: the file read may be larger than memory.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".read.") as store:
        genotypes = read_genotypes(snakemake.input.genotypes, reading, store)
        logging.info(
            "%s: %d lines, %d markers", snakemake.input.genotypes, genotypes.n_samples, genotypes.n_variants
        )
        kept, waterfall, removed = quality_control(genotypes, params.qc)
        kept.save(folder)
        logging.info("after quality control: %d lines, %d markers", kept.n_samples, kept.n_variants)
    write_table(waterfall, output.waterfall)
    write_table(removed, output.removed)
    if "defects" in output:
        write_table(genotypes.defects, output.defects)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
