"""Choose samples by an index over traits, and say what to expect of them."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_table
from dnngp.evaluation.gathering import gather
from dnngp.prediction.candidates import read_candidates
from dnngp.prediction.selection import select


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    path = Path(data.candidates[0])
    selected, response = select(
        read_table(data.predictions),
        gather(data.held_out),
        {trait: params.select["weights"][trait] for trait in params.traits},
        number=params.select["number"],
        max_kinship=params.select["max_kinship"],
        level=params.level,
        genotypes=lambda: read_candidates(path, params.reading),
        path=path,
    )
    write_table(selected, snakemake.output.selected)
    write_table(response, snakemake.output.response)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
