"""Calls in letters: HapMap, tables of designations and markers, allele matrices of BrAPI."""

import gzip
import json

import pytest

from dnngp.base.errors import UserError
from dnngp.genotypes.file_formats import genotype_format, read_genotypes, sample_ids
from dnngp.genotypes.formats import hapmap
from dnngp.genotypes.parsing import letter_tables
from dnngp.genotypes.parsing.format import Reading

FIXED = [
    "rs#",
    "alleles",
    "chrom",
    "pos",
    "strand",
    "assembly#",
    "center",
    "protLSID",
    "assayLSID",
    "panelLSID",
]
FIXED.append("QCcode")


def write(tmp_path, content, name="g.txt"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def hapmap_text(*markers, samples=("s1", "s2", "Ä 3"), fixed=11):
    """Markers are ``(alleles, calls)`` at positions 10, 20, ..."""
    lines = [[*FIXED[:fixed], *samples]]
    for number, (alleles, calls) in enumerate(markers, start=1):
        head = [f"m{number}", alleles, "1H", str(10 * number), "+", *["NA"] * 6]
        lines.append([*head[:fixed], *calls.split()])
    return "".join("\t".join(line) + "\n" for line in lines)


def table_text(*rows, header="id,m1,m2"):
    return "\n".join([header, *rows]) + "\n"


# -- HapMap ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("alleles", "calls", "dosages"),
    [
        ("A/G", "A R G", [0, 1, 2]),
        ("A/G", "AA AG GG", [0, 1, 2]),
        ("A/G", "aa ga gg", [0, 1, 2]),
        ("G/A", "A R G", [2, 1, 0]),
        ("C/T", "Y N C", [1, -1, 0]),
        ("C/G", "S - C", [1, -1, 0]),
        ("A/T", "W 0 T", [1, -1, 2]),
        ("G/T", "K NN TT", [1, -1, 2]),
        ("A/C", "M -- CC", [1, -1, 2]),
        ("A/C", "A/C . C|C", [1, -1, 2]),
        ("A/C", "AN NA CC", [-1, -1, 2]),
        ("-/+", "- 0 +", [0, 1, 2]),
        ("+/-", "++ +- N", [0, 1, -1]),
        ("A/-", "A A- --", [0, 1, 2]),
        ("I/D", "II ID DD", [0, 1, 2]),
        ("C/CTT", "C/C C/CTT CTT/CTT", [0, 1, 2]),
        ("NA", "G R G", [0, 1, 0]),
        ("A", "A A N", [0, 0, -1]),
        ("A/N", "A A N", [0, 0, -1]),
        ("", "N N N", [-1, -1, -1]),
    ],
)
def test_hapmap_calls(tmp_path, alleles, calls, dosages):
    genotypes = read_genotypes(write(tmp_path, hapmap_text((alleles, calls))))
    assert genotypes.dosages.tolist() == [dosages]
    assert genotypes.variants[["chrom", "pos", "id"]].values.tolist() == [["1H", 10, "m1"]]


@pytest.mark.parametrize(
    "pack",
    [
        str.encode,
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: gzip.compress(text.encode(), mtime=0),
        lambda text: text.replace("\t", ",").encode(),
        lambda text: text.replace("rs#", "RS").replace("assembly#", "assembly").encode(),
        lambda text: text.rstrip("\n").encode(),
    ],
    ids=["plain", "CRLF", "BOM", "gzip", "commas", "other names", "no last line end"],
)
@pytest.mark.parametrize("fixed", [11, 4])
def test_every_way_to_write_a_hapmap_reads_the_same(tmp_path, monkeypatch, pack, fixed):
    monkeypatch.setattr(hapmap, "BLOCK_CALLS", 6)
    content = hapmap_text(("A/G", "A R G"), ("C/T", "CC NN TC"), ("NA", "T T A"), fixed=fixed)
    path = write(tmp_path, pack(content))
    genotypes = read_genotypes(path)
    assert genotype_format(path) == genotypes.source["format"] == "hapmap"
    assert genotypes.samples.tolist() == sample_ids(path) == ["s1", "s2", "Ä 3"]
    assert genotypes.dosages.tolist() == [[0, 1, 2], [0, -1, 1], [0, 0, 2]]
    assert genotypes.variants.values.tolist() == [
        ["1H", 10, "m1", "A", "G"],
        ["1H", 20, "m2", "C", "T"],
        ["1H", 30, "m3", "T", "A"],
    ]


@pytest.mark.parametrize(
    ("multiallelic", "alts", "dosages", "skipped"),
    [
        ("skip", ["G"], [[0, 1, 2]], [["m2", "3 alleles"]]),
        ("first", ["G", "C"], [[0, 1, 2], [1, -1, -1]], []),
        ("split", ["G", "C", "T"], [[0, 1, 2], [1, 1, 0], [0, 1, 2]], []),
    ],
)
def test_markers_of_three_alleles(tmp_path, multiallelic, alts, dosages, skipped):
    path = write(tmp_path, hapmap_text(("A/G", "A R G"), ("A/C/T", "M Y T")))
    genotypes = read_genotypes(path, Reading(multiallelic=multiallelic))
    assert genotypes.variants["alt"].tolist() == alts
    assert genotypes.dosages.tolist() == dosages
    assert genotypes.skipped.values.tolist() == skipped


@pytest.mark.parametrize(
    ("ploidy", "calls", "dosages"),
    [(1, "A G N", [0, 2, -1]), (4, "AAAG A/G/G/G GGGG", [1, 3, 4]), (6, "AAAAAG G NNNNNN", [1, 6, -1])],
)
def test_other_ploidies(tmp_path, ploidy, calls, dosages):
    if ploidy == 1:
        dosages = [0, 1, -1]
    genotypes = read_genotypes(write(tmp_path, hapmap_text(("A/G", calls))), Reading(ploidy=ploidy))
    assert genotypes.dosages.tolist() == [dosages]
    assert genotypes.ploidy == ploidy


@pytest.mark.parametrize(
    ("content", "ploidy", "message"),
    [
        (hapmap_text(("A/G", "A R C")), 2, "line 2, column Ä 3: the marker has alleles A/G, not C"),
        (hapmap_text(("A/G", "A R G"), ("C/T", "C R T")), 2, "line 3, column s2: the marker has alleles C/T"),
        (hapmap_text(("A/G", "A Q G")), 2, "line 2, column s2: 'Q' is no genotype: 'Q' is no base"),
        (hapmap_text(("A/G", "A V G")), 2, "line 2, column s2: 'V' is no genotype"),
        (hapmap_text(("A/G", "A RA G")), 2, "line 2, column s2: 'RA' is no genotype: 'R' is no base"),
        (hapmap_text(("A/G", "A AAG G")), 2, "line 2, column s2: the call 'AAG' has 3 alleles, not 2"),
        (hapmap_text(("A/G", "AAAA AG GGGG")), 4, "line 2, column s2: the call 'AG' has 2 alleles, not 4"),
        (hapmap_text(("A/G", "A R G")), 4, "line 2, column s2: 'R' does not say how many copies"),
        (hapmap_text(("A/X", "A A A")), 2, "line 2, column alleles: 'X' is no allele"),
        (hapmap_text(("A/G", "A R")), 2, "line 2: the line has 13 cells where the header has 14"),
        (hapmap_text(("A/G", "A R G G")), 2, "line 2: the line has 15 cells where the header has 14"),
        (hapmap_text(("A/G", "A R G")).replace("\t10\t", "\t1e3\t"), 2, "column pos: '1e3' is no position"),
        (hapmap_text(), 2, "no marker"),
        (hapmap_text(("A/C/G", "A A G")), 2, "no marker has two alleles or less"),
        (hapmap_text(("A/G", "A R G"), samples=("a", "b", "a")), 2, "line 1, column 14: the id 'a' is there"),
        (hapmap_text(("A/G", "A " + "G" * 300 + " A")), 2, "line 2, column s2: 'GGGG"),
    ],
)
def test_a_malformed_hapmap_is_told_with_line_and_column(tmp_path, content, ploidy, message):
    path = write(tmp_path, content)
    with pytest.raises(UserError) as caught:
        read_genotypes(path, Reading(ploidy=ploidy))
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_bad_calls_count_as_missing_where_asked(tmp_path):
    markers = [("A/G", "A R G")] * 30
    markers[2], markers[5] = ("A/G", "A T G"), ("A/G", "Z A G")
    for multiallelic in ("skip", "split"):
        genotypes = read_genotypes(
            write(tmp_path, hapmap_text(*markers)), Reading(strict=False, multiallelic=multiallelic)
        )
        assert genotypes.defects.values.tolist() == [
            [4, "s2", "m3", "the marker has alleles A/G, not T"],
            [7, "s1", "m6", "'Z' is no genotype: 'Z' is no base"],
        ]
        assert genotypes.dosages[[2, 5]].tolist() == [[0, -1, 2], [-1, 0, 2]]
        assert (genotypes.dosages < 0).sum() == 2


def test_most_calls_cannot_be_bad(tmp_path):
    with pytest.raises(UserError, match="2 of 3 cells are no genotypes"):
        read_genotypes(write(tmp_path, hapmap_text(("A/G", "Q Z G"))), Reading(strict=False))


# -- letters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "ref_alt", "dosages"),
    [
        (["L1,AA,CC", "L2,AT,CT", "L3,AA,NN"], ["AT", "CT"], [[0, 1, 0], [0, 1, -1]]),
        (["L1,A/A,C|C", "L2,A/T,T|C", "L3,A/A,--"], ["AT", "CT"], [[0, 1, 0], [0, 1, -1]]),
        (["L1,A,C", "L2,W,Y", "L3,A,N"], ["AT", "CT"], [[0, 1, 0], [0, 1, -1]]),
        (["L1,TT,GG", "L2,AA,GG", "L3,TT,GG"], ["TA", "G"], [[0, 2, 0], [0, 0, 0]]),
        (["L1,TT,AA", "L2,AA,CC", "L3,AT,AC"], ["AT", "AC"], [[2, 0, 1], [0, 2, 1]]),
        (["L1,++,AA", "L2,--,--", "L3,++,CC"], ["+-", "AC"], [[0, 2, 0], [0, -1, 2]]),
        (["L1,AA,AB", "L2,BB,AA", "L3,AA,-"], ["AB", "AB"], [[0, 2, 0], [1, 0, -1]]),
    ],
)
@pytest.mark.parametrize("block", [1, 10_000])
def test_alt_is_the_less_common_allele_and_the_later_of_equals(
    tmp_path, monkeypatch, rows, ref_alt, dosages, block
):
    monkeypatch.setattr(letter_tables, "BLOCK_CALLS", block)
    by_line = [row.split(",") for row in ["id,m1,m2", *rows]]
    by_marker = [list(row) for row in zip(*by_line, strict=True)]
    by_marker[0][0] = "marker"
    for cells in (by_line, by_marker):
        path = write(tmp_path, "\n".join(map(",".join, cells)) + "\n")
        genotypes = read_genotypes(path)
        assert genotype_format(path) == genotypes.source["format"] == "letters"
        assert genotypes.samples.tolist() == sample_ids(path) == ["L1", "L2", "L3"]
        assert (genotypes.variants["ref"] + genotypes.variants["alt"]).tolist() == ref_alt
        assert genotypes.dosages.tolist() == dosages


def test_alleles_that_the_table_names_decide(tmp_path):
    text = "marker,chrom,pos,ref,alt,L1,L2\nm1,1,5,T,A,AA,TA\nm2,1,6,NA,.,CC,CG\nm3,2,7,C,.,CC,CC\n"
    genotypes = read_genotypes(write(tmp_path, text))
    assert genotypes.variants.values.tolist() == [
        ["1", 5, "m1", "T", "A"],
        ["1", 6, "m2", "C", "G"],
        ["2", 7, "m3", "C", ""],
    ]
    assert genotypes.dosages.tolist() == [[2, 1], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("multiallelic", "dosages"),
    [("first", [[2, 1, -1, 0], [1, 0, 0, 0]]), ("split", [[2, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0]])],
)
def test_three_alleles_without_a_list_of_them(tmp_path, multiallelic, dosages):
    rows = ["L1,TT,AG", "L2,AT,AA", "L3,AG,AA", "L4,AA,AA"]
    genotypes = read_genotypes(write(tmp_path, table_text(*rows)), Reading(multiallelic=multiallelic))
    assert genotypes.dosages.tolist() == dosages
    assert read_genotypes(tmp_path / "g.txt").skipped.values.tolist() == [["m1", "3 alleles"]]


@pytest.mark.parametrize(
    ("content", "ploidy", "message"),
    [
        (table_text("L1,AA,AT", "L2,AQ,AT"), 2, "line 3, column m1: 'AQ' is no genotype: 'Q' is no base"),
        (table_text("L1,AA,CG", "L2,AB,CC"), 2, "line 3, column m1: 'AB' is no genotype: 'B' is no base"),
        (table_text("L1,AA,AT", "L2,AAT,AT"), 2, "line 3, column m1: the call 'AAT' has 3 alleles, not 2"),
        (table_text("L1,AA,AT", "L2,A/,AT"), 2, "line 3, column m1: 'A/' is no genotype"),
        (table_text("L1,AA,AT", "L2,1,AT"), 2, "line 3, column m1: '1' is no genotype"),
        (table_text("L1,AA,AT", "L2,AT"), 2, "line 3: the line has 2 cells where the header has 3"),
        (table_text("L1,AA,AT", "L1,AT,AA"), 2, "line 3: the id 'L1' is there twice"),
        (table_text("L1,AA,AT", "m1,AT,AA"), 2, "'m1' names a row and a column"),
        (
            table_text("L1,AAAA,AAAT", "L2,AATT,AT"),
            4,
            "line 3, column m2: the call 'AT' has 2 alleles, not 4",
        ),
        (
            table_text("m,1,5,A,T,AA,AG", header="marker,chrom,pos,ref,alt,L1,L2"),
            2,
            "line 2, column L2: the marker has alleles A/T, not G",
        ),
        (
            table_text("m,1,5,A,Q,AA,AG", header="marker,chrom,pos,ref,alt,L1,L2"),
            2,
            "line 2, column alt: 'Q' is no allele",
        ),
    ],
)
def test_malformed_letters_are_told_with_line_and_column(tmp_path, content, ploidy, message):
    path = write(tmp_path, content)
    with pytest.raises(UserError) as caught:
        read_genotypes(path, Reading(ploidy=ploidy))
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


# -- BrAPI -----------------------------------------------------------------------------------------------


def answer(matrix, **changes):
    """A saved answer for two call sets."""
    n = len(matrix)
    result = {
        "callSetDbIds": ["cs1", "cs2"],
        "variantDbIds": [f"v{i}" for i in range(n)],
        "dataMatrices": [{"dataMatrixAbbreviation": "GT", "dataType": "string", "dataMatrix": matrix}],
        "sepPhased": "|",
        "sepUnphased": "/",
        "unknownString": ".",
        "pagination": [
            {"dimension": "VARIANTS", "page": 0, "pageSize": 1000, "totalCount": n, "totalPages": 1},
            {"dimension": "CALLSETS", "page": 0, "pageSize": 1000, "totalCount": 2, "totalPages": 1},
        ],
    }
    return {"metadata": {}, "result": {**result, **changes}}


@pytest.mark.parametrize(
    ("matrix", "changes", "ploidy", "dosages"),
    [
        ([["0/0", "0/1"], ["1|1", "./."], ["0", "1"], [".", "1"]], {}, 2, [[0, 1], [2, -1], [0, 2], [-1, 2]]),
        ([["0", "1"], ["1", "-"]], {"unknownString": "-"}, 1, [[0, 1], [1, -1]]),
        ([["0:1", "1:1"]], {"sepUnphased": ":"}, 2, [[1, 2]]),
        ([["0|0|0|1", "1"]], {}, 4, [[1, 4]]),
        ([["AA", "A/T"], ["N", "C"]], {"unknownString": "N"}, 2, [[0, 1], [-1, 0]]),
    ],
)
def test_allele_matrices(tmp_path, matrix, changes, ploidy, dosages):
    text = json.dumps(answer(matrix, **changes))
    for content in (text.encode(), text.encode("utf-8-sig"), gzip.compress(text.encode(), mtime=0)):
        path = write(tmp_path, content)
        genotypes = read_genotypes(path, Reading(ploidy=ploidy))
        assert genotype_format(path) == genotypes.source["format"] == "brapi"
        assert genotypes.samples.tolist() == sample_ids(path) == ["cs1", "cs2"]
        assert genotypes.variants["id"].tolist() == [f"v{i}" for i in range(len(matrix))]
        assert genotypes.dosages.tolist() == dosages


@pytest.mark.parametrize(
    ("multiallelic", "dosages"),
    [("skip", [[0, 1]]), ("first", [[-1, 1], [0, 1]]), ("split", [[0, 1], [1, 0], [0, 1]])],
)
def test_allele_numbers_above_one(tmp_path, multiallelic, dosages):
    path = write(tmp_path, json.dumps(answer([["0/2", "0/1"], ["0/0", "0/1"]])))
    assert read_genotypes(path, Reading(multiallelic=multiallelic)).dosages.tolist() == dosages


GT = [["0/0", "0/1"], ["1/1", "0/0"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (json.dumps(answer(GT))[:-20], "the JSON is broken"),
        ("{" * 100_000, "the JSON is broken"),
        ('{"result": 3}', "`result.dataMatrices` is missing"),
        (json.dumps(answer(GT, callSetDbIds=["a", "a"])), "the id 'a' is there twice"),
        (json.dumps(answer(GT, callSetDbIds=["a", 3])), "`callSetDbIds` is not a list of texts"),
        (json.dumps(answer(GT, callSetDbIds=["a"])), "the file holds 1 of 2 call sets"),
        (json.dumps(answer(GT, variantDbIds=["a"])), "the file holds 1 of 2 variants (page 0 of 1)"),
        (json.dumps(answer(GT, variantDbIds=["a"], pagination=[])), "the matrix has 2 rows for 1 variants"),
        (json.dumps(answer([["0/0"], ["0/0", "0/0"]])), "row 1 of the matrix has 1 cells for 2 call sets"),
        (json.dumps(answer([["0/0", 1]])), "column dataMatrix[0][1]: 1 is no text"),
        (json.dumps(answer([["0/0", "0/x"]])), "'0/x' is no genotype"),
        (json.dumps(answer([["0/0", "0/-1"]])), "column dataMatrix[0][1] (v0, cs2): '0/-1' is no genotype"),
        (json.dumps(answer([["0/0", "0/0/1"]])), "the call '0/0/1' has 3 alleles, not 2"),
        (json.dumps(answer(GT, dataMatrices=[])), "there is not one matrix GT but nothing"),
        (json.dumps(answer(GT, dataMatrices=[{"dataMatrixAbbreviation": "DP"}])), "not one matrix GT but DP"),
        (json.dumps(answer(GT, sepPhased=1)), "`sepPhased` is not text"),
    ],
)
def test_a_malformed_allele_matrix_is_told(tmp_path, content, message):
    path = write(tmp_path, content)
    with pytest.raises(UserError) as caught:
        read_genotypes(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


# -- the format that is asked for ------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["plink1", "plink2", "hapmap", "brapi", "dosages", "vcf"])
def test_a_file_of_another_format_than_asked_for_is_refused(tmp_path, format):
    path = write(tmp_path, table_text("L1,AA,AT", "L2,AT,TT"))
    with pytest.raises(UserError):
        read_genotypes(path, Reading(format=format))
