"""Ids of two files that mean the same sample are brought together, and how is said."""

import pytest

from dnngp.genotypes.id_folding import folding


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("Line {n}", "line {n}", "upper and lower case"),
        ("Zu\u0308chter {n}", "Z\u00fcchter {n}", "forms of characters"),
        ("L\u00a0{n}", "L {n}", "spaces"),
        ("DH-{n}", "DH_{n}", "dashes and underscores"),
        ("0{n}", "{n}", "leading zeros"),
        ("{n}.0", "{n}", "decimals of whole numbers"),
        ("bam/L{n}.sorted.bam", "L{n}", "endings of files"),
        ("L{n}:C08L7ACXX:1:A01", "L{n}", "TASSEL"),
        ("X{n}", "{n}", "the X that R puts"),
        ("L{n}_L{n}", "L{n}", "PLINK wrote twice"),
    ],
)
def test_what_brings_ids_together(one, other, words):
    numbers = range(11, 31)
    left, right = ([text.format(n=n) for n in numbers] for text in (one, other))
    found = folding([*left, "both"], [*right, "both", "alone"])
    assert words in found.words
    assert found.matched == len(left)
    assert found.examples[0] == (left[0], right[0])


def test_ids_that_have_nothing_in_common():
    assert folding(["a", "b"], ["c", "d"]) is None
