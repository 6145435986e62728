"""Coefficients of a selection index, covariances of its traits, and the genetic gains to expect."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_json, read_table, write_table
from dnngp.methods.mixed.trait_covariances import TraitCovariances
from dnngp.prediction.genetic_gains import PredictionIndex, by_trait
from dnngp.prediction.selection_index import Goal


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    asked = params.select
    index = PredictionIndex.of(
        Goal(params.traits, asked["weights"], asked["desired_gains"], asked["restricted"]),
        by_trait(read_table(data.predictions), params.are_traits),
        TraitCovariances.from_json(read_json(data.covariances)),
        params.jointly,
    )
    chosen = read_table(data.selected)["sample"].tolist()
    write_table(index.table(chosen, params.level), snakemake.output.index)
    write_table(index.covariance_table(), snakemake.output.covariances)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
