"""Find the best numbers of lines and markers for the money."""

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.evaluation.iso_cost import Prices, iso_costs


def main(snakemake):
    asked = snakemake.params.prices
    best, curves = iso_costs(
        read_table(snakemake.input.surface),
        Prices(asked["line"], asked["marker"]),
        asked["budgets"],
        asked["currency"],
        snakemake.params.seed,
    )
    write_table(best, snakemake.output.best)
    write_table(curves, snakemake.output.curves)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
