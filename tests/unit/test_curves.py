"""Learning curves: planted curves are found again, and what cannot be known is not told."""

import numpy as np
import pandas as pd
import pytest

from dnngp.evaluation.learning_curves import Curve, curves_of, fit_curve, learning_curve

SIZES = np.array([100, 200, 400, 800, 1600])


def folds(curve, sizes=SIZES, count=10, noise=0.01, seed=0):
    """Accuracies along a curve: folds differ in level, as test sets do, and a little in shape."""
    rng = np.random.default_rng(seed)
    level = rng.normal(0, 0.04, count)
    return pd.DataFrame(
        [
            (size, 1, fold + 1, float(curve.at(size)) + level[fold] + noise * rng.normal())
            for fold in range(count)
            for size in sizes
        ],
        columns=["size", "repeat", "fold", "pearson"],
    )


@pytest.mark.parametrize(("a", "b", "c"), [(0.7, 3.0, 0.5), (0.5, 20.0, 0.9), (0.9, 1.5, 0.3)])
def test_a_planted_curve_is_found_exactly(a, b, c):
    found = fit_curve(SIZES, Curve(a, b, c).at(SIZES))
    assert (found.asymptote, found.b, found.c) == pytest.approx((a, b, c), rel=1e-3)


def test_a_noisy_curve_is_found_within_its_standard_errors():
    truth = Curve(0.7, 4.0, 0.55)
    table = folds(truth)
    table["pearson"] -= table.groupby("fold")["pearson"].transform("mean").mean() - truth.at(SIZES).mean()
    found = learning_curve(table, seed=1)
    assert found["status"] == "ok"
    assert abs(found["asymptote"] - 0.7) < 3 * found["asymptote_se"] < 0.15
    assert abs(found["c"] - 0.55) < 3 * found["c_se"]
    assert found["extra_needed_low"] <= found["extra_needed"] <= found["extra_needed_high"]
    assert found["extra_needed_low"] < truth.more(1600) < found["extra_needed_high"]


def test_what_a_hundredth_costs_by_hand():
    curve = Curve(0.8, 2.0, 0.5)
    n = 400.0  # r = 0.7; 0.71 at (2 / 0.09)^2 lines
    assert curve.more(n) == pytest.approx((2 / 0.09) ** 2 - 400)
    assert curve.at(n + curve.more(n)) == pytest.approx(0.71)
    assert Curve(0.8, 2.0, 0.5).more(1e6) == np.inf


def test_an_asymptote_nearer_than_a_hundredth_has_no_price():
    found = learning_curve(folds(Curve(0.7, 100.0, 1.3), noise=0.0005), seed=1)
    assert found["status"] == "ok"
    assert found["asymptote"] == pytest.approx(0.7, abs=0.06)
    assert np.isnan(found["extra_needed"])
    assert "no number buys 0.01" in found["reason"]


@pytest.mark.parametrize(
    ("accuracy", "reason"),
    [
        (0.1 + 0.08 * np.log(SIZES / 100), "its end is not in sight"),
        (0.6 - 0.02 * np.arange(5), "does not rise"),
        (np.array([0.2, 0.5, 0.5, 0.5, 0.5]), "level after the smallest size"),
    ],
)
def test_curves_without_an_end_in_sight_have_no_asymptote(accuracy, reason):
    table = pd.DataFrame(
        [(n, 1, fold, r) for n, r in zip(SIZES, accuracy, strict=True) for fold in range(1, 6)],
        columns=["size", "repeat", "fold", "pearson"],
    )
    found = learning_curve(table, seed=1)
    assert found["status"] == "not identified"
    assert reason in found["reason"]
    assert np.isnan(found["asymptote"])
    assert np.isnan(found["extra_needed"])
    assert found["r_largest"] == pytest.approx(accuracy[-1])


def test_too_few_sizes_failed_folds_and_noise_are_told():
    table = folds(Curve(0.7, 3.0, 0.5))
    assert "four" in learning_curve(table[table["size"] < 800], 1)["reason"]
    table.loc[3, "pearson"] = np.nan
    assert learning_curve(table, 1)["reason"] == "some folds have no accuracy"
    noisy = learning_curve(folds(Curve(0.7, 3.0, 0.5), noise=0.5, seed=5), 1)
    assert noisy["status"] == "not identified"


@pytest.mark.parametrize("count", [3, 9])
def test_fewer_than_ten_folds_give_no_number(count):
    """Of three folds there are ten different draws: "0.808 +- 0.001"."""
    few = learning_curve(folds(Curve(0.7, 3.0, 0.5), count=count), 1)
    assert few["reason"] == f"{count} folds; standard errors need ten (folds, repeats)"
    assert np.isnan([few[name] for name in ("asymptote", "asymptote_se", "extra_needed")]).all()


def test_standard_errors_have_the_factor_for_few_folds():
    """Folds that differ in level alone: the asymptote has the standard error of their mean."""
    table = folds(Curve(0.7, 3.0, 0.5), noise=0.0)
    expected = table.groupby("fold")["pearson"].mean().std(ddof=1) / 10**0.5
    found = np.mean([learning_curve(table, seed)["asymptote_se"] for seed in range(12)])
    assert found == pytest.approx(expected, rel=0.03)


def test_a_surface_gives_a_curve_along_each_side():
    truth = Curve(0.7, 3.0, 0.5)
    rows = [
        ("wheat", "yield", "gblup", n, p, "random", 1, fold, float(truth.at(n)) - p**-0.7, "ok")
        for n in SIZES
        for p in (50, 100, 200, 400)
        for fold in range(1, 11)
    ]
    columns = ["dataset", "trait", "model", "n", "p", "marker_order", "repeat", "fold", "pearson", "status"]
    surface = pd.DataFrame(rows, columns=columns)
    spoilt = surface.iloc[:10].assign(n=9999, pearson=np.nan, status="unavailable")
    curves = curves_of(pd.concat([surface, spoilt]), seed=1)
    assert curves["axis"].tolist() == ["lines"] * 4 + ["markers"] * 5
    lines = curves[curves["axis"] == "lines"].set_index("other_size")
    for p in (50, 400):
        assert lines.loc[p, "asymptote"] == pytest.approx(0.7 - p**-0.7, abs=1e-3)
        assert lines.loc[p, "asymptote_se"] < 1e-3
    assert curves[curves["axis"] == "markers"].set_index("other_size").loc[1600, "c"] == pytest.approx(
        0.7, abs=0.01
    )
