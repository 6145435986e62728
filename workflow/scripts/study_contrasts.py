"""Gather the fits of a study that compares choices in pairs."""

import pandas as pd

from dnngp.jobs import job
from dnngp.studies import contrast_table, input_table
from dnngp.summaries import gather
from dnngp.tables import write_table


def main(snakemake):
    data, params = snakemake.input, snakemake.params
    tables = {"folds": [], "timing": []}
    for dataset, traits in params.traits.items():
        here = [number for number, fit in enumerate(params.fits) if fit[0] == dataset]
        for name, found in tables.items():
            fits = [params.fits[number][1:] for number in here]
            found.append(
                gather([data[name][number] for number in here], fits, traits).assign(dataset=dataset)
            )
    accuracy, timing = (pd.concat(found, ignore_index=True) for found in tables.values())
    accuracy["species"] = accuracy["dataset"].map(params.species)
    table = contrast_table(accuracy, timing, params.contrasts, params.margin)
    write_table(input_table(table) if params.study == "inputs" else table, snakemake.output.table)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
