"""Tables of numbers: ways to write one, ways to get one wrong, and what the numbers are taken for."""

import gzip
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from dnngp.base import files
from dnngp.base.delimited import text_table
from dnngp.base.errors import UserError
from dnngp.genotypes.file_formats import count_variants, read_genotypes, sample_ids
from dnngp.genotypes.parsing.format import Reading

TABLE = "id,m1,m 2,ü\nL1,0,1,2\n007,NA,0,1\n"


def write(tmp_path, content, name="g.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.rstrip("\n").encode(),
        TABLE.replace(",", "\t").encode(),
        TABLE.replace(",", ";").encode(),
        TABLE.replace("id,", ",").encode(),
        '"id","m1","m 2","ü"\n"L1",0,1,2\n"007",NA,0,1\n'.encode(),
        '"id","m1","m 2","ü"\n"L1","0","1","2"\n"007","NA","0","1"\n'.encode(),
        TABLE.replace("NA", "").encode(),
        TABLE.replace("NA", " . ").encode(),
        TABLE.replace("NA", "NaN").encode(),
        TABLE.replace("1,2", "1.0,2e0").encode(),
        TABLE.replace("\n", "\n\n").encode(),
        gzip.compress(TABLE.encode(), mtime=0),
        "marker\tL1\t007\nm1\t0\tNA\nm 2\t1\t0\nü\t2\t1\n".encode(),
    ],
)
def test_every_way_to_write_a_table_reads_the_same(tmp_path, content):
    path = write(tmp_path, content)
    genotypes = read_genotypes(path)
    assert genotypes.samples.tolist() == sample_ids(path) == ["L1", "007"]
    assert genotypes.variants["id"].tolist() == ["m1", "m 2", "ü"]
    assert genotypes.dosages.tolist() == [[0, -1], [1, 0], [2, 1]]
    assert genotypes.dosages.dtype == np.int8


def test_columns_that_describe_markers_are_read_as_such(tmp_path):
    text = "Marker,Chrom,Position,Ref,Alt,L1,L2\nm1,1A,100,A,G,0,2\nm2,,NA,C,CT,1,NA\n"
    genotypes = read_genotypes(write(tmp_path, text))
    assert genotypes.variants.values.tolist() == [["1A", 100, "m1", "A", "G"], ["", 0, "m2", "C", "CT"]]
    assert genotypes.samples.tolist() == ["L1", "L2"]
    assert genotypes.dosages.tolist() == [[0, 2], [1, -1]]


def test_positions_of_a_genetic_map_are_left_out(tmp_path, caplog):
    genotypes = read_genotypes(write(tmp_path, "marker,chrom,pos,L1,L2\nm1,1,0.5,0,1\nm2,1,7.25,2,1\n"))
    assert genotypes.variants["pos"].tolist() == [0, 0]
    assert "pos is not in bases and is left out" in caplog.text


@pytest.mark.parametrize(
    ("header", "rows", "samples"),
    [
        ("id,rs1,rs2", ["a", "b"], "rows"),
        ("id,a,b", ["rs1", "rs2"], "columns"),
        ("id,m1,m2", ["L8-1011"], "rows"),
        (",a,b", ["1_20345", "1_30345"], "columns"),
        ("x,SNP1,SNP2", ["a", "b", "c", "d", "e"], "rows"),
        ("snp,a,b", ["u", "v"], "columns"),
        ("line,a,b", list("uvwxyz"), "rows"),
        ("x,a,b", list("uvwxyz"), "columns"),
        ("x,a,b,c,d", ["u", "v"], "rows"),
    ],
)
def test_the_side_of_the_samples_is_found_and_said(tmp_path, caplog, header, rows, samples):
    caplog.set_level("INFO")
    width = header.count(",")
    lines = [",".join([row, *["0", "1", "2", "1"][:width]]) for row in rows]
    path = write(tmp_path, "\n".join([header, *lines]) + "\n")
    genotypes = read_genotypes(path)
    assert genotypes.samples.tolist() == (rows if samples == "rows" else header.split(",")[1:])
    assert sample_ids(path) == genotypes.samples.tolist()
    assert f"samples are the {samples}" in caplog.text
    for wanted in ("rows", "columns"):
        forced = read_genotypes(path, Reading(samples_in=wanted))
        assert forced.samples.tolist() == sample_ids(path, samples_in=wanted)
        expected = genotypes.dosages if wanted == samples else genotypes.dosages.T
        assert np.array_equal(forced.dosages, expected)


@pytest.mark.parametrize(
    ("cells", "ploidy", "expected", "found_ploidy"),
    [
        ("0,1,2,NA", 2, [0, 1, 2, -1], 2),
        ("-1,0,1,NA", 2, [0, 1, 2, -1], 2),
        ("0,0,1,NA", 2, [0, 0, 1, -1], 2),
        ("0,1,1,NA", 1, [0, 1, 1, -1], 1),
        ("4,0,3,1", 4, [4, 0, 3, 1], 4),
        ("-1,0,0.5,NA", 2, [-1, 0, 0.5, np.nan], None),
        ("1e-3,-12.5,3E7,nan", 2, [1e-3, -12.5, 3e7, np.nan], None),
        ("120,0,33,9999", 2, [120, 0, 33, 9999], None),
    ],
)
def test_dosages_are_told_from_features_by_their_values(tmp_path, cells, ploidy, expected, found_ploidy):
    genotypes = read_genotypes(write(tmp_path, f"id,a,b,c,d\nx,{cells}\n"), Reading(ploidy=ploidy))
    assert genotypes.ploidy == found_ploidy
    dtype = np.float32 if found_ploidy is None else np.int8
    np.testing.assert_array_equal(genotypes.dosages[:, 0], np.array(expected, dtype))
    assert genotypes.dosages.dtype == dtype


@pytest.mark.parametrize(
    ("cells", "format", "expected", "ploidy"),
    [
        ("0,0.25,2,NA", "auto", [0, 0.25, 2, np.nan], 2),
        ("0,0.25,2,NA", "features", [0, 0.25, 2, np.nan], None),
        ("-1,0.25,1,NA", "dosages", [0, 1.25, 2, np.nan], 2),
        ("0,1,2,NA", "features", [0, 1, 2, np.nan], None),
        ("0,1,9,NA", "features", [0, 1, 9, np.nan], None),
    ],
)
def test_real_dosages_keep_their_ploidy_and_the_configuration_overrules(
    tmp_path, cells, format, expected, ploidy
):
    genotypes = read_genotypes(write(tmp_path, f"id,a,b,c,d\nx,{cells}\n"), Reading(format=format))
    assert genotypes.ploidy == ploidy
    assert genotypes.dosages.dtype == np.float32
    np.testing.assert_array_equal(genotypes.dosages[:, 0], np.array(expected, np.float32))


def test_zero_and_one_under_ploidy_two_is_pointed_out(tmp_path, caplog):
    read_genotypes(write(tmp_path, "id,a,b\nx,0,1\ny,1,1\n"))
    assert "need `ploidy: 1`" in caplog.text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "id,a,b\nx,0,AA\n",
            "line 2, column b: 'AA' is not a finite number. Write genotypes as allele counts",
        ),
        (
            'id,a,b\nx,0,"0,5"\n',
            "line 2, column b: '0,5' is not a finite number. Write numbers with a decimal point",
        ),
        (
            "id;a;b\nx;0.5;0,5\n",
            "line 2: '0,5' has a decimal comma and '0.5' a decimal point",
        ),
        ("Our peas\nid,a,b\nx,0,1\n", "line 1: the first row has one cell only, 'Our peas'"),
        ("F1 L1 0 0 0 -9 A A C C T G\n", "line 1: the file is a PLINK .ped"),
        ("id,a,b\nx,0,1\ny,0,inf\n", "line 3, column b: 'inf' is not a finite number"),
        ("id,a,b\nx,0,1\ny,1e39,1\n", "line 3, column a: '1e39' is not a finite number"),
        ("id,a,b\nx,0,1\ny,1_0,1\n", "line 3, column a: '1_0' is not a finite number"),
        ("id,a,b\nx,0,1\ny,-,1\n", "line 3, column a: '-' is not a finite number"),
        ("id,a,b\nx,0,1\ny,1.2.3,1\n", "line 3, column a: '1.2.3' is not a finite number"),
        ("id,a,b\nx,0,1\ny,0,1,2\n", "line 3: the line has 4 cells where the header has 3"),
        ("id,a,b\nx,0,1\n\ny,0\n", "line 4: the line has 2 cells where the header has 3"),
        ("a,b\nx,0,1\n", "line 2: the line has 3 cells where the header has 2. The header lacks the name"),
        ("id,a,b\nx,0,1\nx,0,1\n", "line 3: the id 'x' is there twice (before in line 2)"),
        ("snp,a,a\nx,0,1\n", "line 1, column 3: the id 'a' is there twice (before in column 2)"),
        ("marker,chrom,pos,a,a\nx,1,1,0,1\n", "line 1, column 5: the id 'a' is there twice"),
        ("id,a,b\n,0,1\n", "line 2: the id is missing"),
        ("id,a,b\n", "the file has no lines"),
        ("L1,0,1,1\nL2,1,2,0\n", "line 1: the first line holds values, not names"),
        ("L1,AA,AT,AA\nL2,AA,AA,TT\n", "line 1: the first line holds values, not names"),
        ("\n\n", "the file has no lines"),
        ("id,a,\nx,0,1\n", "line 2, column 3: the column has no name"),
        ("id\nx\n", "line 1: the header has one column only"),
        ("id,a,b\nx,NA,.\n", "the table holds no values"),
        ("id,a,b\nx,0,-9\ny,1,2\n", "line 2, column b: -9 is PLINK's code of a missing call"),
        ("id,a,b\nx,0,-1\ny,1,2\n", "line 2, column b: -1 is no dosage of ploidy 2"),
        ("id,a,b\nx,0,4\ny,1,2\n", "line 2, column b: 4 is no dosage of ploidy 2"),
        ("id,a,b\nx,11,22\ny,12,22\n", "line 2, column a: 11 is no dosage of ploidy 2"),
        ("id,a,b\nx,0,22\ny,1,2\n", "line 2, column b: 22 is no dosage of ploidy 2"),
        ("id,a,b\nx,0,2.5\ny,1,2\n", "line 2, column b: 2.5 is no dosage of ploidy 2"),
        ("id,x,y\nx,0,1\ny,1,2\n", "'x' names a row and a column"),
        ("marker,chrom,pos,L1,L2\nm,1,ten,0,1\n", "line 2, column pos: 'ten' is no position"),
        ("marker,chrom,pos,L1,L2\nm,1,-10,0,1\n", "line 2, column pos: '-10' is no position"),
        (b"id,a,b\n\x81,0,1\n", "line 2: byte 1 of the line is not UTF-8"),
        ("id,a,b\nx,0,ü\n".encode("latin-1"), "line 2, column b: 'ü' is not a finite number"),
        (gzip.compress(TABLE.encode(), mtime=0)[:-5], "the compressed file is truncated"),
        (b"", "the file is empty"),
        ('id,a,b\n"x,0,1\n', "line 2: the quotes do not match"),
    ],
)
def test_a_malformed_table_is_told_with_line_and_column(tmp_path, content, message):
    path = write(tmp_path, content)
    with pytest.raises(UserError) as caught:
        read_genotypes(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


HAVE = "id;a;b;c\nÄ1;0,5;2;NA\ny;1;1,25;0\n"


@pytest.mark.parametrize(
    "content",
    [
        HAVE,
        HAVE.encode("cp1252"),
        "sep=;\n" + HAVE,
        HAVE.replace(",", ".").replace(";", " "),
        HAVE.replace("\n", "\r"),
        HAVE.replace("\n", ";;\n") + ";;;;;\n",
        HAVE.replace("NA", '" NA\n"'),
    ],
    ids=["semicolons", "Windows-1252", "sep=", "spaces", "CR alone", "empty ones", "break in quotes"],
)
def test_tables_as_people_have_them(tmp_path, content):
    path = write(tmp_path, content)
    genotypes = read_genotypes(path)
    assert genotypes.samples.tolist() == sample_ids(path) == ["Ä1", "y"]
    np.testing.assert_array_equal(genotypes.dosages.T, np.array([[0.5, 2, np.nan], [1, 1.25, 0]], np.float32))


@pytest.mark.parametrize("calls", [[0, 2, None], ["AA", "CC", None]])
def test_a_workbook_is_read_as_its_text_would_be(tmp_path, calls):
    book = openpyxl.Workbook()
    for row in (["id", "m1", "m2", "m3"], ["x", *calls], [], ["y", *calls[::-1]]):
        book.active.append(row)
    book.save(tmp_path / "g.xlsx")
    path = tmp_path / "g.xlsx"
    genotypes = read_genotypes(path)
    assert genotypes.samples.tolist() == sample_ids(path) == ["x", "y"]
    assert genotypes.dosages[0].tolist() == [0, -1]
    assert count_variants(path, 2) == 3


def test_bad_cells_count_as_missing_where_asked(tmp_path):
    names = [f"m{i}" for i in range(100)]
    rows = [["L1", *["0", "1"] * 50], ["L2", *["2", "1"] * 50]]
    rows[0][3], rows[1][5] = "x", "7"
    path = write(tmp_path, "\n".join(",".join(row) for row in [["id", *names], *rows]) + "\n")
    genotypes = read_genotypes(path, Reading(strict=False))
    assert genotypes.defects.values.tolist() == [
        [2, "m2", "m2", "'x' is not a finite number"],
        [3, "m4", "m4", "7 is no dosage of ploidy 2"],
    ]
    assert genotypes.dosages.dtype == np.int8
    assert [genotypes.dosages[2, 0], genotypes.dosages[4, 1], (genotypes.dosages < 0).sum()] == [-1, -1, 2]
    with pytest.raises(UserError, match="line 2, column m2"):
        read_genotypes(path)


def test_most_cells_cannot_be_bad(tmp_path):
    with pytest.raises(UserError, match="3 of 4 cells"):
        read_genotypes(write(tmp_path, "id,a,b\nx,u,v\ny,w,1\n"), Reading(strict=False, format="dosages"))


def test_real_numbers_are_those_python_reads(tmp_path):
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(size=500), 10.0 ** rng.uniform(-38, 38, 500)])
    texts = [
        form.format(value)
        for value, form in zip(values, np.tile(["{:.3f}", "{}", "{:.9e}", "{:.20f}"], 250), strict=True)
    ]
    path = write(
        tmp_path, ",".join(["id", *(f"f{j}" for j in range(1000))]) + "\nL1," + ",".join(texts) + "\n"
    )
    expected = np.array([float(text) for text in texts]).astype(np.float32)
    np.testing.assert_array_equal(read_genotypes(path).dosages[:, 0], expected)


def test_rows_of_whole_and_of_real_numbers_make_one_table(tmp_path):
    genotypes = read_genotypes(write(tmp_path, "id,a,b\nx,0,NA\ny,-3.5,120\n"))
    np.testing.assert_array_equal(genotypes.dosages.T, np.array([[0, np.nan], [-3.5, 120]], np.float32))


@pytest.mark.parametrize("ids", ["column", "index", "number"])
def test_parquet_is_the_same_table(tmp_path, ids):
    frame = pd.DataFrame({"m1": [0.0, np.nan, 2.0], "m2": [1, 2, 0]}, index=["a", "b", "ü"])
    if ids == "number":
        frame.index = [7, 8, 9]
    path = tmp_path / "g.parquet"
    (frame if ids == "index" else frame.rename_axis("id").reset_index()).to_parquet(path)
    genotypes = read_genotypes(path)
    assert genotypes.samples.tolist() == [str(name) for name in frame.index]
    assert genotypes.dosages.tolist() == [[0, -1, 2], [1, 2, 0]]
    assert sample_ids(path) is None
    lines = pd.DataFrame({"id": ["a", "b"], "m1": ["AA", "AT"], "m2": ["G/G", None]})
    lines.to_parquet(path)
    assert read_genotypes(path).dosages.tolist() == [[0, 1], [0, -1]]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"id": ["a", "a"], "m": [0, 1]}, "line 3: the id 'a' is there twice"),
        ({"id": ["a", "b"], "m": [0, np.inf]}, "line 3, column m: the number is not finite"),
        ({"id": ["a", "b"], "m": [0, -1], "n": [2, 1]}, "line 3, column m: -1 is no dosage"),
        ({"id": ["a", "b", "c"], "m": ["AA", "Q/Q", "AT"]}, "line 3, column m: 'Q/Q' is no genotype"),
        ({"id": ["a", "b"]}, "the table holds no values"),
        ({"id": ["a", "b"], "m": [b"x", b"y"]}, "column m: the column holds binary"),
    ],
)
def test_a_malformed_parquet_is_told(tmp_path, frame, message):
    path = tmp_path / "g.parquet"
    pd.DataFrame(frame).to_parquet(path)
    with pytest.raises(UserError) as caught:
        read_genotypes(path)
    assert message in str(caught.value)


def test_a_truncated_parquet_is_told(tmp_path):
    path = tmp_path / "g.parquet"
    pd.DataFrame({"id": ["a", "b"], "m": [0, 1]}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UserError, match="the parquet file cannot be read"):
        read_genotypes(path)


@pytest.mark.parametrize("name", ["wheat_cimmyt599", "wheat_cimmyt_htp776"])
def test_real_tables_equal_pandas(shared, name):
    path = Path(shared, "data", name, "genotypes.csv.gz")
    genotypes = read_genotypes(path)
    expected = pd.read_csv(path, index_col=0, dtype={0: str})
    assert genotypes.samples.tolist() == expected.index.astype(str).tolist()
    assert genotypes.variants["id"].tolist() == expected.columns.tolist()
    np.testing.assert_array_equal(genotypes.dosages.T, expected.to_numpy(genotypes.dosages.dtype))
    assert genotypes.is_dosage == (name == "wheat_cimmyt599")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("id,a,b\nx,0," + "1" * (1 << 21), 2),
        ("id," + ",".join(f"m{k}" for k in range(300_000)) + "\nx,0\n", 1),
        ('id,a,b\n"x,0,1\n' + "y,0,1\n" * 300_000, 2),
    ],
    ids=["a cell", "the header", "quotes that never end"],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_line_has_a_limit_that_can_be_set(tmp_path, monkeypatch, content, line, pack):
    monkeypatch.setattr(files, "LONGEST_LINE", 1 << 20)
    path = write(tmp_path, pack(content.encode()))
    message = f"line {line}: the line is longer than 1 MiB. .* DNNGP_LONGEST_LINE to more MiB"
    for read in (read_genotypes, text_table):
        with pytest.raises(UserError, match=message):
            read(path)
