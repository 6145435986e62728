"""Ids of two files that mean the same sample are brought together where asked for, and else asked about."""

import pytest

from dnngp.base.errors import UserError
from dnngp.genotypes.id_folding import FOLDINGS, folded, folding, id_doubt, loss_problem

NUMBERS = range(11, 31)


def ids(text):
    return [text.format(n=n) for n in NUMBERS]


@pytest.mark.parametrize(
    ("one", "other", "name", "words"),
    [
        ("Line {n}", "line {n}", "case", "upper and lower case"),
        ("Zu\u0308chter {n}", "Z\u00fcchter {n}", "characters", "forms of characters"),
        ("L\u00a0{n}", "L {n}", "characters", "spaces"),
        ("DH-{n}", "DH_{n}", "separators", "dashes and underscores"),
        ("0{n}", "{n}", "zeros", "leading zeros"),
        ("{n}.0", "{n}", "decimals", "decimals of whole numbers"),
        ("bam/L{n}.sorted.bam", "L{n}", "files", "endings of files"),
        ("L{n}:C08L7ACXX:1:A01", "L{n}", "colon", "TASSEL"),
        ("X{n}", "{n}", "x", "the X that R puts"),
        ("L{n}_L{n}", "L{n}", "twice", "PLINK wrote twice"),
        ("F1_L_{n}", "L_{n}", "family", "the family that PLINK wrote"),
        ("X{n}.B", "{n}-b", "fold", "several of such differences"),
        ("A {n}", "B {n}", "number", "by the last number"),
    ],
)
def test_what_brings_ids_together(one, other, name, words):
    for left, right in ((ids(one), ids(other)), (ids(other), ids(one))):
        found = folding([*left, "both"], [*right, "both", "alone"])
        assert (found.folding.name, len(found.pairs), found.ambiguous) == (name, len(left), [])
        assert words in found.folding.words
        assert found.pairs[0] == (left[0], right[0])
        assert folded([*left, "both", "absent"], [*right, "both"], name) == [*right, "both", "absent"]
        assert folded(left, right, "exact") == folded(left, right, "ask") == left


def test_ids_that_have_nothing_in_common():
    assert folding(["a", "b"], ["c", "d"]) is None
    assert id_doubt(["a", "b"], ["a", "d"]) is None


def test_plots_and_years_are_no_spelling():
    """1-11 is not 11-1, nor is the plot 7 of 2019 that of 2020."""
    assert folding(["A1-11", "2019_007"], ["A11-1", "2020_007"]).folding.loose
    assert folding(["A1-11"], ["A111"]) is None


@pytest.mark.parametrize(
    ("phenotyped", "genotyped"), [(["L1", "l1"], ["L1"]), (["l1"], ["L1", "L 1", "L-1"])]
)
def test_two_ids_never_become_one(phenotyped, genotyped):
    with pytest.raises(UserError, match="makes one id of"):
        folded(phenotyped, genotyped, "fold")
    assert folded(phenotyped, genotyped, "exact") == phenotyped


def test_a_loss_is_asked_about_with_counts_examples_and_the_line_to_write():
    text = loss_problem([*ids("line {n}"), "a", "b"], [*ids("Line {n}"), "a"])
    assert "1 of 22 phenotyped samples have genotypes; 20 more would match upper and lower case apart" in text
    assert "'line 11' for 'Line 11' and 'line 12' for 'Line 12'" in text
    assert "`ids: case`" in text
    assert "`ids: exact`" in text
    assert loss_problem([*ids("L{n}"), "x"], [*ids("L{n}"), "X"]) is None  # less than a tenth
    assert loss_problem(ids("A {n}"), ids("B {n}")) is None  # by their numbers alone


def test_what_looks_the_same_is_written_by_its_codes():
    text = id_doubt(["Zu\u0308chter 1"], ["Z\u00fcchter 1"])
    assert r"'Zu\u0308chter 1' for 'Z\xfcchter 1'" in text


def test_ids_that_would_be_one_are_named_in_the_question():
    text = loss_problem([*ids("l-{n}"), "l 11"], ids("L{n}"))
    assert "Write the ids alike in both files" in text
    assert "'l-11' and 'l 11' would be one" in text


def test_every_way_has_a_name_to_write():
    assert all(way.words and name == way.name for name, way in FOLDINGS.items())
