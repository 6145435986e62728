"""Cost models find planted coefficients; fronts hold what nothing beats."""

import numpy as np
import pandas as pd
import pytest

from dnngp.cost.cost_model import CostModel, cost_table, fit_costs, fits_of, pareto

SIZES = [(n, p) for n in (100, 300, 1000, 3000) for p in (200, 1000, 5000)]


def timed(truth, noise=0.0, epochs=(np.nan,), seed=0, **names):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        [(n, p, min(n, p) // 4, e) for n, p in SIZES for e in epochs], columns=["n", "p", "q", "epochs"]
    )
    cpu = [truth.predict(n, p, q, 0 if np.isnan(e) else e) for n, p, q, e in table.to_numpy()]
    spent = cpu * np.exp(noise * rng.normal(size=len(table)))
    return table.assign(cpu_s=spent, peak_mb=300 + 4e-5 * table["n"] ** 2, **names)


def test_a_model_by_hand():
    model = CostModel({"1": 2.0, "n p": 1e-3, "epochs n q": 1e-2})
    assert model.predict(100, 50) == pytest.approx(2 + 5)
    assert model.predict(100, 50, q=10, epochs=3) == pytest.approx(2 + 5 + 30)


@pytest.mark.parametrize(
    ("planted", "epochs"),
    [
        ({"1": 0.2, "n^2 p": 1e-9, "n^3": 2e-10}, (np.nan,)),
        ({"n p": 3e-6, "p": 1e-4}, (np.nan,)),
        ({"1": 0.5, "n^3": 5e-10, "epochs n q": 4e-6}, (20, 60)),
    ],
)
def test_planted_coefficients_are_found(planted, epochs):
    exact = fit_costs(timed(CostModel(planted), epochs=epochs))
    assert {name: exact.coefficients[name] for name in planted} == pytest.approx(planted, rel=1e-3)
    noisy = fit_costs(timed(CostModel(planted), 0.1, epochs))
    for n, p in ((200, 500), (5000, 8000)):
        truth = CostModel(planted).predict(n, p, 100, 40)
        assert noisy.predict(n, p, 100, 40) == pytest.approx(truth, rel=0.3)


def test_the_table_says_which_term_weighs_and_how_well_it_fits():
    planted = CostModel({"1": 0.2, "n^3": 2e-10})
    table = cost_table(timed(planted, 0.05, model="g", method="gblup"))
    assert set(table["status"]) == {"ok"}
    cubic = table[table["quantity"] == "cpu_s"].set_index("term").loc["n^3"]
    assert cubic["share"] > 0.9
    assert cubic["error"] < 0.1
    assert table.groupby("quantity")["share"].sum().tolist() == pytest.approx([1, 1], abs=1e-3)
    memory = table[table["quantity"] == "peak_mb"].set_index("term")
    assert memory["coefficient"].to_dict() == pytest.approx({"1": 300, "n^2": 4e-5})


def test_folds_of_one_size_tell_no_model():
    table = pd.DataFrame({"n": [480, 479, 480], "p": 1000, "q": 1000.0, "epochs": np.nan, "cpu_s": 1.0})
    found = cost_table(table.assign(peak_mb=300.0, model="g", method="gblup"))
    row = found.iloc[0]
    assert found["quantity"].tolist() == ["cpu_s", "peak_mb"]
    assert set(found["status"]) == {"not identified"}
    assert row["sizes"] == 1
    assert np.isnan(row["coefficient"])


def test_what_folds_share_is_shared_out():
    cell = {"dataset": "d", "trait": "t", "scheme": "random", "model": "gblup", "repeat": 1}
    accuracy = pd.DataFrame(
        [
            {**cell, "fold": fold, "method": "gblup", "status": "ok", "n_train": 80, "n_features": 90}
            for fold in (1, 2)
        ]
    )
    timing = pd.DataFrame(
        [
            {**cell, "repeat": np.nan, "fold": np.nan, "stage": "import", "cpu_s": 9.0},
            {**cell, "repeat": np.nan, "fold": np.nan, "stage": "encode", "cpu_s": 3.0},
            {**cell, "fold": 1, "stage": "fit", "cpu_s": 1.0},
            {**cell, "fold": 1, "stage": "predict", "cpu_s": 0.5},
            {**cell, "fold": 2, "stage": "fit", "cpu_s": 2.0},
        ]
    ).assign(peak_mb=[250.0, 260.0, 300.0, 310.0, 305.0])
    fits = fits_of(accuracy, timing, {"d": 100})
    assert fits["cpu_s"].tolist() == [3.0, 3.5]
    assert fits["p"].tolist() == [100, 100]
    assert fits["peak_mb"].tolist() == [310, 305]


def summary(rows):
    columns = ["dataset", "trait", "model", "pearson", "cpu_s"]
    return pd.DataFrame(rows, columns=columns).assign(scheme="random")


def test_a_front_holds_what_nothing_beats_for_less():
    table = pareto(
        summary(
            [
                ("wheat", "a", "slow", 0.6, 10),
                ("wheat", "a", "fast", 0.5, 1),
                ("wheat", "a", "beaten", 0.5, 2),
                ("wheat", "a", "worse", 0.4, 5),
                ("wheat", "a", "mean", np.nan, 0.1),
                ("wheat", "b", "mean", np.nan, 0.1),
                ("wheat", "b", "slow", 0.8, 30),
                ("wheat", "b", "fast", 0.6, 1),
                ("wheat", "b", "beaten", 0.6, 2),
                ("wheat", "b", "worse", 0.1, 5),
                ("wheat", "b", "control", 0.9, 0.0),
            ]
        ),
        ["slow", "fast", "beaten", "worse", "mean"],
    )
    wheat = table[table["dataset"] == "wheat"].set_index("model")
    assert wheat["on_front"].to_dict() == {
        **{"slow": True, "fast": True},
        **{"beaten": False, "worse": False, "mean": False},
    }
    assert wheat.loc["slow", ["pearson", "cpu_s"]].tolist() == [pytest.approx(0.7), 20]


def test_datasets_count_equally_and_a_model_must_have_all_of_them():
    table = pareto(
        summary(
            [
                *(("wheat", str(trait), "gblup", 0.2, 1) for trait in range(9)),
                *(("wheat", str(trait), "rkhs", 0.3, 2) for trait in range(9)),
                ("rice", "a", "gblup", 0.8, 3),
            ]
        ),
        ["gblup", "rkhs"],
    )
    overall = table[table["dataset"] == ""].set_index("model")
    assert overall.loc["gblup", ["pearson", "cpu_s"]].tolist() == [pytest.approx(0.5), 2]
    assert np.isnan(overall.loc["rkhs", "pearson"])
    assert overall["on_front"].to_dict() == {"gblup": True, "rkhs": False}
