"""Choose the candidates to phenotype next."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import read_json, write_table
from dnngp.genotypes.store import Genotypes
from dnngp.prediction.bundle_files import load_bundle
from dnngp.prediction.candidates import read_candidates, without_value
from dnngp.prediction.next_phenotypes import choice_of, phenotype_next


def main(snakemake):
    params, data = snakemake.params, snakemake.input
    path = Path(data.candidates[0])
    candidates = read_candidates(path, params.reading)
    if data.phenotype:
        candidates = without_value(candidates, data.phenotype)
    choice = choice_of(
        load_bundle(Path(data.bundle).parent),
        candidates,
        Genotypes.load(data.training),
        params.options,
        heritability=read_json(data.heritability),
        path=path,
        min_markers=params.min_markers,
        min_agreement=params.min_agreement,
    )
    chosen, designs = phenotype_next(choice, params.options["number"], params.options["criterion"])
    write_table(chosen, snakemake.output.chosen)
    write_table(designs, snakemake.output.designs)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
