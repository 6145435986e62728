"""What every method promises, over the whole registry: a new method is tested by being declared."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from dnngp.base.errors import UserError
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.tuning import settings
from dnngp.methods.registry import METHODS, create

from .conftest import NETWORKS, QUICK, Population, fit_predict

every_method = pytest.mark.parametrize("name", METHODS)


def rows(population):
    """Training rows (120, p), their trait and test rows (30, p), as floats."""
    train, test = population.folds()[0]
    values = population.genotypes.rows().astype(float)
    y = population.phenotype.to_numpy()
    return values[train], y[train], values[test]


@every_method
def test_predictions_are_one_finite_number_a_line(population, name):
    train, test = population.folds()[0]
    model, predicted = fit_predict(name, population.genotypes, population.phenotype.to_numpy(), train, test)
    assert predicted.shape == (len(test),)
    assert predicted.dtype == np.float64
    assert np.isfinite(predicted).all()
    assert all(isinstance(value, (int, float, str)) for value in model.diagnostics_.values())


@every_method
def test_estimators_clone_and_take_a_seed(population, name):
    model = create(name, QUICK.get(name, {}), 11)
    assert model.get_params()["random_state"] == 11
    X, y, _ = rows(population)
    model.fit(X[:40], y[:40])
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "diagnostics_")


@every_method
def test_rows_and_folds_are_fitted_alike(population, name):
    """``fit`` on rows works for every method, also for those that an evaluation hands cross products."""
    X, y, other = rows(population)
    predicted = create(name, QUICK.get(name, {}), 3).fit(X, y).predict(other)
    assert predicted.shape == (len(other),)
    # Rows come as they are: whoever standardises by allele frequencies cannot know them.
    if METHODS[name].importance == "kernels" and not METHODS[name].encoding_options:
        train, test = population.folds()[0]
        _, expected = fit_predict(name, population.genotypes, population.phenotype.to_numpy(), train, test)
        np.testing.assert_allclose(predicted, expected, atol=1e-6)


@every_method
def test_same_seed_same_bytes(population, name):
    train, test = population.folds()[0]
    y = population.phenotype.to_numpy()
    first, second = (fit_predict(name, population.genotypes, y, train, test)[1] for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_threads_do_not_change_a_forest(population):
    train, test = population.folds()[0]
    y = population.phenotype.to_numpy()
    one, *others = (
        fit_predict("random_forest", population.genotypes, y, train, test, {"n_jobs": n_jobs})[1]
        for n_jobs in (1, 2, 3, 5)
    )
    assert all(other.tobytes() == one.tobytes() for other in others)


@every_method
def test_the_seed_matters_where_it_is_said_to(population, name):
    train, test = population.folds()[0]
    y = population.phenotype.to_numpy()
    first, second = (fit_predict(name, population.genotypes, y, train, test, seed=s)[1] for s in (1, 2))
    assert np.array_equal(first, second) is METHODS[name].deterministic


def evaluated(population, name, genotypes=None, phenotype=None, **options):
    """The first fold of an evaluation, predictions by line."""
    result = evaluate(
        population.genotypes if genotypes is None else genotypes,
        population.phenotype if phenotype is None else phenotype,
        population.splits[population.splits["fold"] == 1],
        **{
            "method": name,
            "encoding": METHODS[name].default_encoding,
            "params": QUICK.get(name, {}),
            "maf": population.maf,
            "names": ("contract",),
            **options,
        },
    )
    assert result.folds["status"].tolist() == ["ok"], result.folds["message"].tolist()
    return result, result.predictions.set_index("sample")


@every_method
def test_order_of_lines_does_not_matter(population, name):
    """Not by a bit: lines are met in the order of their ids."""
    order = np.random.default_rng(0).permutation(population.genotypes.n_samples)
    _, straight = evaluated(population, name)
    _, shuffled = evaluated(population, name, population.genotypes.select(samples=order))
    assert np.array_equal(shuffled.loc[straight.index, "predicted"], straight["predicted"])


@pytest.fixture(scope="module")
def easy():
    """Many lines, few markers: what any method that works can learn."""
    return Population(n=300, p=40)


@every_method
def test_beats_the_mean_on_an_additive_trait(easy, name):
    if name == "mean":
        pytest.skip("it is the mean")
    params = QUICK.get(name, {}) | ({"epochs": 40} if name in NETWORKS else {})
    y = easy.phenotype.to_numpy()
    correlations, errors, baseline = [], [], []
    for train, test in easy.folds()[:2]:
        _, predicted = fit_predict(name, easy.genotypes, y, train, test, params)
        correlations.append(np.corrcoef(predicted, y[test])[0, 1])
        errors.append(np.mean((predicted - y[test]) ** 2))
        baseline.append(np.mean((y[train].mean() - y[test]) ** 2))
    # DeepGS pools neighbouring markers, which are independent here.
    assert np.mean(correlations) > (0.3 if name == "deepgs" else 0.5)
    assert np.mean(errors) < np.mean(baseline)


@every_method
def test_constant_features_are_no_obstacle(population, name):
    X, y, other = rows(population)
    X[:, 5], other[:, 5] = 2, 2
    assert np.isfinite(create(name, QUICK.get(name, {}), 3).fit(X, y).predict(other)).all()


@every_method
def test_a_constant_trait_is_predicted_as_such(population, name):
    X, _, other = rows(population)
    predicted = create(name, QUICK.get(name, {}), 3).fit(X, np.full(len(X), 7.0)).predict(other)
    # Standardised by nothing, networks still carry the output of their random start.
    np.testing.assert_allclose(predicted, 7, atol=1 if name in NETWORKS else 1e-6)


@every_method
def test_a_pickled_model_predicts_the_same(population, name):
    X, y, other = rows(population)
    model = create(name, QUICK.get(name, {}), 3).fit(X, y)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(other), model.predict(other))


@every_method
def test_inputs_are_left_as_they_were(population, name):
    X, y, other = rows(population)
    copies = X.copy(), y.copy(), other.copy()
    create(name, QUICK.get(name, {}), 3).fit(X, y).predict(other)
    for array, copy in zip((X, y, other), copies, strict=True):
        assert np.array_equal(array, copy)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [(name, encoding) for name in METHODS for encoding in METHODS[name].encodings or ("own",)],
)
def test_every_encoding_a_method_accepts_works(population, name, encoding):
    choice = {"name": encoding, **({"components": 6} if encoding == "pca" else {})}
    params = QUICK.get(name, {}) | ({"epochs": 1} if name in NETWORKS else {})
    _, predictions = evaluated(population, name, encoding=choice, params=params)
    assert len(predictions) == 30


@every_method
def test_missing_calls_are_taken_where_it_is_said_so(population, name):
    dosages = population.genotypes.dosages.copy()
    dosages[np.random.default_rng(1).random(dosages.shape) < 0.05] = -1
    encoding = {"name": "additive", "impute": "none"}
    if METHODS[name].accepts_missing:
        _, predictions = evaluated(population, name, Population.of(dosages), encoding=encoding)
        assert np.corrcoef(predictions["observed"], predictions["predicted"])[0, 1] > 0
    else:
        with pytest.raises(UserError, match="missing calls"):
            evaluated(population, name, Population.of(dosages), encoding=encoding)


@every_method
def test_covariates_are_fitted_where_it_is_said_so(population, name):
    """A batch effect of three standard deviations, of lines that a method knows the batch of."""
    rng = np.random.default_rng(4)
    lines = population.phenotype.index
    batch = pd.DataFrame({"batch": rng.choice(["a", "b", "c"], len(lines))}, index=lines)
    shift = 3 * population.phenotype.std() * batch["batch"].map({"a": 0.0, "b": 1.0, "c": -1.0})
    _, predictions = evaluated(population, name, phenotype=population.phenotype + shift, covariates=batch)
    told = np.corrcoef(shift[predictions.index], predictions["predicted"])[0, 1]
    assert bool(told > 0.9) is METHODS[name].covariates


@every_method
def test_reliabilities_lie_between_0_and_1(population, name):
    _, predictions = evaluated(population, name)
    reliability = predictions["reliability"]
    if METHODS[name].family == "mixed model" and METHODS[name].alone:
        assert reliability.between(0, 1).all()
        assert reliability.std() > 0
    else:
        assert reliability.isna().all()


# Networks share one engine, whose weights tests/unit/test_network_targets.py holds to row counts.
@pytest.mark.parametrize("name", [n for n, method in METHODS.items() if method.weights and n not in NETWORKS])
def test_weights_of_records_count_where_it_is_said_so(population, name):
    """Equal ones change nothing; poor records that weigh little might nearly as well be missing."""
    X, y, other = rows(population)
    half = np.arange(len(y)) % 2 == 0
    noise = np.random.default_rng(8).normal(size=len(y)) * 7 * y.std()
    spoilt = y + np.where(half, 0, noise)

    def predicted(X, y, weight=None):
        return create(name, QUICK.get(name, {}), 3).fit(X, y, weight).predict(other)

    weight = np.where(half, 1.0, 0.01)
    plain, unweighted, weighted = predicted(X, y), predicted(X, spoilt), predicted(X, spoilt, weight)
    np.testing.assert_array_equal(predicted(X, y, np.full(len(y), 3.0)), plain)
    np.testing.assert_allclose(predicted(X, spoilt, 4 * weight), weighted, atol=1e-4 * y.std())
    expected = predicted(X[half], y[half])
    assert np.abs(weighted - expected).mean() < 0.8 * np.abs(unweighted - expected).mean()


@pytest.mark.parametrize(("name", "tune"), [("gblup", 1), ("svr", 2), ("stack", 1)])
def test_equal_weights_of_an_evaluation_are_none(population, name, tune):
    """To the bit, in tuning and inner folds, too; unequal ones stand beside what they are of."""
    plain, _ = evaluated(population, name, tune=tune)
    ids = population.phenotype.index
    weights = WeightsByRecord(pd.Series(3.0, index=ids))
    equal, _ = evaluated(population, name, tune=tune, weights=weights)
    pd.testing.assert_frame_equal(equal.predictions.drop(columns="weight"), plain.predictions)
    pd.testing.assert_frame_equal(equal.folds[list(plain.folds)], plain.folds)
    assert equal.folds["pearson_weighted"].item() == pytest.approx(plain.folds["pearson"].item())
    weights = WeightsByRecord(pd.Series(np.arange(1.0, len(ids) + 1), index=ids))
    unequal, predictions = evaluated(population, name, tune=tune, weights=weights)
    assert (predictions["weight"] == weights.values[predictions.index]).all()
    assert unequal.folds["rmse"].item() != plain.folds["rmse"].item()


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.search])
def test_search_spaces_hold_parameters_that_work(population, name):
    X, y, other = rows(population)
    search = METHODS[name].search
    assert set(search) <= set(create(name, {}, 0).get_params())
    for chosen in settings(search, 3, 5)[1:]:
        model = create(name, {**QUICK.get(name, {}), **chosen}, 3).fit(X[:60, :80], y[:60])
        assert np.isfinite(model.predict(other[:, :80])).all()


@pytest.mark.parametrize("name", ["svr", "elastic_net"])
def test_tuning_is_told(population, name):
    result, _ = evaluated(population, name, tune=3)
    row = result.folds.iloc[0]
    assert row["settings_tried"] == 3
    assert row["tuning_r"] > 0
    chosen = [part.split("=")[0] for part in row["tuned"].split(", ") if part]
    assert set(chosen) <= set(METHODS[name].search)
    again, _ = evaluated(population, name, tune=3)
    assert again.folds.to_csv() == result.folds.to_csv()


def test_an_evaluation_gives_each_line_one_prediction(population):
    result = evaluate(
        population.genotypes,
        population.phenotype,
        population.splits,
        method="gblup",
        encoding=METHODS["gblup"].default_encoding,
        params={},
        maf=population.maf,
        names=("contract",),
    )
    predicted = result.predictions.set_index("sample")
    assert sorted(predicted.index) == sorted(population.genotypes.samples)
    pd.testing.assert_series_equal(
        predicted["observed"], population.phenotype[predicted.index], check_names=False
    )
