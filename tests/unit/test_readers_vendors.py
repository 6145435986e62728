"""Codes and layouts of vendors and programs: read as they are meant, or the message says what they are."""

import numpy as np
import pytest

from dnngp.base.errors import UserError
from dnngp.genotypes.file_formats import genotype_format, read_genotypes, sample_ids
from dnngp.genotypes.parsing.format import Reading

STARS = "*,*,*,plate,plate,plate\n*,*,*,1,1,1\n"
SNP = "AlleleID,SNP,CallRate,L1,L2,L3\n"


def write(folder, text, name="g.csv"):
    path = folder / name
    path.write_text(text)
    return path


def dosages(path, **reading):
    return read_genotypes(path, Reading(**reading)).dosages.tolist()


def test_dart_in_one_row(tmp_path):
    path = write(tmp_path, STARS + SNP + "7|F|0-20:A>C-20:A>C,20:A>C,1,0,1,2\n8|F|0--9:G>T,,1,-,2,0\n")
    genotypes = read_genotypes(path)
    assert genotype_format(path) == genotypes.source["format"] == "dart"
    assert sample_ids(path) == genotypes.samples.tolist() == ["L1", "L2", "L3"]
    assert genotypes.dosages.tolist() == [[0, 2, 1], [-1, 1, 0]]
    assert genotypes.variants[["ref", "alt"]].values.tolist() == [["A", "C"], ["G", "T"]]


def test_dart_in_two_rows(tmp_path):
    rows = "7|F|0,,1,1,0,1\n7|F|0-20:A>C,20:A>C,1,0,1,1\n8|F|0,,1,0,-,1\n8|F|0-9:G>T,9:G>T,1,0,1,0\n"
    path = write(tmp_path, STARS + SNP + rows)
    genotypes = read_genotypes(path)
    assert genotypes.dosages.tolist() == [[0, 2, 1], [-1, -1, 0]]
    assert genotypes.variants["id"].tolist() == ["7|F|0-20:A>C", "8|F|0-9:G>T"]


def test_dart_of_presence_and_absence(tmp_path):
    path = write(tmp_path, "*,*,a,b,c\nCloneID,CallRate,L1,L2,L3\n7,1,0,1,-\n8,1,1,1,0\n")
    assert dosages(path) == [[0, 2, -1], [2, 2, 0]]


def test_darts_names_without_its_rows_of_asterisks_are_asked_about(tmp_path):
    path = write(tmp_path, "AlleleID,L1,L2,L3\n7|F|0-20:A>C-20:A>C,0,1,2\n")
    for ask in (read_genotypes, sample_ids):
        with pytest.raises(UserError, match=r"`format: dart`.*`format: dosages`"):
            ask(path)
    assert dosages(path, format="dart") == [[0, 2, 1]]
    assert dosages(path, format="dosages", samples_in="columns") == [[0, 1, 2]]


def test_another_code_in_a_dart_report_is_refused(tmp_path):
    path = write(tmp_path, STARS + SNP + "7,,1,0,1,3\n")
    with pytest.raises(UserError, match="line 4, column L3: '3' is no code of DArT"):
        read_genotypes(path)


def test_plink_raw(tmp_path):
    text = "FID IID PAT MAT SEX PHENOTYPE m_1_G m_1_HET m2_T\nF1 L1 0 0 0 -9 0 0 NA\nF2 L2 0 0 0 -9 2 0 1\n"
    path = write(tmp_path, text, "g.raw")
    genotypes = read_genotypes(path)
    assert genotype_format(path) == "plink_raw"
    assert sample_ids(path) == genotypes.samples.tolist() == ["L1", "L2"]
    assert genotypes.dosages.tolist() == [[0, 2], [-1, 1]]
    assert genotypes.variants[["id", "alt"]].values.tolist() == [["m_1", "G"], ["m2", "T"]]
    with pytest.raises(UserError, match="line 2, column m2_T: '3' is no count"):
        read_genotypes(write(tmp_path, text.replace("NA", "3"), "g.raw"))


@pytest.mark.parametrize("separator", [":", "/", "|"])
def test_letters_with_every_separator(tmp_path, separator):
    text = "id,m1,m2\nL1,A-A,C-T\nL2,A-G,T-T\nL3,A-A,Uncallable\n".replace("-", separator)
    assert dosages(write(tmp_path, text)) == [[0, 1, 0], [1, 0, -1]]


def test_letters_with_a_comma_in_quotes(tmp_path):
    assert dosages(write(tmp_path, 'id,m1\nL1,"A,A"\nL2,"A,G"\nL3,"A,A"\n')) == [[0, 1, 0]]


def test_calls_by_number_in_a_table(tmp_path):
    text = "id,m1,m2\nL1,0/0,1|1\nL2,0/1,./.\nL3,1/1,0/0\n"
    assert genotype_format(write(tmp_path, text)) == "letters"
    assert dosages(tmp_path / "g.csv") == [[0, 1, 2], [2, -1, 0]]
    with pytest.raises(UserError, match="alleles are called 1 and 2"):
        read_genotypes(write(tmp_path, "id,m1\nL1,1/1\nL2,1/2\nL3,0/0\n"))


def test_illuminas_no_call_among_a_and_b(tmp_path):
    assert dosages(write(tmp_path, "id,m1\nL1,AA\nL2,NC\nL3,AB\nL4,AA\n")) == [[0, -1, 1, 0]]


def test_hapmap_that_went_through_r(tmp_path):
    head = "rs.\talleles\tchrom\tpos\tstrand\tassembly.\tcenter\tprotLSID\tassayLSID\tpanelLSID\tQCcode"
    path = write(tmp_path, f"{head}\tX1\tX2\nm\tA/G\t1\t5\t+" + "\tNA" * 6 + "\tAA\tAG\n")
    assert genotype_format(path) == "hapmap"
    assert sample_ids(path) == ["X1", "X2"]
    assert dosages(path) == [[0, 1]]


def test_shares_of_alleles_become_copies(tmp_path, caplog):
    path = write(tmp_path, "id,m1,m2\nL1,0,1\nL2,0.5,NA\nL3,1,0\n")
    genotypes = read_genotypes(path)
    assert genotypes.dosages.dtype == np.int8
    assert genotypes.dosages.tolist() == [[0, 1, 2], [2, -1, 0]]
    assert "shares of the alleles, as TASSEL writes them" in genotypes.warnings[0]
    assert genotypes.warnings[0] in caplog.text
    assert dosages(path, format="dosages") == [[0, 0.5, 1], [1, pytest.approx(np.nan, nan_ok=True), 0]]


def test_a_rare_minus_one_may_be_a_missing_call(tmp_path):
    rng = np.random.default_rng(1)
    presence = rng.integers(0, 2, (40, 30))
    presence[rng.random((40, 30)) < 0.03] = -1
    inbred = 2 * rng.integers(0, 2, (40, 30)) - 1
    inbred[rng.random((40, 30)) < 0.03] = 0
    for values, refused in ((presence, True), (inbred, False)):
        rows = [f"L{i}," + ",".join(map(str, row)) for i, row in enumerate(values)]
        path = write(tmp_path, "\n".join(["id," + ",".join(f"m{i}" for i in range(30)), *rows]) + "\n")
        if refused:
            with pytest.raises(UserError, match="it may mean a missing call"):
                read_genotypes(path)
        assert np.array_equal(dosages(path, format="dosages"), values.T + 1)
    assert np.array_equal(dosages(path), inbred.T + 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "pointer of git-lfs"),
        ("<!DOCTYPE html>\n<html>,,</html>\n", "a web page"),
        ("<Numeric>\n<Marker>\tm1\nL1\t0.5\n", "TASSEL's numeric genotype"),
        ("[Header]\nGSGT Version\t2.0\n", "FinalReport"),
        ("#%array_type=Axiom\nprobeset_id\tL1\n", "Axiom"),
        ("012901290129012901290129\n012901290129012901290129\n", "EIGENSTRAT"),
        ("F1 L1 0 0 0 -9 A A C C\n", "plink --make-bed"),
    ],
)
def test_files_of_other_kinds_are_named(tmp_path, text, message):
    with pytest.raises(UserError, match=message) as caught:
        read_genotypes(write(tmp_path, text))
    assert "g.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chrom,L1,L2\n1,0,1\n1,2,0\n", "there is no column of marker names"),
        ("marker,L1,L2,Chrom,Position\na,0,1,1,5\nb,2,0,1,9\n", "'Chrom' describes markers"),
    ],
)
def test_columns_that_describe_markers_are_neither_ids_nor_samples(tmp_path, text, message):
    for ask in (read_genotypes, sample_ids):
        with pytest.raises(UserError, match=message):
            ask(write(tmp_path, text))


@pytest.mark.parametrize(
    "head",
    ["CHROM,POS,REF,ALT", "Chromosome,Position,ID,REF,ALT", "chr,bp,cM,strand,ref,alt", "pos,chrom,SNP"],
)
def test_markers_by_place(tmp_path, head):
    names = head.split(",")
    cells = {"CHROM": "1", "chr": "1", "chrom": "1", "Chromosome": "1", "POS": "7", "bp": "7", "pos": "7"}
    cells |= {"Position": "7", "REF": "A", "ref": "A", "ALT": "C", "alt": "C", "ID": "rs1", "SNP": "rs1"}
    path = write(tmp_path, f"{head},L1,L2\n{','.join(cells.get(name, '0') for name in names)},0,2\n")
    genotypes = read_genotypes(path)
    assert sample_ids(path) == genotypes.samples.tolist() == ["L1", "L2"]
    variant = genotypes.variants.iloc[0]
    assert (variant["chrom"], variant["pos"]) == ("1", 7)
    assert variant["id"] == ("rs1" if {"ID", "SNP"} & set(names) else "")
