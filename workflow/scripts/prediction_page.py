"""Write the page of one prediction, and its tables as a workbook."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, whole_file
from dnngp.report.prediction_page import prediction_page
from dnngp.report.workbook import write_prediction_workbook


def main(snakemake):
    params, name = snakemake.params, snakemake.wildcards.prediction
    tables = dict(zip(params.tables, map(read_table, snakemake.input.tables), strict=True))
    page = prediction_page(tables, name=name, **params.told)
    with whole_file(snakemake.output.page) as temporary:
        temporary.write_text(page, encoding="utf-8")
    write_prediction_workbook(tables, Path(snakemake.output.workbook), name)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
