"""Choose lines by an index over traits, and tell what to expect of them."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError
from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.grm import relationships
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.selection import (
    choose,
    expected_response,
    held_out_lines,
    index_table,
    mean_relationship,
)


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    weights = {trait: params.select["weights"][trait] for trait in params.traits}
    predictions = read_table(data.predictions)
    table = index_table(predictions, weights, "predicted")
    among = None
    if params.select["max_kinship"] is not None:
        among = relationships_of(table.index, Path(data.candidates[0]), params)
    index = table["index"].to_numpy()
    chosen = choose(index, params.select["number"], among, params.select["max_kinship"])

    selected = table.iloc[chosen].reset_index()
    selected.insert(0, "rank", np.arange(1, len(chosen) + 1))
    if among is not None:
        selected["kinship"] = [mean_to_others(among, chosen, line) for line in chosen]
    write_table(selected, snakemake.output.selected)

    held_out = held_out_lines(gather(data.held_out, params.traits))
    pairs = {name: index_table(held_out, weights, name) for name in ("observed", "predicted")}
    rows = []
    for trait in [*weights, "index"]:
        observed, predicted = (pairs[name][trait] for name in ("observed", "predicted"))
        found = expected_response(
            observed.to_numpy(),
            predicted[observed.index].to_numpy(),
            table[trait].to_numpy(),
            chosen,
            params.level,
        )
        rows.append({"trait": trait, "weight": weights.get(trait, np.nan), **found})
    response = pd.DataFrame(rows)
    if among is not None:
        free = choose(index, params.select["number"])
        response["kinship"] = mean_relationship(among, chosen)
        response["kinship_without_limit"] = mean_relationship(among, free)
        last = response.index[-1]
        response.loc[last, "selected_without_limit"] = index[free].mean()
        logging.info(
            "mean relationship %.3f (%.3f without the limit), mean index %.4g (%.4g)",
            response.loc[last, "kinship"],
            response.loc[last, "kinship_without_limit"],
            response.loc[last, "selected"],
            index[free].mean(),
        )
    write_table(response, snakemake.output.response)


def relationships_of(samples, path, params):
    """Genomic relationships of candidates, 0 on average over them."""
    genotypes = Genotypes.load(path) if params.stored else read_genotypes(path, Reading(**params.reading))
    if genotypes.ploidy is None:
        raise UserError(
            "`select.max_kinship` needs genotypes, and the candidates are a table of features.", file=path
        )
    lines = genotypes.select(genotypes.positions(samples))
    return relationships(np.ascontiguousarray(lines.dosages), lines.ploidy)


def mean_to_others(among, chosen, line):
    """Mean relationship of one chosen line with the others."""
    others = chosen[chosen != line]
    return float(among[line, others].mean()) if len(others) else 0.0


def gather(paths, traits):
    """Predictions of held-out lines of several traits, each line once a repeat."""
    each = len(paths) // len(traits)
    tables = []
    for number, trait in enumerate(traits):
        for path in paths[number * each : (number + 1) * each]:
            tables.append(read_table(path).assign(trait=trait))
    return pd.concat(tables, ignore_index=True)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
