"""Covariates as fixed effects."""

import numpy as np
import pandas as pd
import pytest

from dnngp.base.tables import write_table
from dnngp.encodings.samples.covariates import FixedEffects, read_covariates


def test_covariates_are_read_from_beside_a_trait_whatever_they_are_called(tmp_path):
    table = pd.DataFrame(
        {
            "sample": ["007", "NA "],
            "value": [1.5, 2.5],
            "covariate value": ["01", None],
            "covariate age": [3.0, np.nan],
            "covariate not asked for": [1, 2],
        }
    )
    write_table(table, tmp_path / "phenotype.tsv")
    read = read_covariates(tmp_path / "phenotype.tsv", {"value": "factor", "age": "number"})
    assert read.index.tolist() == ["007", "NA "]
    assert read.columns.tolist() == ["value", "age"]
    assert read["value"].tolist()[0] == "01"
    assert read.isna().to_numpy().tolist() == [[False, False], [True, True]]
    assert read_covariates(tmp_path / "phenotype.tsv", {}) is None


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


@pytest.mark.parametrize("value", [0.1, 500.0, np.nan])
def test_a_number_that_never_varied_says_nothing_of_another(value):
    """0.1 thirty times has a mean that is not 0.1, and a standard deviation of 1e-17."""
    coder = FixedEffects().fit(pd.DataFrame({"rain": [value] * 30}))
    np.testing.assert_array_equal(coder.transform(pd.DataFrame({"rain": [value, 800.0]})), 0)


def test_constant_covariates_and_none_at_all():
    table = pd.DataFrame({"one": ["x", "x"], "two": [4.0, 4.0]})
    np.testing.assert_array_equal(FixedEffects().fit(table).transform(table), np.zeros((2, 1)))
    assert FixedEffects().fit(table[[]]).transform(table[[]]).shape == (2, 0)
