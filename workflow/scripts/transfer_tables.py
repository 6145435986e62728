"""Gather the fits of all transfers."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import concatenated, read_json, read_table, write_table
from dnngp.evaluation.gathering import gather
from dnngp.evaluation.transfer_tables import by_distance, curve, ledger_of


def main(snakemake):
    data, output = snakemake.input, snakemake.output
    scores = gather(data.scores)
    distances = concatenated(
        read_table(path).assign(transfer=Path(path).parent.name) for path in data.distances
    )
    write_table(scores, output.scores)
    write_table(curve(scores), output.curve)
    write_table(by_distance(gather(data.predictions), distances), output.distance)
    write_table(ledger_of(map(read_json, data.meta)), output.ledger)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
