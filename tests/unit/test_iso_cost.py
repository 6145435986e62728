"""Lines against markers at a price: known surfaces, ranges, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from dnngp.evaluation.iso_cost import Prices, Surface, best_size, iso_costs

LINES, MARKERS = np.geomspace(20, 2000, 25), np.geomspace(50, 50_000, 25)


def known(n, p):
    """Accuracy that both lines and markers raise, at a falling rate."""
    return 0.9 - 2.0 * n**-0.5 - 3.0 * p**-0.6


def test_the_best_point_is_the_arg_max_of_a_known_surface():
    surface = Surface(LINES, MARKERS, known(LINES[:, None], MARKERS[None, :])[None])
    for line, marker, budget in ((20.0, 0.05, 8000.0), (5.0, 0.1, 8000.0), (50.0, 0.005, 40_000.0)):
        prices = Prices(line, marker)
        n = np.linspace(20, 2000, 200_000)
        p = prices.markers(budget, n)
        n, p = n[(p >= 50) & (p <= 50_000)], p[(p >= 50) & (p <= 50_000)]
        truth = known(n, p).argmax()
        found = best_size(surface, prices, budget, 0)
        assert found["n"] == pytest.approx(n[truth], rel=0.1)
        assert found["pearson"] == pytest.approx(known(n[truth], p[truth]), abs=0.002)
        assert found["cost"] == pytest.approx(budget, rel=0.01)
        assert found["status"] == "ok"


def table(folds, lines=(50, 100, 200), markers=(100, 1000), **others):
    """Folds of a surface in the form of the experiment, with noise that a fold has at every size."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=folds) / 20
    rows = [
        {"n": n, "p": p, "repeat": 1, "fold": fold, "pearson": known(n, p) + noise[fold], "status": "ok"}
        for n in lines
        for p in markers
        for fold in range(folds)
    ]
    keys = {"dataset": "d", "trait": "t", "model": "gblup", "marker_order": "random"}
    return pd.DataFrame(rows).assign(**keys, **others)


def test_budgets_beyond_the_surface_and_few_folds_are_told():
    prices = Prices(10.0, 0.1)
    best, curves = iso_costs(table(12), prices, [500.0, 3000.0, 1e6], "EUR", 1)
    assert best["status"].tolist() == ["out of reach", "ok", "ok"]
    assert best["reason"].iloc[0] == "the smallest size costs 1000"
    assert (
        best["reason"].iloc[2]
        == "at the largest number of lines measured and the largest number of markers measured"
    )
    assert best[["n", "p", "cost"]].iloc[2].tolist() == [200, 1000, 22_000]
    # What folds share moves r and not the best point.
    assert (best["n_low"] == best["n_high"]).iloc[1]
    assert best["pearson_low"].iloc[1] < best["pearson"].iloc[1] < best["pearson_high"].iloc[1]
    assert prices.cost(curves["n"], curves["p"]).max() <= 22_000 + 1e-6
    few, _ = iso_costs(table(4), prices, None, "", 1)
    assert len(few) == 5
    assert few["n_low"].isna().all()
    assert few["reason"].str.contains("4 folds; a range needs 10").all()


def test_without_a_size_that_the_dataset_has_nothing_is_told_and_nothing_fails():
    best, curves = iso_costs(table(4).assign(status="unavailable"), Prices(1.0, 1.0), None, "", 1)
    assert best.empty
    assert curves.empty


def test_surfaces_that_are_not_whole_have_no_best_point():
    whole = table(10)
    for part in (whole[whole["p"] == 100], whole.iloc[10:], whole.assign(pearson=np.nan)):
        best, curves = iso_costs(part, Prices(1.0, 1.0), [500.0], "", 1)
        assert best["status"].tolist() == ["not measured"]
        assert curves.empty
