"""Controls: quiet where nothing leaks, loud where a leak is planted."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.unit.environment_fixture import simulated

from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.evaluation import controls
from dnngp.evaluation.controls import CONTROLS, judge, measure, null_correlation, shortened
from dnngp.genotypes.records import values_by_key, values_by_sample
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
        population.genotypes, {"y": population.phenotype}, models(*names), dataset=dataset, seed=1, maf=0.02
    )
    return found.assign(dataset=dataset)


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


@pytest.fixture(scope="module")
def field():
    """A population in three environments, the third with few records."""
    genetic = np.full((3, 3), 0.6) + 0.4 * np.eye(3)
    names = ("north", "south", "east")
    genotypes, records = simulated(80, names, genetic, 0.3 * np.eye(3), missing=0.1)
    few = records["environment"].eq("east") & ~records["sample"].isin(genotypes.samples[:6])
    return genotypes, records[~few], Environments(names)


def of_records(field, *names):
    genotypes, table, environments = field
    found = measure(
        genotypes,
        {"y": values_by_sample(table).reindex(genotypes.samples)},
        models(*names),
        dataset="d",
        seed=1,
        records={"y": values_by_key(table)},
        environments=environments,
    )
    return judge(found.assign(dataset="d")).set_index("model")


JOINT = ("gblup_gxe", "gblup_multi", "ridge")


def test_records_of_a_sample_move_together(field, monkeypatch):
    _, table, _ = field
    seen, evaluate = [], controls.evaluate

    def recorded(genotypes, phenotype, splits, **options):
        seen.append((phenotype, options["environments"]))
        return evaluate(genotypes, phenotype, splits, **options)

    monkeypatch.setattr(controls, "evaluate", recorded)
    found = of_records(field, *JOINT)
    assert (found["status"] == "ok").all(), found
    permuted = [one for one, environments in seen if environments is not None]
    assert len(permuted) == 5 * len(JOINT)
    assert {environments.names for _, environments in seen if environments} == {("north", "south")}
    wide = table[table["environment"] != "east"].pivot(index="sample", columns="environment", values="value")
    for one in permuted:
        moved = one.unstack()
        assert sorted(map(str, moved.to_numpy().tolist())) == sorted(map(str, wide.to_numpy().tolist()))
        assert not np.array_equal(moved.to_numpy(), wide.loc[moved.index].to_numpy(), equal_nan=True)


def test_a_leak_of_records_is_caught(field, monkeypatch):
    leak(monkeypatch)
    found = of_records(field, "gblup_gxe", "ridge")
    assert found.loc[["gblup_gxe", "ridge"], "status"].tolist() == ["failed"] * 2


def test_a_trait_of_one_value_among_the_lines_of_the_controls_fails_none(population):
    """One line in a thousand is ill, and none of those drawn."""
    ill = measure(
        population.genotypes, {"y": population.phenotype * 0}, models("gblup"), dataset="d", seed=1, maf=0.02
    )
    assert (judge(ill.assign(dataset="d"))["status"] == "ok").all()


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
    assert shortened("dnngp", {"min_updates": 2000}) == {"epochs": 10}
    assert shortened("gblup", {"pcs": 2}) == {"pcs": 2}
    members = shortened("stack", {"members": ["gblup", {"method": "dnngp", "encoding": "pca"}]})["members"]
    assert members == [
        {"method": "gblup", "params": {}},
        {"method": "dnngp", "encoding": "pca", "params": {"epochs": 10}},
    ]


def test_cheap_methods_take_all_the_others_so_many_samples_and_markers(monkeypatch):
    sizes = {}
    evaluate = controls.evaluate

    def recorded(genotypes, phenotype, splits, **options):
        found = (genotypes.n_variants, splits["sample"].nunique())
        sizes.setdefault(options["method"], set()).add(found)
        return evaluate(genotypes, phenotype, splits, **options)

    monkeypatch.setattr(controls, "evaluate", recorded)
    found = measured(Population(n=230, p=1300), "ridge", "svr")
    assert sizes == {
        "ridge": {(1300, 230)},
        "svr": {(1000, 200)},
        "gblup": {(1000, 200)},
        "rrblup": {(1000, 200)},
        "mean": {(1000, 200)},
    }
    assert found["samples"].tolist() == [230, 200, 200, 200]


def test_every_trait_takes_its_turn(population):
    traits = dict.fromkeys("abcdefg", population.phenotype)
    found = measure(population.genotypes, traits, models("ridge", "svr"), dataset="d", seed=1, maf=0.02)
    assert found["trait"].tolist() == ["a, b, c, d, e", "a, b, c, f, g", "a", "a"]


def test_covariates_are_handed_to_the_fits(population, monkeypatch):
    seen = []
    evaluate = controls.evaluate
    monkeypatch.setattr(
        controls,
        "evaluate",
        lambda *args, **options: seen.append(options["covariates"]) or evaluate(*args, **options),
    )
    covariates = pd.DataFrame({"farm": "x"}, index=population.genotypes.samples)
    measure(
        population.genotypes,
        {"y": population.phenotype},
        models("gblup"),
        dataset="d",
        seed=1,
        covariates=covariates,
    )
    assert all(one is covariates for one in seen)


@pytest.mark.parametrize("kind", ["lognormal", "extreme"])
def test_false_alarms_are_as_rare_as_promised_whatever_the_trait(kind):
    """A ridge on skewed markers; by r itself there are four to five times as many as promised."""
    rng, m, alarm, runs = np.random.default_rng(8), 60, 1e-3, 3000
    bound = stats.norm.isf(alarm) / (controls.PERMUTATIONS * (m - 1)) ** 0.5
    ids = [f"line{number}" for number in range(m)]
    features = np.exp(1.2 * rng.normal(size=(2 * m, 3)))
    weights = np.linalg.solve(features[:m].T @ features[:m] + 10 * np.eye(3), features[:m].T)
    values = np.exp(1.5 * rng.normal(size=2 * m)) if kind == "lognormal" else rng.normal(size=2 * m)
    values[:4] += 30 * (kind == "extreme")
    alarms = {"scores": 0, "values": 0}
    for _ in range(runs):
        r = []
        for _ in range(controls.PERMUTATIONS):
            y = rng.permutation(values)
            predicted = features[m:] @ (weights @ (y[:m] - y[:m].mean()))
            r.append((null_correlation(y[m:], predicted, ids), np.corrcoef(y[m:], predicted)[0, 1]))
        for name, mean in zip(alarms, np.mean(r, axis=0), strict=True):
            alarms[name] += mean > bound
    assert alarms["scores"] <= 8  # 3 are expected
    assert alarms["values"] > 8


def test_a_leak_of_the_size_that_is_told_is_caught_in_four_of_five_runs():
    rng, m, runs = np.random.default_rng(3), 60, 600
    ids = [f"line{number}" for number in range(m)]
    se = (controls.PERMUTATIONS * (m - 1)) ** -0.5
    row = {"control": "permuted phenotype", "model": "svr", "value": 0.0, "se": se}
    judged = judge(pd.DataFrame([row])).iloc[0]
    caught = 0
    for _ in range(runs):
        y, noise = rng.normal(size=(2, controls.PERMUTATIONS, m))
        leaked = judged["detectable"] * y + (1 - judged["detectable"] ** 2) ** 0.5 * noise
        r = [null_correlation(*pair, ids) for pair in zip(y, leaked, strict=True)]
        caught += np.mean(r) > judged["bound"]
    assert 0.75 < caught / runs < 0.85
