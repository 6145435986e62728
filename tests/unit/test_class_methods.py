"""Every method on yes or no, on scores and on counts: probabilities, better than chance, stored."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from tests.contract.conftest import Population

from dnngp.encodings.samples.record_weights import RecordWeights, WeightsByRecord
from dnngp.encodings.samples.rows import Rows
from dnngp.evaluation.evaluate import evaluate
from dnngp.genotypes.trait_types import BINARY, TraitType
from dnngp.methods.registry import METHODS, create
from dnngp.methods.stack import likeliest_weights
from dnngp.prediction.bundle_training import train
from dnngp.validation.metrics.auc import auc
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

SCORES = TraitType("ordinal", ("R", "MR", "MS", "S", "HS"))
TYPES = {"binary": BINARY, "ordinal": SCORES, "count": TraitType("count")}
PAIRS = [
    (name, kind)
    for name, method in METHODS.items()
    for kind in TYPES
    if kind in method.trait_types and method.family != "network" and not method.environments
]


@pytest.fixture(scope="module")
def samples():
    """100 samples to train on and 80 to test, 60 markers, twelve with effects."""
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 3, (180, 60)).astype(float)
    genetic = rows[:, :12] @ rng.standard_normal(12)
    liability = (genetic - genetic.mean()) / genetic.std() + 0.5 * rng.standard_normal(180)
    # No sample has the highest score.
    values = {"binary": liability > 0.2, "ordinal": np.digitize(liability, [-1, 0, 1])}
    return rows, values | {"count": rng.poisson(np.exp(1 + 0.5 * liability))}


def fitted(name, kind, rows, y):
    short = {key: 300 for key in ("iterations",) if key in METHODS[name].parameters}
    short |= {"burn_in": 100} if short else {}
    short |= {"n_estimators": 60} if name == "random_forest" else {}
    model = create(name, short, 1, trait=TYPES[kind])
    training = Rows(rows, trait=TYPES[kind])
    return model.fit(training, y), training, lambda: create(name, short, 1, trait=TYPES[kind])


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_a_method_tells_classes_and_counts(samples, name, kind):
    rows, values = samples
    y = values[kind].astype(float)
    model, training, unfitted = fitted(name, kind, rows[:100], y[:100])
    records = training.rows_to_predict(rows[100:])
    prediction = model.predict(records)
    if name != "mean":
        assert spearmanr(prediction.mean, y[100:])[0] > 0.25
    again = unfitted().from_arrays(model.to_arrays()).predict(records)
    assert np.array_equal(again.mean, prediction.mean)
    if kind == "count":
        assert prediction.probability is None
        return
    assert prediction.probability.shape == (80, len(TYPES[kind].classes))
    assert prediction.probability.sum(axis=1) == pytest.approx(np.ones(80))
    assert prediction.probability.min() >= 0
    assert prediction.mean == pytest.approx(prediction.probability @ np.arange(len(TYPES[kind].classes)))
    if kind == "ordinal":
        assert (prediction.probability[:, 4] < 1e-12).all()
    # Shares of the classes come out as they went in.
    shares = np.bincount(y[:100].astype(int), minlength=len(TYPES[kind].classes)) / 100
    assert prediction.probability.mean(axis=0) == pytest.approx(shares, abs=0.16)


@pytest.mark.parametrize("name", [name for name, kind in PAIRS if kind == "binary"])
def test_one_class_alone_is_predicted_for_certain(samples, name):
    rows, _ = samples
    model, training, _ = fitted(name, "binary", rows[:20], np.ones(20))
    assert (model.predict(training.rows_to_predict(rows[20:25])).mean == 1).all()
    assert (model.predict(rows[20:25]) == 1).all()


WEIGHED = [(name, kind) for name, kind in PAIRS if kind != "count" and METHODS[name].estimator.WEIGHS_CLASSES]


@pytest.mark.parametrize(("name", "kind"), WEIGHED)
def test_classes_with_more_weight_become_likelier(samples, name, kind):
    """Weights of one record after another; multiplying all of them changes nothing."""
    rows, values = samples
    y = values[kind].astype(float)[:100]
    weights = np.where(y == y.max(), 4.0, 1.0)
    found = []
    for weight in (None, RecordWeights(weights), RecordWeights(8 * weights)):
        model = create(name, {"n_estimators": 60} if name == "random_forest" else {}, 1, trait=TYPES[kind])
        training = Rows(rows[:100], trait=TYPES[kind], weights=weight)
        prediction = model.fit(training, y).predict(training.rows_to_predict(rows[100:]))
        found.append(prediction.probability.mean(axis=0))
    top = int(y.max())
    assert found[1][top] > found[0][top] + 0.04
    assert found[2] == pytest.approx(found[1], abs=1e-6)


def test_bandwidth_of_classes_is_that_of_their_numbers():
    """A threshold model alone prefers the kernel nearest to the identity, in which nothing is learnt."""
    rng = np.random.default_rng(5)
    rows = rng.integers(0, 3, (80, 300)).astype(float)
    score = np.digitize(rows @ rng.standard_normal(300) + 12 * rng.standard_normal(80), [-12, 0, 12]).astype(
        float
    )
    trait = TraitType("ordinal", ("a", "b", "c", "d"))
    classes = create("rkhs", {}, 0, trait=trait).fit(Rows(rows, trait=trait), score)
    numbers = create("rkhs", {}, 0).fit(Rows(rows), score)
    assert classes.diagnostics_["bandwidth"] == numbers.diagnostics_["bandwidth"]
    assert classes.diagnostics_["h2"] <= 0.9 + 1e-9


def test_weights_of_a_stack_go_to_the_member_that_gives_classes_their_probability():
    sure, unsure = np.full(50, 0.9), np.full(50, 0.5)
    assert likeliest_weights(np.column_stack([sure, unsure])).tolist() == [1, 0]
    # Each is right on half of the records.
    turns = np.where(np.arange(50) % 2, 0.9, 0.1)
    assert likeliest_weights(np.column_stack([turns, 1 - turns])) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("name", [name for name, kind in PAIRS if kind == "binary"])
def test_permuted_classes_are_ranked_by_chance(samples, name):
    """AUC 0.5 within 3.5 of its standard errors over four permutations."""
    rows, values = samples
    found, variances = [], []
    for number in range(4):
        y = np.random.default_rng(number).permutation(values["binary"]).astype(float)
        model, training, _ = fitted(name, "binary", rows[:100], y[:100])
        tested = y[100:]
        found.append(auc(tested, model.predict(training.rows_to_predict(rows[100:])).mean))
        variances.append(81 / (12 * tested.sum() * (1 - tested).sum()))
    assert abs(np.mean(found) - 0.5) < 3.5 * np.sum(variances) ** 0.5 / 4


@pytest.mark.parametrize(("name", "kind"), [("gblup", "binary"), ("ridge", "ordinal")])
def test_an_evaluation_tells_probabilities_and_the_main_score(name, kind):
    """In folds with their share of each class; a bundle of the same method predicts new samples alike."""
    population = Population(n=90, p=120)
    trait, y = TYPES[kind], population.phenotype
    shares = [0.6] if kind == "binary" else [0.3, 0.5, 0.7, 0.9]
    classes = pd.Series(np.digitize(y, y.quantile(shares)), y.index)
    ids = classes.index.tolist()
    units = Units("d", ids, ids, classes={sample: int(value) for sample, value in classes.items()})
    splits = split_table(units, "random", 3, 1)
    encoding = METHODS[name].default_encoding
    found = evaluate(
        *(population.genotypes, classes.astype(float), splits),
        **{"method": name, "encoding": encoding, "params": {}, "maf": 0.02, "names": (1,), "trait": trait},
    )
    assert (found.folds["status"] == "ok").all()
    main = {"binary": "auc", "ordinal": "spearman"}[kind]
    assert set(found.folds["main_metric"]) == {main}
    # Classes that stand for phenotypes of training are none of test.
    assert (found.ledger["test_phenotypes_seen"] == 0).all()
    assert found.folds[main].mean() > (0.6 if kind == "binary" else 0.2)
    chances = found.predictions.filter(like="probability_")
    assert [column.removeprefix("probability_") for column in chances] == list(trait.classes)
    assert chances.sum(axis=1).to_numpy() == pytest.approx(np.ones(len(ids)))
    assert set(found.predictions["predicted_class"]) <= set(trait.classes)
    weights = WeightsByRecord(pd.Series(np.arange(1.0, len(ids) + 1), ids))
    weighted = evaluate(
        *(population.genotypes, classes.astype(float), splits),
        **{"method": name, "encoding": encoding, "params": {}, "maf": 0.02, "names": (1,), "trait": trait},
        weights=weights,
    )
    assert set(weighted.folds["main_metric"]) == {f"{main}_weighted"}
    assert weighted.folds[f"{main}_weighted"].notna().all()
    assert not np.array_equal(weighted.predictions["predicted"], found.predictions["predicted"])
    bundle = train(
        *(population.genotypes, classes.astype(float)),
        **{"method": name, "encoding": encoding, "params": {}, "maf": 0.02, "names": (1,), "trait": trait},
    )
    match = bundle.match(population.genotypes, 0.9, "file")
    table = bundle.predict(population.genotypes, match, 0.9)
    assert table[["lower", "upper"]].isna().to_numpy().all()
    assert table.filter(like="probability_").sum(axis=1).to_numpy() == pytest.approx(np.ones(len(ids)))
