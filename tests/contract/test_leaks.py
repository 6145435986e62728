"""No test line reaches a fit: permuted traits cannot be predicted, noise in test lines changes nothing."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from dnngp import evaluate as evaluation
from dnngp import fold
from dnngp.encode import FoldEncoder
from dnngp.evaluate import evaluate
from dnngp.models.registry import METHODS

from .conftest import NETWORKS, QUICK, Population, fit_predict

PERMUTATIONS = 12

#: Three standard errors of the mean over 12 permutations.
MARGIN = 0.06


@pytest.fixture(scope="module")
def large():
    """Enough lines for the margin."""
    return Population(n=300, p=300, seed=2)


def null_ability(population, predict):
    """Mean fold r over permutations of the trait; folds with constant predictions have none."""
    rng = np.random.default_rng(7)
    abilities = []
    for _ in range(PERMUTATIONS):
        y = rng.permutation(population.phenotype.to_numpy())
        scores = []
        for train, test in population.folds():
            predicted = predict(population.genotypes, y, train, test)
            if np.ptp(predicted) > 0:
                scores.append(np.corrcoef(predicted, y[test])[0, 1])
        abilities.append(np.mean(scores) if scores else 0.0)
    return float(np.mean(abilities))


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_a_permuted_trait_cannot_be_predicted(large, name):
    params = QUICK.get(name, {})
    if name in NETWORKS:
        # Long enough to stop early, and few markers to make up for it.
        large, params = Population(n=300, p=60, seed=2), {"epochs": 10, "patience": 3}
    found = null_ability(large, lambda *fold: fit_predict(name, *fold, params=params)[1])
    assert abs(found) <= MARGIN


def best_markers_then_ridge(genotypes, y, train, test, seen):
    """Ridge on the 50 markers that correlate most with the trait among the lines ``seen``."""
    rows = genotypes.rows().astype(float)
    association = np.abs(np.corrcoef(rows[seen].T, y[seen])[-1, :-1])
    chosen = np.argsort(association)[-50:]
    return Ridge(50.0).fit(rows[train][:, chosen], y[train]).predict(rows[test][:, chosen])


def test_a_leaky_marker_selection_is_caught(large):
    """The same selection, on the training lines alone, passes."""

    def leaky(genotypes, y, train, test):
        return best_markers_then_ridge(genotypes, y, train, test, np.concatenate([train, test]))

    def honest(genotypes, y, train, test):
        return best_markers_then_ridge(genotypes, y, train, test, train)

    assert null_ability(large, leaky) > 2 * MARGIN
    assert abs(null_ability(large, honest)) <= MARGIN


def with_noise(population, missing):
    """The first fold with random phenotypes and random genotypes in its test lines."""
    _, test = population.folds()[0]
    rng = np.random.default_rng(5)
    dosages = population.genotypes.dosages.copy()
    dosages[:, test] = rng.integers(-1 if missing else 0, 3, (len(dosages), len(test)))
    phenotype = population.phenotype.copy()
    phenotype.iloc[test] = 1e3 * rng.normal(size=len(test))
    return Population.of(dosages), phenotype


def fitted(monkeypatch, population, name, encoding, genotypes, phenotype):
    """What the first fold fits: model, encoder, history, and its row without the scores."""
    models, prints = [], []

    class Recorder(FoldEncoder):
        def fold(self, *args):
            prints.append(super().fold(*args))
            return prints[-1]

    def record(*args):
        models.append(create(*args))
        return models[-1]

    create = evaluation.create
    with monkeypatch.context() as patch:
        patch.setattr(fold, "FoldEncoder", Recorder)
        patch.setattr(evaluation, "create", record)
        result = evaluate(
            genotypes,
            phenotype,
            population.splits[population.splits["fold"] == 1],
            method=name,
            encoding=encoding,
            params=QUICK.get(name, {}),
            maf=population.maf,
            names=("firewall",),
        )
    assert result.folds["status"].tolist() == ["ok"]
    row = result.folds.drop(columns=["pearson", "spearman", "rmse", "bias", "slope"])
    return {
        "model": pickle.dumps(models[-1]),
        "encoders": [one.fingerprint for one in prints],
        "history": result.history.to_csv(),
        "fold": row.to_csv(),
    }


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "with missing calls"])
@pytest.mark.parametrize(
    ("name", "encoding"),
    [(name, encoding) for name in METHODS for encoding in METHODS[name].encodings],
)
def test_noise_in_the_test_lines_changes_no_byte_of_the_fit(monkeypatch, population, name, encoding, missing):
    choice = {"name": encoding, **({"variance": 0.8} if encoding == "pca" else {})}
    before = fitted(monkeypatch, population, name, choice, population.genotypes, population.phenotype)
    after = fitted(monkeypatch, population, name, choice, *with_noise(population, missing))
    for part in before:
        assert before[part] == after[part], part


def test_noise_in_the_training_lines_does_change_it(monkeypatch, population):
    """The firewall test can fail."""
    train, _ = population.folds()[0]
    phenotype = population.phenotype.copy()
    phenotype.iloc[train[0]] += 1
    before, after = (
        fitted(monkeypatch, population, "gblup", {"name": "additive"}, population.genotypes, y)
        for y in (population.phenotype, phenotype)
    )
    assert before["model"] != after["model"]
    assert before["encoders"] == after["encoders"]


def test_a_leaky_encoder_is_caught_by_the_firewall(population):
    """Principal components of all lines, the most common leak, change with the test lines."""
    train, test = population.folds()[0]
    everyone = np.sort(np.concatenate([train, test]))
    noisy, _ = with_noise(population, missing=False)
    for lines, prints in ((train, 1), (everyone, 2)):
        encoders = [FoldEncoder(data, {"name": "pca"}, 0.02) for data in (population.genotypes, noisy)]
        assert len({encoder.fold(lines, test, "array").fingerprint for encoder in encoders}) == prints
