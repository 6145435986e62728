"""Time against accuracy, and what the fits of this run cost as a function of their size."""

from pathlib import Path

import numpy as np
import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.cost.cost_model import cost_table, fits_of, pareto
from dnngp.evaluation.summaries import over_environments
from dnngp.validation.main_scores import with_main_scores


def main(snakemake):
    data, params, output = snakemake.input, snakemake.params, snakemake.output
    summary, accuracy = (over_environments(read_table(data[name])) for name in ("summary", "accuracy"))
    timing = read_table(data.timing)
    write_table(pareto(with_main_scores(summary), params.models), output.pareto)
    markers = {
        Path(path).parent.name: len(np.load(Path(path) / "dosages.npy", mmap_mode="r"))
        for path in data.genotypes
    }
    fits = fits_of(accuracy[accuracy["model"].isin(params.models)], timing, markers)
    if data.surface:
        sizes = read_table(data.surface[0])
        sizes = sizes[sizes["status"] == "ok"].rename(columns={"n_features": "q"})
        sizes["method"] = sizes["model"].map(params.methods)
        fits = pd.concat([table for table in (fits, sizes[fits.columns]) if len(table)], ignore_index=True)
    write_table(cost_table(fits), output.costs)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
