"""Covariates as fixed effects."""

import numpy as np
import pandas as pd

from dnngp.covariates import FixedEffects


def test_numbers_are_standardised_and_other_values_get_columns():
    table = pd.DataFrame({"age": [1.0, 2.0, 3.0, np.nan], "sex": ["m", "f", "f", None]})
    coder = FixedEffects().fit(table)
    assert coder.names_ == ["age", "sex=m"]
    design = coder.transform(table)
    np.testing.assert_allclose(design[:, 0], np.array([-1, 0, 1, 0]) / np.sqrt(2 / 3))
    np.testing.assert_allclose(design[:, 1], [2 / 3, -1 / 3, -1 / 3, 0])


def test_values_that_no_training_line_has_count_as_the_mean():
    train = pd.DataFrame({"batch": ["a", "a", "b", "c"]})
    coder = FixedEffects().fit(train)
    np.testing.assert_array_equal(coder.transform(pd.DataFrame({"batch": ["d", None]})), 0)


def test_test_lines_change_nothing():
    train = pd.DataFrame({"batch": ["a", "b"], "age": [1.0, 3.0]})
    one = FixedEffects().fit(train).transform(train)
    everyone = pd.concat([train, pd.DataFrame({"batch": ["z"], "age": [900.0]})])
    np.testing.assert_array_equal(FixedEffects().fit(train).transform(everyone)[:2], one)


def test_constant_covariates_and_none_at_all():
    table = pd.DataFrame({"one": ["x", "x"], "two": [4.0, 4.0]})
    np.testing.assert_array_equal(FixedEffects().fit(table).transform(table), np.zeros((2, 1)))
    assert FixedEffects().fit(table[[]]).transform(table[[]]).shape == (2, 0)
