"""The tables of a run as a workbook."""

import openpyxl

from dnngp.report.workbook import write_workbook

SUMMARY = (
    "dataset\ttrait\tscheme\tmodel\tpearson\n007\t=1+1\trandom\t@gblup\t0.5\nhttp://x\ty\trandom\tmean\tNA\n"
)


def test_text_stays_text_and_numbers_are_numbers(tmp_path):
    (tmp_path / "summary.tsv").write_text(SUMMARY)
    path = tmp_path / "results.xlsx"
    write_workbook(tmp_path, path, "Peas")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["about", "summary"]
    rows = [[cell.value for cell in row] for row in book["summary"].iter_rows()]
    assert rows[1:] == [
        ["007", "=1+1", "random", "@gblup", 0.5],
        ["http://x", "y", "random", "mean", None],
    ]
    assert {cell.data_type for cell in book["summary"][2]} == {"s", "n"}
    assert not any(cell.hyperlink for row in book["summary"].iter_rows() for cell in row)


def test_the_first_sheet_explains_sheets_and_columns(tmp_path):
    (tmp_path / "summary.tsv").write_text(SUMMARY)
    path = tmp_path / "results.xlsx"
    write_workbook(tmp_path, path, "Peas")
    about = [[cell.value for cell in row] for row in openpyxl.load_workbook(path)["about"].iter_rows()]
    assert about[0][0] == "Peas"
    assert about[4][:2] == ["summary", None]
    assert "a row per dataset, trait, scheme, model" in about[4][2]
    assert "pearson" in [row[1] for row in about]


def test_the_same_tables_give_the_same_bytes(tmp_path):
    (tmp_path / "summary.tsv").write_text(SUMMARY)
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path, tmp_path / name, "Peas")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
