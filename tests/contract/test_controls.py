"""Controls: quiet where nothing leaks, loud where a leak is planted."""

import numpy as np
import pandas as pd
import pytest

from dnngp.evaluation import controls
from dnngp.evaluation.controls import CONTROLS, judge, measure, shortened
from dnngp.methods.registry import METHODS

from .conftest import Population

FAST = ("gblup", "svr")


def models(*names):
    return {
        name: {"method": name, "encoding": METHODS[name].default_encoding, "params": {}, "tune": 1}
        for name in names
    }


def measured(population, *names, dataset="d"):
    found = measure(
        population.genotypes, population.phenotype, models(*names), dataset=dataset, seed=1, maf=0.02
    )
    return found.assign(dataset=dataset, trait="y")


def leak(monkeypatch):
    """Fits are handed the test lines as well."""
    evaluate = controls.evaluate

    def leaky(genotypes, phenotype, splits, **options):
        seen = splits[splits["role"] == "test"].assign(role="train")
        return evaluate(genotypes, phenotype, pd.concat([splits, seen]), **options)

    monkeypatch.setattr(controls, "evaluate", leaky)


def test_an_honest_run_passes(population):
    found = judge(measured(population, *FAST))
    assert list(found.columns) == CONTROLS
    assert (found["status"] == "ok").all(), found
    assert found["control"].tolist() == ["permuted phenotype"] * 2 + ["GBLUP = RR-BLUP", "mean predictor"]
    assert found.loc[2:, "value"].max() < 1e-6


def test_a_trait_of_one_value_among_the_lines_of_the_controls_fails_none(population):
    """One line in a thousand is ill, and none of those drawn."""
    ill = measure(
        population.genotypes, population.phenotype * 0, models("gblup"), dataset="d", seed=1, maf=0.02
    )
    assert (judge(ill.assign(dataset="d", trait="y"))["status"] == "ok").all()


def test_a_leak_is_caught(population, monkeypatch):
    leak(monkeypatch)
    found = judge(measured(population, *FAST)).set_index("model")
    assert found.loc["svr", "status"] == "failed"
    assert found.loc["svr", "value"] > 2 * found.loc["svr", "bound"]
    assert found.loc["mean", "status"] == "failed"  # its training mean is another


def test_the_standard_error_is_that_of_the_null():
    """r over its standard error has mean 0 and standard deviation 1, over datasets of related lines."""
    found = [
        measured(Population(n=60, p=60, h2=0.5, seed=seed), "ridge", dataset=f"d{seed}").iloc[0]
        for seed in range(40)
    ]
    errors = np.array([row["value"] / row["se"] for row in found])
    assert abs(errors.mean()) < 3 / len(errors) ** 0.5
    assert 0.7 < errors.std(ddof=1) < 1.3


def test_bounds_grow_with_the_number_of_controls():
    row = {"control": "permuted phenotype", "dataset": "d", "trait": "y", "model": "svr", "se": 0.05}
    tables = [pd.DataFrame([row | {"value": 0.17}] * number) for number in (1, 100)]
    few, many = (judge(table).iloc[0] for table in tables)
    assert few["bound"] == pytest.approx(0.05 * 3.0902, abs=1e-5)
    assert many["bound"] == pytest.approx(0.05 * 4.2649, abs=1e-5)
    assert (few["status"], many["status"]) == ("failed", "ok")


def test_what_cannot_be_measured_has_failed():
    row = {"control": "permuted phenotype", "model": "svr", "value": np.nan, "se": np.nan}
    assert judge(pd.DataFrame([row]))["status"].tolist() == ["failed"]


def test_long_fits_are_shortened_those_of_a_stack_too():
    assert shortened("dnngp", {"epochs": 300, "preset": "paper"}) == {"epochs": 10, "preset": "paper"}
    assert shortened("dnngp", {"epochs": 3}) == {"epochs": 3}
    assert shortened("gblup", {"pcs": 2}) == {"pcs": 2}
    members = shortened("stack", {"members": ["gblup", {"method": "dnngp", "encoding": "pca"}]})["members"]
    assert members == [
        {"method": "gblup", "params": {}},
        {"method": "dnngp", "encoding": "pca", "params": {"epochs": 10}},
    ]


def test_at_most_so_many_lines_and_markers_are_used(monkeypatch):
    sizes = []
    evaluate = controls.evaluate

    def recorded(genotypes, *args, **options):
        sizes.append((genotypes.n_samples, genotypes.n_variants))
        return evaluate(genotypes, *args, **options)

    monkeypatch.setattr(controls, "evaluate", recorded)
    measured(Population(n=230, p=1300), "gblup")
    assert set(sizes) == {(200, 1000)}
