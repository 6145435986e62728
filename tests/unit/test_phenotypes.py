"""Phenotype tables: every way to write one, and every fault named by line and column."""

import gzip
from datetime import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from dnngp.base.delimited import phenotype_header, text_table
from dnngp.base.errors import UserError
from dnngp.base.suspects import coded_as_missing
from dnngp.genotypes.phenotypes import (
    about_samples,
    join_trait,
    read_phenotypes,
    trait_values,
)
from dnngp.genotypes.records import phenotype_of_records, sample_groups
from dnngp.genotypes.table_reading import TableReading

TEXT = "id,Höhe (cm),yield\nL 1,1.5,NA\n007,-2e1,.\nÄ,,3\n"


def write(tmp_path, content, name="p.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.rstrip("\n").encode(),
        TEXT.replace(",", "\t").encode(),
        TEXT.replace(",", ";").encode(),
        TEXT.replace("\nL 1", '\n"L 1"').replace("id", '"id"').encode(),
        TEXT.replace("\n", "\n\n").encode(),
        TEXT.replace(",", " , ").encode(),
        gzip.compress(TEXT.encode()),
    ],
    ids=["plain", "CRLF", "BOM", "no end", "tabs", "semicolons", "quotes", "blank lines", "spaces", "gzip"],
)
def test_every_way_to_write_a_table_reads_the_same(tmp_path, content):
    path = write(tmp_path, content)
    table = read_phenotypes(path)
    assert list(table.index) == text_table(path).ids == ["L 1", "007", "Ä"]
    assert phenotype_header(path) == ["id", "Höhe (cm)", "yield"]
    assert trait_values(table, "Höhe (cm)", path).tolist()[:2] == [1.5, -20]
    assert np.isnan(trait_values(table, "Höhe (cm)", path)["Ä"])
    assert trait_values(table, "yield", path).isna().tolist() == [True, True, False]


def test_ids_may_stand_in_any_column(tmp_path):
    path = write(tmp_path, "plot,line,yield\n1,b,2\n2,a,3\n")
    assert text_table(path, "line").ids == ["b", "a"]
    table = read_phenotypes(path, TableReading("line"))
    assert list(table.columns) == ["plot", "yield"]
    assert table.attrs["lines"] == {"b": 2, "a": 3}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("\n\n", "the table is empty"),
        ("id\n1\n", "line 1: the header has one column only"),
        ("id,a,a\n1,2,3\n", "line 1, column a: the column is there twice"),
        ("id,a,\n1,2,3\n", "line 2, column 3: the column has no name"),
        ("id,,a\n1,2,3\n", "line 1, column 2: the column has no name"),
        (
            "Trial 7,,\nid,a,b\n1,2,3\n",
            "line 1: the first row has one cell only, 'Trial 7'. The first row names",
        ),
        ("id;a;b\n1;0,5;0.5\n", "line 2: '0,5' has a decimal comma and '0.5' a decimal point"),
        ("id,a\nx,1\ny,1,2\n", "line 3: the line has 3 cells where the header has 2"),
        ('"a","b"\n"x",1,2\n', "line 2: the line has 3 cells where the header has 2. The header lacks"),
        ("id,a\nx,1\n\nx,2\n", "line 4: the id 'x' is there twice (before in line 2)"),
        ("id,a\nx,1\n ,2\n", "line 3: the id is missing"),
        ("id,a\nNA,1\n", "line 2: the id is missing"),
        ("id,a\n", "the file has no lines"),
        ('id,a\n"x,1\n', "line 2: the quotes do not match"),
        ("id,a\nx,1\n".encode("utf-16"), "the text is UTF-16"),
        (b"id,a\n\x81,1\n", "line 2: byte 1 of the line is not UTF-8 text"),
        (b"id,a\nx,\0\n", "line 2: the line holds a NUL byte"),
        (b"PK\x03\x04 spreadsheet", "compressed by zip, or is a workbook"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-9], "the compressed file is truncated"),
    ],
)
def test_a_malformed_table_is_told_with_its_line(tmp_path, content, message):
    path = write(tmp_path, content)
    for read in (read_phenotypes, text_table):
        with pytest.raises(UserError) as caught:
            read(path)
        assert message in str(caught.value)
        assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    "content",
    [
        "id;a;b\nÄ1;1,5;x\ny;-,25;2,0e1\n",
        "id;a;b\nÄ1;1,5;x\ny;-,25;2,0e1\n".encode("cp1252"),
        "id a b\nÄ1 1.5 x\ny  -.25   2.0e1\n",
        "id,a,b,,\nÄ1,1.5,x,,\n,,,,\ny,-.25,2.0e1,,\n,,,,\n",
        "id,a,b\rÄ1,1.5,x\ry,-.25,2.0e1\r",
        "sep=;\nid;a;b\nÄ1;1,5;x\ny;-,25;2,0e1\n",
        '"id","a","b"\nÄ1,1.5,"x\n"\n"y",-.25,2.0e1\n',
    ],
    ids=["semicolons", "Windows-1252", "spaces", "empty ones", "CR alone", "sep=", "break in quotes"],
)
def test_tables_as_people_have_them(tmp_path, content):
    table = text_table(write(tmp_path, content))
    assert table.ids == ["Ä1", "y"]
    assert table.columns == {"a": ["1.5", "-.25"], "b": ["x", "2.0e1"]}


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


ROWS = [["id", "yield", "sown", "n"], ["1", 5.25, datetime(2019, 5, 31), 3], [None] * 4, ["B", None, None, 4]]


def test_a_workbook_is_read_as_its_text_would_be(tmp_path):
    path = workbook(tmp_path / "trial.xlsx", BLUEs=ROWS, empty=[])
    table = text_table(path)
    assert table.ids == ["1", "B"]
    assert table.lines == [2, 4]
    assert table.columns == {"yield": ["5.25", ""], "sown": ["2019-05-31", ""], "n": ["3", "4"]}


def test_a_workbook_with_two_tables_is_refused_with_their_names(tmp_path):
    path = workbook(tmp_path / "trial.xlsx", one=ROWS, two=ROWS)
    with pytest.raises(UserError, match=r"2 sheets with content \(one, two\)"):
        text_table(path)
    damaged = tmp_path / "damaged.xlsx"
    damaged.write_bytes(path.read_bytes()[:500])
    with pytest.raises(UserError, match="the workbook cannot be read"):
        text_table(damaged)


def test_words_below_the_header_may_be_units(tmp_path):
    path = write(tmp_path, "id,a\n,t/ha\nx,1\n".replace("\n,", "\nunit,"))
    with pytest.raises(UserError, match="If the first row below the names holds units, remove it"):
        trait_values(read_phenotypes(path), "a", path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UserError, match="cannot be opened"):
        phenotype_header(tmp_path / "none.csv")


@pytest.mark.parametrize("cell", ["tall", "1,5,0", "1_0", "inf", "1 2", "0x1", "--"])
def test_text_in_a_trait_is_told_with_line_and_column(tmp_path, cell):
    path = write(tmp_path, f"id;a\nx;1\n\ny;{cell}\n")
    with pytest.raises(UserError) as caught:
        trait_values(read_phenotypes(path), "a", path)
    assert f"line 4, column a: '{cell}' is not a finite number" in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        ("lodged", "leave the column out of `traits`"),
        ('"lodged, rust"', "leave the column out of `traits`"),
        ('"1,5"', "with a decimal point"),
        ("inf", "Write NA for missing values"),
    ],
)
def test_what_to_do_about_a_cell_fits_the_cell(tmp_path, cell, remedy):
    path = write(tmp_path, f"id,a\nx,1\ny,{cell}\n")
    with pytest.raises(UserError, match=remedy) as caught:
        trait_values(read_phenotypes(path), "a", path)
    assert "allele" not in str(caught.value)


def test_wrong_names_are_told_with_those_there_are(tmp_path):
    path = write(tmp_path, TEXT)
    with pytest.raises(UserError, match=r"no column 'Id'.*Set `id_column` to one of: id, Höhe"):
        read_phenotypes(path, TableReading("Id"))
    with pytest.raises(UserError, match=r"no trait 'yeild'.*It has: Höhe"):
        trait_values(read_phenotypes(path), "yeild", path)
    with pytest.raises(UserError, match="no column 'family'"):
        sample_groups(["007"], path, group_column="family")


def test_traits_and_groups_are_joined_by_id_and_never_by_position(tmp_path):
    path = write(tmp_path, "g,id,y\nNA,c,3\nf1,x,9\nf2,a,1\n")
    options = {"reading": TableReading("id"), "group_column": "g"}
    phenotype, ids = join_trait(["a", "b", "c"], path, "y", **options)
    assert phenotype["sample"].tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(phenotype["value"], [1, np.nan, 3])
    assert phenotype["group"].isna().tolist() == [False, True, True]
    assert phenotype["group"][0] == "f2"
    assert ids == {
        "matched": 2,
        "with_value": 2,
        "genotypes_only": 1,
        "phenotypes_only": 1,
        "examples": "only in the genotypes: b; only in the phenotypes: x",
    }
    assert sample_groups(["x", "a"], path, **options).tolist() == ["f1", "f2"]
    assert sample_groups(["x", "a"], path, reading=TableReading("id")).isna().all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,y\nx,1\nz,2\n", "none of the 2 ids (x, z) is among the 3 genotyped lines (a, b, c)"),
        ("id,y\na,NA\nb,.\nx,2\n", "column y: none of the 2 lines with genotypes has a value"),
        (
            "id,y\na,4\nb,4\nx,2\n",
            "column y: the trait is constant: all 2 lines with genotypes have the value 4",
        ),
    ],
)
def test_traits_that_cannot_be_predicted_are_refused(tmp_path, content, message):
    with pytest.raises(UserError) as caught:
        join_trait(["a", "b", "c"], write(tmp_path, content), "y")
    assert message in str(caught.value)


def test_real_tables_are_read_whole(shared):
    folders = sorted(Path(shared, "data").glob("*/phenotypes.csv"))
    assert folders
    for path in folders:
        table = read_phenotypes(path)
        assert len(table) == len(path.read_text().splitlines()) - 1
        for trait in table:
            assert trait_values(table, trait, path).notna().any()


def test_covariates_are_numbers_or_factors_as_asked(tmp_path):
    path = write(tmp_path, "id,batch,age,yield\nb,2,3.5,1\na,1,NA,2\n")
    kinds = {"batch": "factor", "age": "number"}
    table, _ = join_trait(["a", "b", "c"], path, "yield", covariates=kinds)
    assert table["sample"].tolist() == ["a", "b", "c"]
    assert table["covariate batch"].tolist()[:2] == ["1", "2"]
    assert table["covariate batch"].isna().tolist() == [False, False, True]
    assert table["covariate age"].isna().tolist() == [True, False, True]
    assert table["covariate age"][1] == 3.5
    with pytest.raises(UserError, match=r"line 2.*'2x'"):
        about_samples(["b"], write(tmp_path, "id,age\nb,2x\n"), TableReading(), covariates={"age": "number"})


def test_ids_of_every_table_of_samples_are_folded_where_asked_for(tmp_path):
    path = write(tmp_path, "id,y\nL-1,1\nL-2,2\nL-3,4\n")
    beside = write(tmp_path, "id,family,age,sown\nl2,f2,7,2019\nl1,f1,NA,2018\n", "s.csv")
    reading = TableReading(ids="fold", samples_file=str(beside))
    samples = ["L_3", "L_2", "L_1"]
    options = {"group_column": "family", "reading": reading}
    phenotype, counts = join_trait(samples, path, "y", time_column="sown", **options)
    assert phenotype["value"].tolist() == [4, 2, 1]
    assert phenotype["group"].fillna("").tolist() == ["", "f2", "f1"]
    assert phenotype["time"].tolist()[1:] == [2019, 2018]
    assert (counts["matched"], counts["phenotypes_only"]) == (3, 0)
    covariates = about_samples(samples, path, reading, covariates={"age": "number", "family": "factor"})
    assert covariates["covariate age"]["L_2"] == 7
    assert sample_groups(samples, path, **options).fillna("").tolist() == ["", "f2", "f1"]
    rows = "L-1,A,1\nL-2,A,2\nL-3,A,4\nL-1,B,1\nL-2,B,3\nL-3,B,2\n"
    records = write(tmp_path, f"id,env,y\n{rows}", "long.csv")
    long, _ = phenotype_of_records(samples, records, "y", environment_column="env", **options)
    assert long["sample"].tolist() == ["L_1", "L_2", "L_3"] * 2
    assert long["group"].fillna("").tolist() == ["f1", "f2", ""] * 2


def test_a_sheet_is_read_by_its_name(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.active.title = "read me"
    workbook.active.append(["made in 2019"])
    sheet = workbook.create_sheet("Yield")
    for row in (["id", "y"], ["a", 1], ["b", 2]):
        sheet.append(row)
    workbook.save(tmp_path / "p.xlsx")
    reading = TableReading(sheet="Yield")
    assert read_phenotypes(tmp_path / "p.xlsx", reading)["y"].tolist() == ["1", "2"]
    with pytest.raises(UserError, match=r"no sheet 'yield'. Did you mean 'Yield'"):
        read_phenotypes(tmp_path / "p.xlsx", TableReading(sheet="yield"))


def test_no_population_is_stopped_for_a_code_that_is_none(shared):
    for path in sorted(Path(shared, "data").glob("*/phenotypes.csv")):
        table = read_phenotypes(path)
        for trait in table:
            assert coded_as_missing(trait_values(table, trait, path).tolist()) == [], (path, trait)
