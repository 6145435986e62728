"""Codes for missing values and lost decimal points are told from measurements."""

import numpy as np
import pytest

from dnngp.base.suspects import coded_as_missing, ends_of_observation, single_outliers


def normal(n=100, seed=1):
    return np.random.default_rng(seed).normal(50, 10, n).tolist()


@pytest.mark.parametrize("code", [-9, -99, -999, 0, 999, 9999])
def test_a_code_that_repeats_far_from_all_others_is_found(code):
    assert coded_as_missing([*normal(), code, float("nan"), code]) == [code]


def test_other_numbers_must_repeat_more_often():
    assert coded_as_missing([*normal(), 777, 777]) == []
    assert coded_as_missing([*normal(), 777, 777, 777]) == [777]


def test_two_codes_in_one_trait_do_not_hide_each_other():
    assert coded_as_missing([*normal(), *[-99] * 5, *[-999] * 4]) == [-99, -999]


def test_even_where_a_third_of_the_values_is_missing():
    assert coded_as_missing([*normal(), *[-9] * 50]) == [-9]


def test_a_lost_decimal_point_is_a_single_outlier():
    values = normal()
    values[7] = 5402.0
    assert single_outliers(values) == [7]
    assert coded_as_missing(values) == []
    assert single_outliers(normal()) == []


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.lognormal(0, 1, n),
        lambda rng, n: np.round(rng.lognormal(2, 1, n)),
        lambda rng, n: rng.poisson(3, n),
        lambda rng, n: np.where(rng.random(n) < 0.4, 0, rng.gamma(2, 2, n)),
        lambda rng, n: rng.integers(1, 10, n),
        lambda rng, n: rng.binomial(1, 0.1, n),
    ],
    ids=["lognormal", "rounded", "counts", "many zeros", "scores", "binary"],
)
def test_skewed_traits_scores_and_counts_are_measurements(draw):
    rng = np.random.default_rng(5)
    for _ in range(100):
        values = draw(rng, int(rng.integers(50, 300))).astype(float).tolist()
        assert coded_as_missing(values) == []

    draws = (draw(rng, int(rng.integers(50, 300))).astype(float).tolist() for _ in range(300))
    assert sum(map(bool, map(single_outliers, draws))) <= 5


def test_where_a_trial_ended_is_no_code():
    """Days to flowering: 24 of 153 accessions had not flowered after 200 days."""
    values = [*np.random.default_rng(1).normal(35, 6, 129), *[200.0] * 24]
    assert ends_of_observation(values) == []  # more than three times as large as all others
    late = [*values, 62.0, 80.0]
    assert (coded_as_missing(late), ends_of_observation(late)) == ([], [200])
    assert ends_of_observation([*normal(), *[-9] * 5, *[999] * 3]) == []


def test_the_tail_of_a_skewed_trait_is_no_lost_decimal_point():
    tail = [*np.linspace(0.01, 1, 80), 2.0, 3.0, 5.0, 9.0, 14.0, 21.0]
    assert single_outliers(tail) == []
    assert single_outliers([*tail, 5402.0]) == [len(tail)]


def test_many_values_are_looked_through_at_once():
    values = np.random.default_rng(1).normal(size=200_000).tolist()
    assert single_outliers([*values, 1e6]) == [200_000]
    assert coded_as_missing(values) == []


def test_few_values_say_nothing():
    assert coded_as_missing([1.0, 2.0, 3.0, -9.0, -9.0]) == []
