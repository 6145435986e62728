"""Methods on records of several environments: blind to what they are tested on, and what they learn."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.environment_fixture import simulated, splits_of

from dnngp.base import ledger
from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.record_weights import RecordWeights, WeightsByRecord
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.summaries import pooled
from dnngp.genotypes.trait_types import TraitType
from dnngp.methods.mean import Mean
from dnngp.methods.registry import METHODS
from dnngp.validation.schemes import SCHEMES

NAMES = ("north", "south", "east", "west")
GENETIC = np.array([[1.0, 0.8, 0.5, 0.0], [0.8, 1.0, 0.5, 0.0], [0.5, 0.5, 1.0, 0.2], [0.0, 0.0, 0.2, 1.0]])
COVARIATES = pd.DataFrame(
    {"rain": [1.0, 1.2, 2.0, 5.0], "soil": ["clay", "clay", "sand", "sand"]}, index=NAMES
)
#: Parameters that make a fit short, and what is read instead of a hundred components.
QUICK = {name: {"epochs": 2} for name in ("dnngp_env", "dnngp_multi")} | {
    "lightgbm_env": {"n_estimators": 20}
}
FEW = {"name": "pca", "components": 20}
#: Every method for several environments, and three that are fitted within each, in every scheme for
#: environments that they can be used in; networks in one.
USES = [
    (scheme, name)
    for name, method in METHODS.items()
    if method.environments or name in ("gblup", "rkhs", "ridge")
    for scheme in (("CV2",) if method.family == "network" else ("CV1", "CV2", "CV0", "CV00"))
    if method.new_environments or not SCHEMES[scheme].new_environments
]


@pytest.fixture(scope="module")
def field():
    return simulated(60, NAMES, GENETIC, 0.5 * np.eye(4), missing=0.1)


def run(genotypes, records, splits, method, names=NAMES, covariates=COVARIATES, **options):
    default = METHODS[method].default_encoding
    return evaluate(
        genotypes,
        records.set_index(["sample", "environment"])["value"],
        splits,
        method=method,
        encoding=FEW if default["name"] == "pca" else default,
        params=options.pop("params", QUICK.get(method, {})),
        maf=0.0,
        names=(1, "field"),
        environments=Environments(tuple(names), covariates),
        **options,
    )


@pytest.mark.parametrize(("scheme", "method"), USES)
def test_values_of_test_records_reach_nothing(field, scheme, method):
    """Replaced by noise, they change no byte of the predictions of their fold; the ledger says the same."""
    genotypes, records = field
    splits = splits_of(genotypes, records, scheme)
    splits = splits[splits["fold"] == 1]
    tested = records.merge(splits[splits["role"] == "test"], on=["sample", "environment"], how="left")
    noise = np.random.default_rng(5).normal(1000, 500, len(records))
    corrupted = records.assign(value=np.where(tested["role"] == "test", noise, records["value"]))
    assert (corrupted["value"] != records["value"]).sum() == (splits["role"] == "test").sum()
    one, other = (run(genotypes, table, splits, method) for table in (records, corrupted))
    assert set(one.folds["status"]) == {"ok"}, one.folds["message"].tolist()
    values = [found.predictions["predicted"].to_numpy().tobytes() for found in (one, other)]
    assert values[0] == values[1]
    pd.testing.assert_frame_equal(one.components, other.components, check_exact=True)
    assert one.ledger["test_phenotypes_seen"].sum() == 0
    assert set(one.ledger["fitted_on"]) <= {"training", "inner"}


@pytest.mark.parametrize("rain", [[500.0, 500.0, 500.0, 800.0], [np.nan, np.nan, np.nan, 800.0]])
def test_a_covariate_that_never_varied_says_nothing_of_a_new_environment(rain):
    environments = Environments(NAMES, COVARIATES.assign(rain=rain))
    found = environments.features(np.array([True, True, True, False]))
    assert found[:, 0].tolist() == [0, 0, 0, 0]
    assert np.abs(found[:, 1]).max() > 0


def test_a_leak_would_be_reported(field, monkeypatch):
    genotypes, records = field
    splits = splits_of(genotypes, records, "CV2")
    held = splits[(splits["role"] == "test") & (splits["fold"] == 1)].iloc[0]
    fit = Mean.fit

    def leaky(self, training, y, weight=None):
        ledger.saw("peek", [f"{held['sample']} in {held['environment']}"], np.array([1.0]))
        return fit(self, training, y, weight)

    monkeypatch.setattr(Mean, "fit", leaky)
    found = run(genotypes, records, splits[splits["fold"] == 1], "mean").ledger.set_index("step")
    assert found.loc["peek", "test_phenotypes_seen"] > 0


def test_the_order_of_files_makes_no_difference(field):
    genotypes, records = field
    splits = splits_of(genotypes, records, "CV2")
    shuffled = [table.sample(frac=1, random_state=2) for table in (records, splits)]
    one = run(genotypes, records, splits, "gblup_gxe").predictions
    other = run(genotypes, *shuffled, "gblup_gxe").predictions
    pd.testing.assert_frame_equal(one, other)


def test_a_good_trait_has_nothing_to_learn_from_a_poor_one_of_other_samples():
    names, genetic = ["poor", "good"], np.array([[0.2, 0.36], [0.36, 0.8]])
    genotypes, records = simulated(240, names, genetic, np.diag([0.8, 0.2]), p=300, seed=4)
    splits = splits_of(genotypes, records, "CV1", folds=4)
    alone, hidden = (
        run(genotypes, records, splits, method, names, None).folds.groupby("environment")["pearson"].mean()
        for method in ("gblup", "gblup_multi")
    )
    assert hidden["good"] == pytest.approx(alone["good"], abs=0.03)


def test_the_mean_of_a_new_environment_follows_its_covariates():
    names = [f"e{i}" for i in range(8)]
    genotypes, records = simulated(40, names, np.eye(8) * 0.5, 0.5 * np.eye(8), seed=6)
    covariates = pd.DataFrame({"rain": np.arange(8.0)}, index=names)  # the mean rises by one a step
    splits = splits_of(genotypes, records, "CV0", folds=8)
    found = [
        run(genotypes, records, splits, method, names, covariates).predictions.assign(model=method)
        for method in ("gblup_norm", "mean")
    ]
    table = pooled(pd.concat(found).assign(trait="t", scheme="CV0")).set_index("model")["pooled"]
    assert table["gblup_norm"] > 0.8
    assert table["mean"] < 0


@pytest.mark.parametrize("method", ["gblup", "gblup_main", "rkhs_multi", "lightgbm_env"])
@pytest.mark.parametrize("known", [False, True])
def test_weights_follow_their_records(field, method, known):
    """Whatever the order of a file; equal replicates say nothing, also within environments."""
    genotypes, records = field
    splits = splits_of(genotypes, records, "CV2")
    splits = splits[splits["fold"] == 1]
    precision = np.random.default_rng(3).uniform(0.5, 4, len(records)) / records["value"].var()

    def predicted(weights, order=slice(None)):
        by_key = records.assign(weight=weights).iloc[order].set_index(["sample", "environment"])["weight"]
        return run(genotypes, records, splits, method, weights=WeightsByRecord(by_key, known)).predictions

    straight = predicted(precision)
    assert predicted(precision, slice(None, None, -1)).to_csv() == straight.to_csv()
    plain = run(genotypes, records, splits, method).predictions["predicted"]
    assert not straight["predicted"].equals(plain)
    equal = predicted(0 * precision + 1 / records["value"].var())["predicted"]
    assert equal.equals(plain) is not known


@pytest.mark.parametrize("method", ["dnngp_env", "dnngp_multi"])
def test_joint_networks_predict_classes_with_weights(field, method):
    genotypes, records = field
    sample = records["sample"].map({name: row for row, name in enumerate(genotypes.samples)}).to_numpy()
    number = records["environment"].map({name: row for row, name in enumerate(NAMES)}).to_numpy()
    every = np.arange(genotypes.n_samples)

    def fitted(weights):
        training = TrainingSet(
            *(Population(genotypes), every, None, None, sample, number, Environments(NAMES)),
            record_ids=[f"{s} {e}" for s, e in zip(sample, number, strict=True)],
            weights=weights,
            trait=TraitType("ordinal", ("low", "middle", "high")),
        )
        classes = np.digitize(records["value"], [10.5, 12.0]).astype(float)
        estimator = METHODS[method].estimator
        model = estimator(epochs=2, encoding=FEW, random_state=1).fit(training, classes)
        return model.predict(training.records(every, sample, number)), model, training

    found, model, training = fitted(RecordWeights(np.where(number == 0, 4.0, 1.0)))
    np.testing.assert_allclose(found.probability.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(found.mean, found.probability @ [0, 1, 2], rtol=1e-12)
    assert np.ptp(found.liability) > 0
    again = METHODS[method].estimator(encoding=FEW, random_state=1)
    again.trait = training.trait
    repeated = again.from_arrays(model.to_arrays()).predict(training.records(every, sample, number))
    assert np.array_equal(repeated.probability, found.probability)
    assert not np.array_equal(fitted(None)[0].mean, found.mean)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dnngp_env", "dnngp_multi"])
def test_networks_learn_that_environments_reverse_the_order_of_samples(method):
    names = ["x", "y"]
    genetic = np.array([[1.0, -0.98], [-0.98, 1.0]])
    genotypes, records = simulated(150, names, genetic, 0.1 * np.eye(2), p=20, seed=3)
    splits = splits_of(genotypes, records, "CV1")
    found = run(genotypes, records, splits[splits["fold"] == 1], method, names, None, params={"epochs": 40})
    assert set(found.folds["status"]) == {"ok"}, found.folds["message"].tolist()
    assert (found.folds["pearson"] > 0.3).all(), found.folds
    assert len(found.history) > 0


def test_variances_of_each_fold_are_told_of_joint_models_and_of_those_within_environments(field):
    genotypes, records = field
    splits = splits_of(genotypes, records, "CV1")
    joint, multi, within = (
        run(genotypes, records, splits, name).components for name in ("gblup_gxe", "gblup_multi", "gblup")
    )
    assert set(joint["part"]) == {"genomic", "genomic x environment", "sample", "error"}
    assert joint.groupby("fold").size().tolist() == [4, 4, 4]
    correlations = multi[multi["part"] == "genomic correlation"]
    assert len(correlations) == 3 * 6
    assert correlations["value"].between(-1, 1).all()
    assert within.groupby(["fold", "environment"])["value"].sum().to_numpy() == pytest.approx(np.ones(12))
    assert run(genotypes, records, splits, "ridge").components.empty
