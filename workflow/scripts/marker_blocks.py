"""What a model makes of a part of the markers in every fold of every trait, for its fits to blend."""

from pathlib import Path

import numpy as np

from dnngp.base.jobs import job
from dnngp.base.tables import read_table
from dnngp.evaluation.marker_blocks import TraitFolds, part_of_markers, write_marker_blocks
from dnngp.genotypes.records import values_by_key
from dnngp.genotypes.store import Genotypes
from dnngp.methods.registry import create


def main(snakemake):
    wildcards, params, data = snakemake.wildcards, snakemake.params, snakemake.input
    genotypes = Genotypes.load(data.genotypes)
    size = create(params.model["method"], params.model["params"], 0).block_size
    rows = part_of_markers(genotypes.n_variants, size, int(wildcards.part), params.parts)
    traits = {
        Path(phenotype).parent.name: TraitFolds(
            (params.seed, wildcards.dataset, Path(phenotype).parent.name, wildcards.scheme),
            values_by_key(read_table(phenotype)),
            read_table(splits),
        )
        for phenotype, splits in zip(data.phenotypes, data.splits, strict=True)
    }
    part = genotypes.select(None, np.asarray(rows))
    write_marker_blocks(snakemake.output[0], part, genotypes.n_variants, traits, params.model, params.filters)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
