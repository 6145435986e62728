"""Write the report: one HTML file, and its figures as SVG."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.report import build


def main(snakemake):
    build(
        Path(snakemake.input.summary).parent,
        Path(snakemake.output.report),
        config=snakemake.params.config,
        title=snakemake.params.title,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
