"""Predict the individuals of a pedigree that have no phenotype, a trait each."""

from pathlib import Path

import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.encodings.samples.population import load_omics
from dnngp.evaluation.ungenotyped import covariates_of
from dnngp.genotypes.store import Genotypes, stored_samples
from dnngp.genotypes.trait_types import type_of
from dnngp.prediction.held_out import ONE, errors_by_environment, predictive_ability
from dnngp.prediction.individuals import matched, predict_individuals


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    dataset, genotypes = params.dataset, Genotypes.load(data.genotypes)
    layers = load_omics([data.pedigree], params.layers, stored_samples(data.pedigree))
    tables, markers, models = [], [], []
    for own, others in zip(data.phenotypes, data.ungenotyped, strict=True):
        folder = Path(own).parent.name
        trait = params.traits[folder]
        kind = type_of(trait, dataset["trait_types"])
        fits = [one for one in data.held_out if Path(one).parents[2].name == folder]
        held_out = pd.concat(map(read_table, fits))
        table, counts = predict_individuals(
            genotypes,
            *layers.values(),
            pd.concat([read_table(own), read_table(others)], ignore_index=True),
            **{key: params.model[key] for key in ("method", "encoding", "params")},
            **dataset["filters"],
            names=(params.seed, params.told["dataset"], trait, "individuals"),
            level=params.level,
            # Of classes there are probabilities, and no intervals.
            errors=None if kind.has_classes else errors_by_environment(held_out, False)[ONE],
            errors_known=dataset["errors_known"],
            covariates=covariates_of([own, others], dataset["covariates"]),
            trait=kind,
            rising=trait in params.lower,
        )
        table.insert(0, "trait", trait)
        tables.append(table)
        markers.append({"trait": trait, **matched(counts["markers"])})
        about = {key: params.told[key] for key in ("model", "scheme")} | counts
        models.append(
            {"trait": trait, **about, "predictive_ability": predictive_ability(held_out, kind.kind)}
        )
    write_table(pd.concat(tables, ignore_index=True), snakemake.output.predictions)
    write_table(pd.DataFrame(markers), snakemake.output.markers)
    write_table(pd.DataFrame(models), snakemake.output.models)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
