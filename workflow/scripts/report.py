"""Write the report: one HTML file, its figures as SVG, and the tables as a workbook."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.report import build
from dnngp.report.workbook import write_workbook


def main(snakemake):
    results = Path(snakemake.input.summary).parent
    write_workbook(results, Path(snakemake.output.workbook), snakemake.params.title)
    build(
        results,
        Path(snakemake.output.report),
        config=snakemake.params.config,
        title=snakemake.params.title,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
