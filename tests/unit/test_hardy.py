"""The exact test for Hardy-Weinberg proportions against sums over all arrangements."""

from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from dnngp.genotypes.hardy_weinberg import hardy_weinberg_p


def by_definition(n, heterozygous, alleles):
    """P-value from the probabilities themselves, in whole numbers (Wigginton et al. 2005, equation 1)."""
    weights = {}
    for het in range(alleles % 2, min(alleles, 2 * n - alleles) + 1, 2):
        a, b = (alleles - het) // 2, (2 * n - alleles - het) // 2
        weights[het] = Fraction(2**het, factorial(a) * factorial(het) * factorial(b))
    observed = weights[heterozygous]
    return float(sum(w for w in weights.values() if w <= observed) / sum(weights.values()))


@st.composite
def genotype_counts(draw):
    calls = [draw(st.integers(0, 40)) for _ in range(3)]
    return sum(calls), calls[1], calls[1] + 2 * calls[2]


@settings(max_examples=200, deadline=None)
@given(st.lists(genotype_counts(), min_size=1, max_size=5))
def test_p_values_are_those_of_the_definition(variants):
    found = hardy_weinberg_p(*np.array(variants).T)
    np.testing.assert_allclose(found, [by_definition(*variant) for variant in variants], rtol=1e-10)


@given(genotype_counts())
@settings(deadline=None)
def test_it_does_not_matter_which_allele_is_counted(variant):
    n, heterozygous, alleles = variant
    one, other = hardy_weinberg_p([n, n], [heterozygous] * 2, [alleles, 2 * n - alleles])
    assert one == other


def test_three_calls_by_hand():
    """Two minor alleles among three calls: 3 arrangements without a heterozygote, 12 with two."""
    np.testing.assert_allclose(hardy_weinberg_p([3, 3], [0, 2], [2, 2]), [3 / 15, 1])


def test_no_variation_and_no_calls():
    assert hardy_weinberg_p([0, 10, 10], [0, 0, 0], [0, 0, 20]).tolist() == [1, 1, 1]


def test_many_samples_without_heterozygotes_stay_in_range():
    small, smaller = hardy_weinberg_p([300, 100_000], [0, 0], [300, 100_000])
    assert 0 < small < 1e-80
    assert smaller == 0


def test_one_million_samples_agree_with_the_chi_square_test():
    """Far from small counts both tests are the same."""
    n, q = 1_000_000, 0.3
    heterozygous = int(2 * q * (1 - q) * n) + 1000
    alleles = int(2 * n * q)
    alleles += (alleles - heterozygous) % 2
    z = (heterozygous - 2 * q * (1 - q) * n) / (2 * q * (1 - q) * n**0.5)
    assert hardy_weinberg_p([n], [heterozygous], [alleles])[0] == pytest.approx(2 * norm.sf(abs(z)), rel=0.02)


@pytest.mark.parametrize(("heterozygous", "alleles"), [(1, 2), (3, 1), (5, 20), (-2, 2)])
def test_impossible_counts_are_refused(heterozygous, alleles):
    with pytest.raises(ValueError, match="contradict"):
        hardy_weinberg_p([10], [heterozygous], [alleles])
