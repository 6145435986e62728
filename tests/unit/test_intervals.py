"""Intervals from held-out errors: the conformal quantile, and no look at a fold's own phenotypes."""

import math

import numpy as np
import pandas as pd
import pytest

from dnngp.validation.intervals import coverage, half_width, held_out_intervals, with_intervals


def test_the_half_width_is_the_conformal_quantile():
    errors = np.array([-4, 1, 2, -3, 5, 6, 7, 8, 9.0])
    assert half_width(errors, 0.5) == 5
    assert half_width(errors, 0.9) == 9
    assert half_width(np.append(errors, np.nan), 0.9) == 9


def test_too_few_errors_promise_nothing():
    assert half_width(np.ones(8), 0.9) == math.inf
    assert half_width(np.ones(9), 0.9) == 1
    assert half_width(np.empty(0), 0.9) == math.inf


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_exchangeable_errors_are_covered_at_the_level(level):
    """The share of new errors within the half-width has the mean ceil((k + 1) level) / (k + 1)."""
    rng = np.random.default_rng(1)
    draws = rng.standard_t(3, (4000, 60))
    covered = np.mean([abs(row[-1]) <= half_width(row[:-1], level) for row in draws])
    assert abs(covered - math.ceil(60 * level) / 60) < 3.5 * math.sqrt(level * (1 - level) / 4000)


def predictions(rng, n=200):
    truth = rng.normal(size=n)
    observed = truth + rng.normal(size=n)
    return pd.DataFrame({"fold": np.arange(n) % 5 + 1, "observed": observed, "predicted": truth})


def test_a_fold_has_no_part_in_its_own_intervals():
    table = predictions(np.random.default_rng(2))
    before = held_out_intervals(table)
    table.loc[table["fold"] == 3, "observed"] += 1e6
    after = held_out_intervals(table)
    own = table["fold"] == 3
    pd.testing.assert_frame_equal(before[own], after[own], check_exact=True)
    assert not before[~own].equals(after[~own])


def test_intervals_lie_around_the_prediction_and_cover():
    table = predictions(np.random.default_rng(3), 2000)
    found = held_out_intervals(table, 0.9)
    np.testing.assert_allclose((found["lower"] + found["upper"]) / 2, table["predicted"], atol=1e-12)
    covered = table["observed"].between(found["lower"], found["upper"]).mean()
    assert 0.88 <= covered <= 0.92


def test_tables_get_intervals_within_each_repeat_and_their_coverage():
    rng = np.random.default_rng(4)
    parts = [
        predictions(rng).assign(trait="yield", scheme="random", model=model, repeat=repeat)
        for model in ("a", "b")
        for repeat in (1, 2)
    ]
    parts[3]["observed"] += 100
    table = with_intervals(pd.concat(parts, ignore_index=True).sample(frac=1, random_state=1))
    assert list(table.columns)[2:5] == ["predicted", "lower", "upper"]
    # The last repeat is all wrong: its intervals are wide, those of the others as before.
    widths = (table["upper"] - table["lower"]).groupby([table["model"], table["repeat"]]).mean()
    assert widths["b", 2] > 190
    assert widths.drop(index=("b", 2)).max() < 5
    found = coverage(table).set_index("model")
    assert found["n"].tolist() == [400, 400]
    assert found["coverage"].between(0.85, 0.95).all()
    np.testing.assert_allclose(found["width"], widths.groupby("model").mean())
    deviations = table.groupby("model")["observed"].std()
    np.testing.assert_allclose(found["relative_width"], found["width"] / deviations)


def test_few_lines_have_no_interval():
    table = predictions(np.random.default_rng(5), 8).assign(trait="t", scheme="s", model="v", repeat=1)
    table = with_intervals(table)
    assert table["lower"].isna().all()
    assert coverage(table)["n"].tolist() == [0]
    assert coverage(table)["coverage"].isna().all()
