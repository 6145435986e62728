"""Predict lines with bundles, a trait each."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle import Bundle


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    path = Path(data.candidates[0])
    unphenotyped = bool(data.phenotypes)
    everyone = Genotypes.load(path) if unphenotyped else read_genotypes(path, Reading(**params.reading))
    tables, counts = [], []
    for number, trait in enumerate(params.traits):
        bundle = Bundle.load(Path(data.bundles[number]).parent)
        candidates = everyone
        if unphenotyped:
            phenotype = read_table(data.phenotypes[number])
            unknown = phenotype.loc[phenotype["value"].isna(), "sample"]
            candidates = everyone.select(np.flatnonzero(np.isin(everyone.samples, unknown)))
            if not candidates.n_samples:
                logging.info("%s: every line has a value, nothing to predict", trait)
                continue
        match = bundle.match(candidates, params.min_markers, path, params.min_agreement)
        tables.append(bundle.predict(candidates, match, params.level).assign(trait=trait))
        counts.append({"trait": trait, **match.counts(), "coverage": match.coverage})
    if not tables:
        raise UserError(
            "every line has a value of every trait: `candidates: unphenotyped` leaves none to predict.",
            remedy="Name a file of genotypes.",
        )
    predictions = pd.concat(tables, ignore_index=True)
    predictions.insert(0, "trait", predictions.pop("trait"))
    write_table(predictions, snakemake.output.predictions)
    write_table(pd.DataFrame(counts), snakemake.output.markers)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
