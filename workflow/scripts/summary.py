"""All datasets side by side: accuracy, cost, heritability, provenance."""

import yaml

from dnngp.base.jobs import job
from dnngp.base.provenance import run_facts
from dnngp.base.tables import whole_file, write_json, write_table
from dnngp.evaluation.overview import overview


def main(snakemake):
    params, output = snakemake.params, snakemake.output
    tables = overview(
        snakemake.input,
        species=params.species,
        imputed=params.beagle,
        of_traits=params.of_traits,
        lower=params.lower,
        compare=params.compare,
    )
    for name, table in tables.items():
        write_table(table, output[name])
    with whole_file(output.config) as temporary:
        temporary.write_text(yaml.safe_dump(params.config, sort_keys=False, allow_unicode=True))
    named = {name: output[name] for name in ("accuracy", "summary", "heritability")}
    write_json(run_facts(params.config, params.lock, snakemake.scriptdir, named), output.run)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
