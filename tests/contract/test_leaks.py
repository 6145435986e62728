"""No test line reaches a fit: permuted traits cannot be predicted, noise in test lines changes nothing."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from tests.unit.encoded_fold import encoded_fold

from dnngp.base.ledger import labelled
from dnngp.encodings.samples.fitting import FittedEncoding
from dnngp.evaluation import evaluate as evaluation
from dnngp.evaluation.evaluate import evaluate
from dnngp.genotypes.structure import clusters
from dnngp.methods.gblup import GBLUP
from dnngp.methods.registry import METHODS
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

from .conftest import NETWORKS, QUICK, SAMPLERS, Population, fit_predict

PERMUTATIONS = 12

#: Three standard errors of the mean over 12 permutations.
MARGIN = 0.06


def halved(p):
    """Enough lines for the margin. Two folds test as many lines as five, and fit a quarter as much."""
    population = Population(n=300, p=p, seed=2)
    ids = population.genotypes.samples.tolist()
    population.splits = split_table(Units("contract", ids, ids), "random", 2, 1)
    return population


@pytest.fixture(scope="module")
def large():
    """Lines for a permuted trait."""
    return halved(300)


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


#: Networks over several environments are DNNGP in a single one, and take minutes here; other tests of this
#: file ask them for the same bytes whatever the test samples hold.
PERMUTED = [name for name in METHODS if not (name in NETWORKS and METHODS[name].environments)]


@pytest.mark.slow
@pytest.mark.parametrize("name", PERMUTED)
def test_a_permuted_trait_cannot_be_predicted(large, name):
    params = QUICK.get(name, {})
    if name in NETWORKS:
        # Long enough to stop early, and few markers to make up for it.
        large, params = halved(60), {**params, "epochs": 10, "patience": 3}
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

    def record_print(self, *args):
        prints.append(fit(self, *args))
        return prints[-1]

    def record(*args):
        models.append(create(*args))
        return models[-1]

    create, fit = evaluation.create, FittedEncoding.fit
    with monkeypatch.context() as patch:
        patch.setattr(FittedEncoding, "fit", record_print)
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
    [(name, encoding) for name in METHODS for encoding in METHODS[name].encodings or ("own",)],
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
        folds = [
            encoded_fold(data, {"name": "pca"}, "array", lines, test, 0.02)
            for data in (population.genotypes, noisy)
        ]
        assert len({fold.fingerprint for fold in folds}) == prints


# --- the ledger: what the run itself says of its steps


def ledger_of(population, name, splits=None, **options):
    entry = METHODS[name]
    return evaluate(
        population.genotypes,
        population.phenotype,
        population.splits if splits is None else splits,
        method=name,
        encoding=options.pop("encoding", entry.default_encoding),
        params=QUICK.get(name, {}),
        maf=population.maf,
        names=("ledger",),
        **options,
    ).ledger.set_index("step")


@pytest.mark.parametrize("name", [name for name in METHODS if name not in (*NETWORKS, *SAMPLERS)])
def test_no_step_of_any_method_sees_a_test_line(population, name):
    one = population.splits[population.splits["fold"] <= 2]
    found = ledger_of(population, name, one)
    assert found.loc["fit", ["fitted_on", "folds", "n_rows"]].tolist() == ["training", 2, 120]
    assert (found[["test_genotypes_seen", "test_phenotypes_seen"]] == 0).all(axis=None)
    assert found["fitted_on"].isin(["training", "inner"]).all()


def test_a_network_reports_the_lines_it_stops_early_on(population):
    one = population.splits[population.splits["fold"] == 1]
    found = ledger_of(population, "mlp", one)
    assert found.loc["early stopping", ["fitted_on", "n_rows"]].tolist() == ["inner", 12]
    assert "LEAK" not in set(labelled(found)["label"])


def test_inner_fits_and_scores_are_reported_apart(population):
    one = population.splits[population.splits["fold"] == 1]
    tuned = ledger_of(population, "svr", one, tune=2)
    assert tuned.loc["tuning: fit", ["fitted_on", "n_rows"]].tolist() == ["inner", 96]
    assert tuned.loc["tuning: scores", ["fitted_on", "n_rows"]].tolist() == ["inner", 24]
    assert tuned.loc["fit", "fitted_on"] == "training"
    stacked = ledger_of(population, "stack", one)
    assert stacked.loc["stack: fit", "fitted_on"] == "inner"
    assert stacked.loc["stack: weights", "fitted_on"] == "training"


@pytest.mark.parametrize("impute", ["mode", "knn"])
def test_imputation_reports_its_lines(population, impute):
    one = population.splits[population.splits["fold"] == 1]
    found = ledger_of(population, "gblup", one, encoding={"name": "additive", "impute": impute})
    assert found.loc[f"imputation ({impute})", ["fitted_on", "n_rows"]].tolist() == ["training", 120]


def test_covariates_are_coded_on_training_lines(population):
    table = pd.DataFrame({"age": np.arange(150.0)}, index=population.genotypes.samples)
    found = ledger_of(population, "gblup", covariates=table)
    assert found.loc["fixed effects", ["fitted_on", "folds", "test_genotypes_seen"]].tolist() == [
        "training",
        5,
        0,
    ]


def test_test_lines_among_the_training_lines_are_seen(population):
    one = population.splits[population.splits["fold"] == 1]
    leaky = pd.concat([one, one[one["role"] == "test"].head(4).assign(role="train")])
    found = labelled(ledger_of(population, "svr", leaky))
    assert found.loc["fit", ["fitted_on", "test_genotypes_seen", "test_phenotypes_seen"]].tolist() == [
        "test",
        4,
        4,
    ]
    assert found.loc["fit", "label"] == "LEAK"
    assert found.loc["allele frequencies, marker filter", "label"] == "transductive (genotypes only)"


def test_phenotypes_of_other_lines_are_seen_by_their_values(monkeypatch, population):
    """Training lines by name, but handed phenotypes by position: what a join that went wrong would do."""
    fit = GBLUP.fit

    def shifted(self, training, y):
        return fit(self, training, np.roll(y, 1))

    monkeypatch.setattr(GBLUP, "fit", shifted)
    one = population.splits[population.splits["fold"] == 1]
    found = ledger_of(population, "gblup", one)
    assert found.loc["fit", "test_phenotypes_seen"] == 120


# --- schemes


@pytest.mark.parametrize("name", ["gblup", "svr"])
@pytest.mark.parametrize("scheme", ["cluster_out", "forward"])
def test_noise_in_test_lines_changes_no_fit_of_other_schemes(monkeypatch, scheme, name):
    population = Population()
    ids = population.genotypes.samples.tolist()
    groups, times = clusters(population.genotypes, 6), np.arange(150) % 6
    population.splits = split_table(Units("t", ids, ids, groups, times), scheme, 3, 1)
    before, after = (
        fitted(monkeypatch, population, name, {"name": "additive"}, *data)
        for data in ((population.genotypes, population.phenotype), with_noise(population, missing=False))
    )
    assert before == after


def test_no_test_line_of_later_times_reaches_a_fit(population):
    ids = population.genotypes.samples.tolist()
    splits = split_table(Units("t", ids, ids, times=np.arange(150) % 6), "forward", 4, 1)
    found = ledger_of(population, "gblup", splits)
    assert (found[["test_genotypes_seen", "test_phenotypes_seen"]] == 0).all(axis=None)
