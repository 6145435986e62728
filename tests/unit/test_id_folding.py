"""Ids that mean the same line and are not the same text."""

import pytest

from dnngp.genotypes.id_folding import folding


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (["a\u00a0b", "c"], ["a b", "d"], "spaces and forms"),
        (["IR64", "N22"], ["ir64", "n22"], "upper and lower case"),
        (["IR-64", "N 22"], ["IR64", "n_22"], "dashes and underscores"),
        (["L01", "L02"], ["L1", "L2"], "leading zeros"),
        (["a_a", "b_b"], ["a", "b"], "PLINK wrote twice"),
        (["plot_001", "plot_002"], ["1", "2"], "last number"),
    ],
)
def test_the_mildest_way_that_brings_most_together(one, other, words):
    way = folding([*one, "same"], [*other, "same"])
    assert words in way.words
    assert way.matched == sum(1 for _ in zip(one, other, strict=True)) - (words == "spaces and forms")


def test_nothing_is_brought_together_that_would_be_two_lines():
    assert folding(["a", "A"], ["á"]) is None
    assert folding(["a_1", "b_1"], ["x", "y"]) is None
    assert folding(["same"], ["same"]) is None
