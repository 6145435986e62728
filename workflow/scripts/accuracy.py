"""Gather the fits of one dataset."""

from pathlib import Path

import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.ledger import COLUMNS as LEDGER
from dnngp.base.ledger import combined
from dnngp.base.tables import read_json, read_table, write_table
from dnngp.base.timing import COLUMNS as TIMING
from dnngp.evaluation.summaries import gather, provenance, with_selection
from dnngp.validation.intervals import coverage, with_intervals


def main(snakemake):
    params = snakemake.params
    tables = {}
    for name in ("predictions", "history", "folds"):
        each = (read_table(path) for path in snakemake.input[name])
        tables[name] = gather(each, params.fits, params.traits)
    metas = [read_json(path) for path in snakemake.input.meta]
    for name, columns in (("timing", TIMING), ("ledger", LEDGER)):
        each = (pd.DataFrame(meta[name], columns=columns) for meta in metas)
        tables[name] = gather(each, params.fits, params.traits)
    tables["predictions"] = with_intervals(tables["predictions"])
    tables["intervals"] = coverage(tables["predictions"])
    tables["intervals"].insert(0, "dataset", snakemake.wildcards.dataset)
    tables["ledger"] = combined(tables["ledger"], ["trait", "scheme", "variant"])
    for name in ("predictions", "intervals", "timing", "history", "ledger"):
        write_table(tables[name], snakemake.output[name])
    results, logs = Path(snakemake.output.accuracy).parents[1], Path(snakemake.log[0]).parent
    trail = provenance(
        metas, snakemake.input.predictions, params.fits, params.traits, logs, results / "config.yaml"
    )
    write_table(trail, snakemake.output.provenance)
    folds = with_selection(tables["folds"], tables["predictions"], params.top)
    folds.insert(0, "dataset", snakemake.wildcards.dataset)
    folds.insert(1, "species", params.species)
    folds.insert(2, "labels", params.labels)
    position = folds.columns.get_loc("variant") + 1
    for key in ("beside", "encoding", "method"):
        values = {name: variant[key] for name, variant in params.variants.items()}
        folds.insert(position, key, folds["variant"].map(values))
    write_table(folds, snakemake.output.accuracy)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
