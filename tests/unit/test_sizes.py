"""Sizes of training sets: nested, on the same test lines, the largest being the whole dataset."""

import numpy as np
import pandas as pd
import pytest

from dnngp.evaluation import size_experiment
from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.learning_curves import curves_of, surface
from dnngp.evaluation.size_experiment import evaluate_size
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.genotypes.subsets import marker_ranks
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

GBLUP = {"method": "gblup", "encoding": {"name": "additive"}, "params": {}, "maf": 0.01}


class Population:
    """Unlinked markers, each with an effect, so that enough lines reach r = h."""

    def __init__(self, n=100, p=30, h2=0.6, seed=0, folds=5, repeats=2):
        rng = np.random.default_rng(seed)
        dosages = rng.binomial(2, 0.5, (p, n)).astype(np.int8)
        genetic = rng.normal(size=p) @ dosages
        y = genetic + genetic.std() * np.sqrt((1 - h2) / h2) * rng.normal(size=n)
        ids = np.array([f"line{number}" for number in range(n)])
        blank = [""] * p
        variants = variant_table(blank, [0] * p, [f"m{number}" for number in range(p)], blank, blank)
        self.genotypes = Genotypes(ids, variants, dosages, 2, {})
        self.phenotype = pd.Series(y, ids)
        self.splits = split_table(Units("pop", ids.tolist(), ids.tolist()), "random", folds, repeats)
        self.ranks = marker_ranks(self.genotypes, "random", "pop")

    def at(self, lines=None, markers=None, repeat=1, **options):
        return evaluate_size(
            self.genotypes,
            self.phenotype,
            self.splits,
            repeat,
            lines=lines,
            markers=markers,
            ranks=self.ranks,
            names=(1, "pop", "trait", "random"),
            **GBLUP,
            **options,
        )


@pytest.fixture
def seen(monkeypatch):
    """Training lines, test lines and markers of every fold that is evaluated."""
    calls = []

    def spy(genotypes, phenotype, splits, **options):
        ids = {role: set(splits.loc[splits["role"] == role, "sample"]) for role in ("train", "test")}
        assert set(genotypes.samples) == ids["train"] | ids["test"]
        calls.append((ids["train"], ids["test"], set(genotypes.variants["id"])))
        return evaluate(genotypes, phenotype, splits, **options)

    monkeypatch.setattr(size_experiment, "evaluate", spy)
    return calls


def test_smaller_sets_lie_inside_larger_ones_and_test_lines_stay(seen):
    population = Population()
    for lines, markers in ((20, 10), (40, 20), (None, None)):
        population.at(lines, markers)
    for fold in range(5):
        small, middle, all_of_it = (seen[fold + 5 * size] for size in range(3))
        assert small[0] < middle[0] < all_of_it[0]
        assert small[2] < middle[2] < all_of_it[2]
        assert small[1] == middle[1] == all_of_it[1]
        assert [len(part) for part in small] == [20, 20, 10]


def test_the_largest_size_is_the_fit_on_the_whole_dataset():
    population = Population()
    here = population.at(repeat=2).folds
    part = population.splits[population.splits["repeat"] == 2]
    whole = evaluate(
        population.genotypes, population.phenotype, part, names=(1, "pop", "trait", "random"), **GBLUP
    ).folds
    for column in ("seed", "n_train", "n_test", "n_features", "pearson", "rmse", "lambda"):
        assert here[column].tolist() == whole[column].tolist(), column
    assert set(here["n"]) == {80}
    assert set(here["p"]) == {30}


def test_all_lines_are_as_many_in_every_fold():
    population = Population(n=53)
    assert set(population.at().folds["n_train"]) == {42}


def test_sizes_that_a_dataset_lacks_are_unavailable_and_cost_nothing(seen):
    result = Population().at(90, 31).folds
    assert not seen
    assert result["status"].tolist() == ["unavailable"] * 5
    assert result["pearson"].isna().all()
    assert "90 training lines asked for, 80 in the smallest fold" in result["message"][0]
    assert "31 markers asked for, 30 after quality control" in result["message"][0]


def test_only_the_first_folds_on_request(seen):
    assert Population().at(20, 10, most_folds=2).folds["fold"].tolist() == [1, 2]
    assert len(seen) == 2


def test_accuracy_rises_to_the_root_of_the_heritability():
    asymptotes = []
    for seed in range(4):
        population = Population(n=500, h2=0.6, repeats=2, seed=seed)
        tables = [population.at(n, repeat=r).folds for n in (25, 50, 100, 200, None) for r in (1, 2)]
        table = surface(pd.concat(tables).assign(dataset="pop", trait="trait", model="gblup"), "random")
        assert table.groupby("n")["pearson"].mean().is_monotonic_increasing
        assert (table["cpu_s"] > 0).all()
        curve = curves_of(table, seed=1).iloc[0]
        assert curve["status"] == "ok"
        asymptotes.append(curve["asymptote"])
    assert np.mean(asymptotes) == pytest.approx(np.sqrt(0.6), abs=0.05)


def test_equal_sizes_are_told_once():
    population = Population()
    tables = [population.at(number).folds for number in (40, None, 80)]
    table = surface(
        pd.concat([pd.concat(tables).assign(dataset="pop", trait="trait", model=name) for name in "ba"]),
        "random",
    )
    assert table["model"].unique().tolist() == ["b", "a"]
    assert table.groupby(["model", "n"]).size().tolist() == [5] * 4
