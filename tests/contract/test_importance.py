"""What markers add to predictions, by every method: shares that sum to the prediction; a QTL is found."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsRegressor

from dnngp.base.errors import UserError
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.methods.declaration import Method
from dnngp.methods.registry import METHODS
from dnngp.prediction.importance import contributions, marker_importance, permutation_importance

from .conftest import Population as Simulated
from .test_bundle import bundled


@pytest.fixture(scope="module")
def few():
    """A population with missing calls."""
    population = Simulated(n=90, p=60)
    dosages = population.genotypes.dosages
    dosages[np.random.default_rng(4).random(dosages.shape) < 0.03] = -1
    return population


def shares(population, name, **options):
    """Contributions (n, p) and predictions (n,) of the training lines, and their bundle."""
    bundle = bundled(population, name, known=90, **options)
    training = population.genotypes.select(np.argsort(population.genotypes.samples))
    table = bundle.predict(training, bundle.match(training, 0.5, ""), 0.9).set_index("sample")
    names = [f"m{i}" for i in range(60)]
    kept = np.array([names.index(id) for id in bundle.markers["id"]])
    training = training.select(variants=kept)
    seen = TrainingSet(Population(training), np.arange(training.n_samples))
    found = contributions(METHODS[name], bundle.model, bundle.encoding, seen)
    return found, table["predicted"].loc[training.samples].to_numpy(), bundle, training


def test_a_method_that_does_not_know_says_so(few):
    neighbours = Method(name="neighbours", estimator=KNeighborsRegressor)
    training = TrainingSet(Population(few.genotypes), np.arange(90))
    with pytest.raises(UserError, match="importance of markers is not known for neighbours"):
        contributions(neighbours, None, {"name": "additive"}, training)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.importance])
def test_shares_of_markers_sum_to_the_prediction(few, name):
    # The default of trees beside environments are components, which do not lead back to markers.
    encoding = {"name": "additive"} if name == "lightgbm_env" else METHODS[name].default_encoding
    found, predicted, _, _ = shares(few, name, encoding=encoding)
    assert found.shape[0] == 90
    rest = predicted - found.sum(axis=1)
    # Networks bend along the way, which sixteen steps follow closely, not exactly.
    tolerance = 0.1 if METHODS[name].family == "network" else 1e-3
    assert np.ptp(rest) <= tolerance * np.ptp(predicted) + 1e-9


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ridge", {"encoding": {"name": "pca", "components": 12}}),
        ("gblup", {"encoding": {"name": "additive", "standardise": True}}),
        ("gblup", {"params": {"pcs": 3}}),
        ("rrblup", {"params": {"pcs": 3}}),
        ("rkhs", {"params": {"kernel": "arccosine", "depth": 2}}),
        ("rkhs", {"params": {"bandwidth": "average"}}),
        ("mlp", {"encoding": {"name": "onehot"}, "params": {"epochs": 3}}),
        ("lightgbm", {"encoding": {"name": "additive", "impute": "none"}}),
        ("gblup", {"encoding": {"name": "additive", "impute": "mode"}}),
        ("gblup", {"encoding": {"name": "haplotype_blocks", "r2": 0, "markers": 2}}),
        ("ridge", {"encoding": {"name": "haplotype_blocks", "r2": 0, "markers": 3}}),
        ("lightgbm", {"encoding": {"name": "haplotype_blocks", "markers": 2}}),
    ],
)
def test_so_do_those_of_other_encodings_and_parameters(few, name, options):
    found, predicted, _, _ = shares(few, name, **options)
    rest = predicted - found.sum(axis=1)
    assert np.ptp(rest) <= (0.1 if name == "mlp" else 2e-3) * np.ptp(predicted)


def test_effects_of_gblup_are_those_of_rrblup(few):
    tables = []
    for name in ("gblup", "rrblup"):
        _, _, bundle, training = shares(few, name)
        tables.append((marker_importance(bundle, training), bundle))
    (gblup, _), (rrblup, bundle) = tables
    np.testing.assert_allclose(gblup["importance"], rrblup["importance"], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(rrblup["effect"], bundle.model.effects_, rtol=1e-6, atol=1e-9)
    assert sorted(gblup["rank"]) == list(range(1, len(gblup) + 1))


@pytest.mark.parametrize("name", ["gblup", "bayesb", "rkhs", "lightgbm", "random_forest", "xgboost", "svr"])
def test_a_marker_that_matters_is_found(name):
    """One marker makes the trait; it comes first, with its effect's sign."""
    population = Simulated(n=150, p=60, seed=5)
    dosages = population.genotypes.dosages
    population.phenotype[:] = -3.0 * dosages[17] + np.random.default_rng(6).normal(size=150)
    bundle = bundled(population, name, known=150)
    training = population.genotypes.select(np.argsort(population.genotypes.samples))
    table = marker_importance(bundle, training).set_index("id")
    assert table["rank"].idxmin() == "m17"
    assert table.loc["m17", "effect"] < 0
    if METHODS[name].family == "trees":
        assert table["gain"].idxmax() == "m17"
        assert table["gain"].sum() == pytest.approx(1)
        assert table["permutation"].idxmax() == "m17"
        assert ((table["permutation"] > 0) <= (table["gain"] > 0)).all()
    else:
        assert table["permutation"].isna().all()


def test_permutation_is_what_a_prediction_changes_by_when_a_column_is_exchanged():
    """Of a sum of columns: the mean difference between two rows, times the effect; nothing of others."""

    def predict(X):
        return X @ [2.0, -0.5, 0.0]

    X = np.random.default_rng(0).normal(size=(4000, 3))
    found = permutation_importance(predict, X, np.array([True, True, False]), 1)
    # Two normal deviates differ by 2 / sqrt(pi) on average.
    np.testing.assert_allclose(found[:2], np.array([2.0, 0.5]) * 2 / np.sqrt(np.pi), rtol=0.05)
    assert found[2] == 0


def test_trees_on_components_are_refused(few):
    with pytest.raises(UserError, match="leads back to markers"):
        shares(few, "lightgbm", encoding={"name": "pca", "components": 5})
