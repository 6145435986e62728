"""Write the page of one prediction, and its tables as a workbook."""

from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.tables import read_table, whole_file
from dnngp.report.prediction_page import prediction_page
from dnngp.report.workbook import write_prediction_workbook


def main(snakemake):
    data, params = snakemake.input, snakemake.params
    selected = read_table(data.selected) if data.selected else None
    response = read_table(data.response) if data.response else None
    page = prediction_page(
        read_table(data.predictions),
        read_table(data.markers),
        read_table(data.models),
        selected,
        response,
        name=snakemake.wildcards.prediction,
        **params.told,
    )
    with whole_file(snakemake.output.page) as temporary:
        temporary.write_text(page, encoding="utf-8")
    name = snakemake.wildcards.prediction
    write_prediction_workbook(Path(data.predictions).parent, Path(snakemake.output.workbook), name)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
