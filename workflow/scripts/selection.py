"""Choose samples by an index over traits, and say what to expect of them."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.evaluation.gathering import gather
from dnngp.genotypes.trait_types import type_of
from dnngp.prediction.candidates import read_candidates
from dnngp.prediction.class_quantities import ClassQuantities
from dnngp.prediction.genetic_gains import by_trait, coefficients_of
from dnngp.prediction.selection import select
from dnngp.prediction.selection_index import Goal


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    path, asked = Path(data.candidates[0]), params.select
    predictions = by_trait(read_table(data.predictions), params.are_traits)
    goal = Goal(params.traits, asked["weights"], asked["desired_gains"], asked["restricted"])
    coefficients = coefficients_of(goal, predictions, data.covariances, params.jointly)
    types = {trait: type_of(trait, params.trait_types) for trait in coefficients}
    quantities = ClassQuantities.of(types, coefficients)
    selected, response = select(
        quantities.seen(predictions),
        quantities.seen(by_trait(gather(data.held_out), params.are_traits)),
        quantities.weights,
        number=asked["number"],
        max_kinship=asked["max_kinship"],
        level=params.level,
        genotypes=lambda: read_candidates(path, params.reading),
        path=path,
    )
    write_table(selected, snakemake.output.selected)
    write_table(quantities.labelled(response), snakemake.output.response)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
