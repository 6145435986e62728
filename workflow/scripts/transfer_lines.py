"""Join the populations of a transfer, and draw which lines join the training and which are tested."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, whole_folder, write_table
from dnngp.evaluation.transfer import distances_of_tested
from dnngp.evaluation.transfer_lines import draws_of, joined_lines, lines_of
from dnngp.genotypes.store import Genotypes


def main(snakemake):
    params, data, output = snakemake.params, snakemake.input, snakemake.output
    stores = {Path(path).parent.name: Genotypes.load(path) for path in data.genotypes}
    lines = lines_of(
        params.populations,
        [read_table(path) for path in data.phenotypes],
        clusters={Path(path).parent.name: read_table(path) for path in data.clusters},
        near_duplicates=read_table(data.near_duplicates) if data.near_duplicates else None,
    )
    asked = dict(params.asked)
    genotypes, markers = joined_lines(lines, stores, asked.pop("min_markers"))
    draws = draws_of(lines, **asked)
    with whole_folder(output.genotypes) as folder:
        genotypes.save(folder)
    write_table(markers, output.markers)
    write_table(lines, output.lines)
    write_table(draws, output.draws)
    write_table(distances_of_tested(genotypes, lines, draws, asked["added"]), output.distances)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
