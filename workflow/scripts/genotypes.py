"""Read genotypes, apply quality control, store the result."""

import logging
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from dnngp.base.jobs import PARTIAL, job
from dnngp.base.tables import whole_folder, write_large_table, write_table
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.id_folding import folded
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.quality_control import quality_control
from dnngp.genotypes.store import Genotypes


def main(snakemake):
    params, output = snakemake.params, snakemake.output
    path = snakemake.input.genotypes[0]  # the others lie beside it: .bim, .fam, ...
    # Streamed to disk beside the output and mapped from there: the file read may be larger than memory.
    beside = Path(output.genotypes).parent
    with (
        tempfile.TemporaryDirectory(dir=beside, prefix=f"{PARTIAL}read.") as store,
        whole_folder(output.genotypes) as folder,
    ):
        reading = dict(params.reading)
        if snakemake.input.get("crosses"):
            reading["crosses"] |= {"file": snakemake.input.crosses}
        genotypes = read_genotypes(path, Reading(**reading), store, snakemake.threads)
        logging.info("%s: %d lines, %d markers", path, genotypes.n_samples, genotypes.n_variants)
        if snakemake.input.get("markers"):
            known = Genotypes.load(snakemake.input.markers).samples.tolist()
            ids = folded(genotypes.samples.tolist(), known, params.ids, path)
            genotypes = replace(genotypes, samples=np.array(ids))
        control = quality_control(genotypes, params.qc, params.ids)
        genotypes.save(folder, control.samples, control.variants)
    logging.info("after quality control: %d lines, %d markers", control.samples.sum(), control.variants.sum())
    write_table(control.filter_summary, output.filter_summary)
    write_large_table(control.removed, output.removed)
    warnings = control.tables.pop("warnings")
    warnings.insert(0, "dataset", snakemake.wildcards.dataset)
    write_table(warnings, output.warnings)
    for name, table in control.tables.items():
        write_large_table(table, output[name])
    write_table(genotypes.defects, output.defects)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
