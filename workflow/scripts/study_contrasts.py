"""Gather the fits of a study that compares choices in pairs."""

import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.tables import read_json, read_table, write_table
from dnngp.base.timing import COLUMNS as TIMING
from dnngp.evaluation.paired_experiments import contrast_table, input_table
from dnngp.evaluation.summaries import gather


def main(snakemake):
    data, params = snakemake.input, snakemake.params
    accuracy, timing = [], []
    for dataset, traits in params.traits.items():
        here = [number for number, fit in enumerate(params.fits) if fit[0] == dataset]
        fits = [params.fits[number][1:] for number in here]
        folds = (read_table(data.folds[number]) for number in here)
        stages = (pd.DataFrame(read_json(data.meta[number])["timing"], columns=TIMING) for number in here)
        accuracy.append(gather(folds, fits, traits).assign(dataset=dataset))
        timing.append(gather(stages, fits, traits).assign(dataset=dataset))
    accuracy, timing = (pd.concat(found, ignore_index=True) for found in (accuracy, timing))
    accuracy["species"] = accuracy["dataset"].map(params.species)
    table = contrast_table(accuracy, timing, params.contrasts, params.margin)
    write_table(input_table(table) if params.study == "inputs" else table, snakemake.output.table)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
