"""Methods for records: against dense algebra, on known truth, and blind to what they are tested on."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.trial_fixture import simulated

from dnngp.encodings.samples.population import Population
from dnngp.evaluation.trials.evaluate import evaluate_records
from dnngp.evaluation.trials.fold import TrialFold
from dnngp.evaluation.trials.methods import TRIAL_METHODS, create
from dnngp.evaluation.trials.summaries import pooled
from dnngp.methods.mixed.contrasts import spread_of
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

NAMES = ["north", "south", "east", "west"]
GENETIC = np.array([[1.0, 0.8, 0.5, 0.0], [0.8, 1.0, 0.5, 0.0], [0.5, 0.5, 1.0, 0.2], [0.0, 0.0, 0.2, 1.0]])
COVARIATES = pd.DataFrame(
    {"rain": [1.0, 1.2, 2.0, 5.0], "soil": ["clay", "clay", "sand", "sand"]}, index=NAMES
)
#: Parameters that make a fit short.
QUICK = {name: {"epochs": 2, "components": 20} for name in ("dnngp", "dnngp_multi")}
QUICK |= {"lightgbm": {"n_estimators": 20}}
#: Every method in every scheme for environments that it can be used in; networks in one.
USES = [
    (scheme, name)
    for name, method in TRIAL_METHODS.items()
    for scheme in (("CV2",) if method.family == "network" else method.schemes)
    if scheme != "CV2*"
]


@pytest.fixture(scope="module")
def field():
    return simulated(60, NAMES, GENETIC, 0.5 * np.eye(4), missing=0.1)


def splits_of(records, genotypes, scheme, folds=3):
    units = Units(
        "field",
        genotypes.samples.tolist(),
        records["sample"].tolist(),
        environments=records["condition"].tolist(),
    )
    return split_table(units, scheme, folds, 1).rename(columns={"environment": "condition"})


def run(genotypes, records, splits, method, conditions=NAMES, covariates=COVARIATES, params=None):
    return evaluate_records(
        genotypes,
        records,
        conditions,
        splits,
        method=method,
        params=QUICK.get(method, {}) if params is None else params,
        maf=0.0,
        mac=0,
        names=(1, "field"),
        covariates=covariates,
    )


@pytest.mark.parametrize(("scheme", "method"), USES)
def test_values_of_test_records_reach_nothing(field, scheme, method):
    """Replaced by noise, they change no byte of the predictions of their fold; the ledger says the same."""
    genotypes, records = field
    splits = splits_of(records, genotypes, scheme)
    splits = splits[splits["fold"] == 1]
    tested = records.merge(splits[splits["role"] == "test"], on=["sample", "condition"], how="left")
    noise = np.random.default_rng(5).normal(1000, 500, len(records))
    corrupted = records.assign(value=np.where(tested["role"] == "test", noise, records["value"]))
    assert (corrupted["value"] != records["value"]).sum() == (splits["role"] == "test").sum()
    one, other = (run(genotypes, table, splits, method) for table in (records, corrupted))
    assert one.folds["status"].tolist() == ["ok"], one.folds["message"].tolist()
    values = [found.predictions["predicted"].to_numpy().tobytes() for found in (one, other)]
    assert values[0] == values[1]
    assert one.ledger["test_phenotypes_seen"].sum() == 0
    assert set(one.ledger["fitted_on"]) <= {"training", "inner"}


@pytest.mark.parametrize("rain", [[500.0, 500.0, 500.0, 800.0], [np.nan, np.nan, np.nan, 800.0]])
def test_a_covariate_that_never_varied_says_nothing_of_a_new_environment(field, rain):
    genotypes, records = field
    covariates = COVARIATES.assign(rain=rain)
    new = records["condition"] == "west"
    train, test = (records.loc[part, ["sample", "condition"]] for part in (~new, new))
    fold = TrialFold.of(Population(genotypes), NAMES, train, test, covariates)
    found = fold.environment_features()
    assert found[:, 0].tolist() == [0, 0, 0, 0]
    assert np.abs(found[:, 1]).max() > 0


def test_a_leak_would_be_told(field, monkeypatch):
    from dnngp.base import ledger
    from dnngp.evaluation.trials.mean import ConditionMean

    genotypes, records = field
    splits = splits_of(records, genotypes, "CV2")
    held = splits[(splits["role"] == "test") & (splits["fold"] == 1)].iloc[0]
    fit = ConditionMean.fit_records

    def leaky(self, fold, y):
        ledger.saw("peek", [f"{held['sample']} in {held['condition']}"], np.array([1.0]))
        return fit(self, fold, y)

    monkeypatch.setattr(ConditionMean, "fit_records", leaky)
    found = run(genotypes, records, splits[splits["fold"] == 1], "mean").ledger.set_index("step")
    assert found.loc["peek", "test_phenotypes_seen"] == 1


def test_the_order_of_files_makes_no_difference(field):
    genotypes, records = field
    splits = splits_of(records, genotypes, "CV2")
    shuffled = [table.sample(frac=1, random_state=2) for table in (records, splits)]
    one = run(genotypes, records, splits, "gblup_gxe").predictions
    other = run(genotypes, *shuffled, "gblup_gxe").predictions
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("scheme", ["CV1", "CV2"])
def test_multi_trait_predictions_are_those_of_dense_algebra(field, scheme):
    """Generalised least squares and BLUP of all records at the variances found, from the formulas."""
    genotypes, records = field
    splits = splits_of(records, genotypes, scheme)
    part = splits[splits["fold"] == 1]
    values = records.set_index(["sample", "condition"])["value"]
    train, test = (part.loc[part["role"] == role, ["sample", "condition"]] for role in ("train", "test"))
    y = values.loc[pd.MultiIndex.from_frame(train)].to_numpy()
    fold = TrialFold.of(Population(genotypes), NAMES, train, test)
    model = create("gblup_multi", {}, 1).fit_records(fold, y)
    predicted = model.predict_records(fold)

    rows = genotypes.dosages.T.astype(float)
    place = {sample: number for number, sample in enumerate(genotypes.samples)}
    known = sorted(place[sample] for sample in set(train["sample"]))
    frequency = rows[known].mean(axis=0) / 2
    rows = rows - 2 * frequency
    kernel = rows @ rows.T / (2 * np.sum(frequency * (1 - frequency)))
    kernel /= spread_of(kernel[np.ix_(known, known)])
    a, b = np.zeros((4, 4)), np.zeros((4, 4))
    components = model.components_
    for row in components[components["part"].isin(["genomic", "rest"])].itertuples():
        j, k = NAMES.index(row.condition), NAMES.index(row.other)
        matrix = a if row.part == "genomic" else b
        matrix[j, k] = matrix[k, j] = row.value
    line, other = (part["sample"].map(place).to_numpy() for part in (train, test))
    c, d = (part["condition"].map(NAMES.index).to_numpy() for part in (train, test))
    scale = [(y[c == j].mean(), y[c == j].std()) for j in range(4)]
    z = np.array([(value - scale[j][0]) / scale[j][1] for value, j in zip(y, c, strict=True)])

    def covariance(i, j, k, m):
        same = i[:, None] == k[None]
        return kernel[np.ix_(i, k)] * a[np.ix_(j, m)] + same * b[np.ix_(j, m)]

    v, design = covariance(line, c, line, c), np.eye(4)[c]
    means = np.linalg.solve(design.T @ np.linalg.solve(v, design), design.T @ np.linalg.solve(v, z))
    blup = means[d] + covariance(other, d, line, c) @ np.linalg.solve(v, z - means[c])
    expected = [scale[j][0] + scale[j][1] * value for value, j in zip(blup, d, strict=True)]
    assert predicted == pytest.approx(np.array(expected), abs=1e-6)


def abilities(genotypes, records, scheme, method, names):
    splits = splits_of(records, genotypes, scheme, folds=4)
    found = run(genotypes, records, splits, method, names, None)
    return found.accuracy.groupby("condition")["pearson"].mean()


def test_other_traits_of_the_tested_lines_help_where_they_are_shown():
    """A trait of heritability 0.2, and one of 0.8 that shares nine tenths of its genes."""
    names, genetic = ["poor", "good"], np.array([[0.2, 0.36], [0.36, 0.8]])
    genotypes, records = simulated(240, names, genetic, np.diag([0.8, 0.2]), p=300, seed=4)
    alone = abilities(genotypes, records, "CV1", "gblup_within", names)
    hidden = abilities(genotypes, records, "CV1", "gblup_multi", names)
    shown = abilities(genotypes, records, "CV2*", "gblup_multi", names)
    assert shown["poor"] > hidden["poor"] + 0.1
    assert hidden["poor"] > alone["poor"]
    # The good trait has nothing to learn from the poor one of other lines.
    assert hidden["good"] == pytest.approx(alone["good"], abs=0.03)


def test_multi_trait_reml_finds_the_genetic_correlation():
    genetic = np.array([[0.6, 0.48], [0.48, 0.6]])
    genotypes, records = simulated(300, ["x", "y"], genetic, 0.4 * np.eye(2), p=60, seed=2)
    fold = TrialFold.of(Population(genotypes), ["x", "y"], records, records.head(0))
    model = create("gblup_multi", {}, 1).fit_records(fold, records["value"].to_numpy())
    found = model.components_.query("part == 'genomic'").set_index(["condition", "other"])["value"]
    correlation = found["y", "x"] / np.sqrt(found["x", "x"] * found["y", "y"])
    assert correlation == pytest.approx(0.8, abs=0.12)


def test_covariates_tell_new_environments_apart():
    """Values follow a covariate: the reaction norm knows what becomes of it, common effects cannot."""
    names = [f"e{i}" for i in range(8)]
    rain = np.linspace(-1, 1, 8)
    genetic = np.multiply.outer(rain, rain) + 0.02 * np.eye(8)
    genotypes, records = simulated(80, names, genetic, 0.1 * np.eye(8), p=60, seed=3)
    covariates = pd.DataFrame({"rain": rain}, index=names)
    splits = splits_of(records, genotypes, "CV0", folds=8)
    found = {
        method: run(genotypes, records, splits, method, names, covariates)
        for method in ("gblup_main", "gblup_norm")
    }
    means = {method: one.accuracy["pearson"].fillna(0).mean() for method, one in found.items()}
    assert means["gblup_norm"] > means["gblup_main"] + 0.3


def test_the_level_of_a_new_environment_follows_its_covariates():
    names = [f"e{i}" for i in range(8)]
    genotypes, records = simulated(40, names, np.eye(8) * 0.5, 0.5 * np.eye(8), seed=6)
    covariates = pd.DataFrame({"rain": np.arange(8.0)}, index=names)  # the mean rises by one a step
    splits = splits_of(records, genotypes, "CV0", folds=8)
    norm = run(genotypes, records, splits, "gblup_norm", names, covariates).predictions
    mean = run(genotypes, records, splits, "mean", names, covariates).predictions
    assert pooled(norm) > 0.8
    assert pooled(mean) < 0


@pytest.mark.slow
@pytest.mark.parametrize("method", ["dnngp", "dnngp_multi"])
def test_networks_learn_that_environments_reverse_the_order_of_lines(method):
    names = ["x", "y"]
    genetic = np.array([[1.0, -0.98], [-0.98, 1.0]])
    genotypes, records = simulated(150, names, genetic, 0.1 * np.eye(2), p=20, seed=3)
    splits = splits_of(records, genotypes, "CV1")
    splits = splits[splits["fold"] == 1]
    params = {"epochs": 40, "components": 20}
    found = run(genotypes, records, splits, method, names, None, params)
    assert found.folds["status"].tolist() == ["ok"], found.folds["message"].tolist()
    assert (found.accuracy["pearson"] > 0.3).all(), found.accuracy
    assert len(found.history) > 0
