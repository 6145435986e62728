"""Write the RO-Crate of the run: results, what they were made from, and how."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import whole_file, write_json
from dnngp.report.crate import run_crate


def main(snakemake):
    params, output = snakemake.params, snakemake.output
    folder = Path(output.crate).parent
    with whole_file(output.workflow) as temporary:
        temporary.write_text(params.snakefile)
    crate = run_crate(
        folder,
        title=params.title,
        workflow=output.workflow,
        inputs=params.inputs,
        results=snakemake.input.results,
        sources=params.sources,
    )
    write_json(crate, output.crate)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
