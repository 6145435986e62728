"""Selection: the index, sets that are not too closely related, and responses that come true."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.genotypes.grm import relationships
from dnngp.prediction.selection import (
    choose,
    expected_response,
    held_out_lines,
    index_table,
    mean_relationship,
    select,
)


def families(rng, lines=12, markers=200, parents=3):
    """Relationships of lines from a few families."""
    frequency = rng.uniform(0.05, 0.95, (parents, markers))
    dosages = rng.binomial(2, frequency[np.arange(lines) % parents]).T.astype(np.int8)
    return relationships(dosages[dosages.std(axis=1) > 0], 2)


def test_the_index_weighs_traits_and_leaves_out_lines_without_all():
    table = pd.DataFrame(
        {
            "trait": ["yield", "height", "yield", "height", "yield"],
            "sample": ["b", "b", "a", "a", "c"],
            "predicted": [1.0, 10.0, 2.0, 20.0, 3.0],
        }
    )
    found = index_table(table, {"yield": 2.0, "height": -0.1}, "predicted")
    assert found["index"].to_dict() == {"a": 2.0, "b": 1.0}
    with pytest.raises(UserError, match="no line has a value of every trait"):
        index_table(table.drop(index=[0, 3]), {"yield": 2.0, "height": -0.1}, "predicted")


def test_without_a_limit_the_largest_are_chosen():
    assert choose(np.array([3.0, 9.0, 1.0, 7.0]), 2).tolist() == [1, 3]
    with pytest.raises(UserError, match=r"5 lines are to be selected out of 4"):
        choose(np.zeros(4), 5)


def test_with_a_limit_the_set_is_near_the_best_of_all_sets():
    """Every set of 4 of 12 lines is looked at; what the search loses against the best is small."""
    lost = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        among = families(rng)
        index = rng.normal(size=12) + np.repeat([1.0, 0.0, -1.0], 4)[np.argsort(np.arange(12) % 3)]
        sets = [np.array(lines) for lines in combinations(range(12), 4)]
        kinships = np.array([mean_relationship(among, lines) for lines in sets])
        limit = float(np.quantile(kinships, 0.3))
        allowed = [index[lines].sum() for lines, k in zip(sets, kinships, strict=True) if k <= limit]
        chosen = choose(index, 4, among, limit)
        assert len(set(chosen)) == 4
        assert mean_relationship(among, chosen) <= limit
        lost.append((max(allowed) - index[chosen].sum()) / index.std() / 4)
    assert np.mean(lost) < 0.05
    assert max(lost) < 0.3


def test_a_limit_that_nothing_keeps_is_told():
    among = families(np.random.default_rng(1))
    with pytest.raises(UserError, match="the least was"):
        choose(np.arange(12.0), 6, among, -5.0)


def test_the_tighter_the_limit_the_lower_the_index():
    rng = np.random.default_rng(2)
    among = families(rng, lines=90, parents=6)
    index = rng.normal(size=90) + 2 * (np.arange(90) % 6 == 0)
    means = [index[choose(index, 10, among, limit)].mean() for limit in (0.5, 0.2, 0.05, 0.0)]
    assert means == sorted(means, reverse=True)
    assert means[-1] < means[0]


def test_expected_responses_come_true():
    """Of simulated selections, the interval holds the difference of mean phenotypes at the level."""
    rng = np.random.default_rng(3)
    inside, differences = [], []
    for _ in range(400):
        predicted = rng.normal(size=300)
        # Predictions exaggerate: the true slope is 0.7.
        observed = 5 + 0.7 * predicted + rng.normal(size=300)
        train, new = slice(0, 200), slice(200, 300)
        chosen = np.argsort(-predicted[new])[:10]
        found = expected_response(observed[train], predicted[train], predicted[new], chosen, 0.9)
        true = observed[new][chosen].mean() - observed[new].mean()
        inside.append(found["lower"] <= true <= found["upper"])
        differences.append(found["expected"] - true)
    assert 0.86 <= np.mean(inside) <= 0.94
    assert abs(np.mean(differences)) < 0.06


def test_training_means_are_no_predictions_and_repeats_are_no_further_lines():
    """Predictions of chance around the training mean of each fold, which falls where the test mean rises.

    Taken together the folds have a slope near -1 of which the predictions know nothing, and repeats would
    make five lines of each one.
    """
    rng = np.random.default_rng(4)
    slopes, pooled = [], []
    for _ in range(60):
        y, chance = rng.normal(size=100), 0.05 * rng.normal(size=100)
        tables = []
        for repeat in range(1, 6):
            fold = rng.permutation(100) % 10
            means = np.array([y[fold != number].mean() for number in range(10)])
            tables.append(
                pd.DataFrame(
                    {"repeat": repeat, "fold": fold, "sample": np.arange(100).astype(str), "trait": "t"}
                    | {"observed": y, "predicted": means[fold] + chance}
                )
            )
        table = pd.concat(tables, ignore_index=True)
        lines = held_out_lines(table)
        assert len(lines) == 100
        slopes.append(slope_of(lines))
        pooled.append(slope_of(table))
    assert abs(np.mean(slopes)) < 3 * np.std(slopes) / np.sqrt(60)
    assert np.mean(pooled) < -1


def slope_of(table):
    found = expected_response(
        table["observed"].to_numpy(), table["predicted"].to_numpy(), np.arange(3.0), np.array([2]), 0.9
    )
    return found["slope"]


def test_constant_predictions_expect_nothing():
    found = expected_response(np.arange(9.0), np.ones(9), np.ones(5), np.array([1]), 0.9)
    assert np.isnan(found["expected"])
    assert found["difference"] == 0


def selection(max_kinship=None, number=3, monkeypatch=None):
    """Twelve candidates of two traits, and those chosen of them, from tables in any order."""
    rng = np.random.default_rng(4)
    names = [f"s{place:02d}" for place in range(12)]
    candidates = pd.DataFrame(
        [
            {"trait": trait, "sample": name, "predicted": rng.normal()}
            for trait in ("yield", "height")
            for name in names
        ]
    )
    held_out = pd.DataFrame(
        [
            {"trait": trait, "repeat": 1, "fold": 1 + place % 3, "sample": f"h{place}", "predicted": value}
            | {"observed": value + rng.normal(0, 0.1)}
            for trait in ("yield", "height")
            for place, value in enumerate(rng.normal(size=30))
        ]
    )
    if monkeypatch is not None:
        among = families(np.random.default_rng(1))
        monkeypatch.setattr("dnngp.prediction.selection._relationships", lambda *_: among)
    return candidates, select(
        candidates.sample(frac=1, random_state=1),
        held_out.sample(frac=1, random_state=2),
        {"yield": 1.0, "height": -0.5},
        number=number,
        max_kinship=max_kinship,
        level=0.9,
        genotypes=lambda: None,
        path="candidates.vcf",
    )


def test_the_selected_are_the_best_of_the_index_whatever_the_order_of_the_tables():
    candidates, (selected, response) = selection()
    wide = candidates.pivot(index="sample", columns="trait", values="predicted")
    index = (wide["yield"] - 0.5 * wide["height"]).sort_values(ascending=False)
    assert selected["sample"].tolist() == index.index[:3].tolist()
    assert selected["rank"].tolist() == [1, 2, 3]
    assert selected["index"].tolist() == pytest.approx(index.iloc[:3].tolist())
    assert response["trait"].tolist() == ["yield", "height", "index"]
    assert response["slope"].tolist() == pytest.approx([1, 1, 1], abs=0.15)
    assert "kinship" not in selected


def test_a_limit_shows_what_it_costs(monkeypatch):
    _, (selected, response) = selection(max_kinship=0.0, number=4, monkeypatch=monkeypatch)
    last = response.iloc[-1]
    assert last["kinship"] <= 0.0
    assert last["kinship_without_limit"] >= last["kinship"]
    assert last["selected_without_limit"] >= last["selected"]
    assert len(selected["kinship"]) == 4


def test_a_held_out_sample_is_not_judged_by_where_it_was_grown():
    """The second environment yields 100 more; the better of two samples was grown in the first alone."""
    rows = [("a", "dry", 2.0), ("b", "dry", 1.0), ("b", "wet", 101.0), ("c", "wet", 102.0)]
    table = pd.DataFrame(rows, columns=["sample", "environment", "observed"])
    table = table.assign(trait="yield", repeat=1, fold=1, predicted=table["observed"])
    found = held_out_lines(table).set_index("sample")
    for column in ("observed", "predicted"):
        assert found[column].to_dict() == {"a": 0.5, "b": -0.5, "c": 0.5}


def test_samples_are_chosen_by_the_mean_over_environments():
    predictions = pd.DataFrame(
        {
            "trait": "yield",
            "sample": ["a", "b"] * 3,
            "environment": ["overall"] * 2 + ["dry"] * 2 + ["wet"] * 2,
            "predicted": [1.0, 2.0, 9.0, 1.0, 0.0, 9.0],
        }
    )
    held_out = pd.DataFrame({"sample": list("cdef"), "observed": [1.0, 2, 3, 4], "predicted": [1.0, 2, 3, 5]})
    held_out = held_out.assign(trait="yield", repeat=1, fold=1)
    selected, _ = select(
        predictions,
        held_out,
        {"yield": 1.0},
        number=1,
        max_kinship=None,
        level=0.9,
        genotypes=lambda: None,
        path=Path("x"),
    )
    assert selected["sample"].tolist() == ["b"]
