"""Mixed models of several environments and traits against dense algebra, and where they must help."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.environment_fixture import genotypes_of, simulated

from dnngp.base.errors import UserError
from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.encodings.samples.population import Population, Source
from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.methods.mixed.error_contrasts import spread_of
from dnngp.methods.registry import METHODS, create

NAMES = ["north", "south", "east", "west"]
COVARIATES = pd.DataFrame({"rain": [500.0, 520.0, 650.0, 800.0]}, index=NAMES)
SHARED = 0.3 * np.ones((4, 4)) + 0.3 * np.eye(4)
MODELS = ["main", "gxe", "norm", "multi"]


@pytest.fixture(scope="module")
def field():
    return simulated(48, NAMES, SHARED, 0.3 * np.eye(4) + 0.1, missing=0.1)


class Fold:
    """Training and test records of simulated data, as the evaluation hands them to a method."""

    def __init__(self, field, test, names=NAMES, covariates=COVARIATES, of_samples=None, omics=None):
        genotypes, records = field
        self.names, self.environments = names, Environments(tuple(names), covariates)
        population = Population(genotypes, omics=omics)
        self.train, self.test = (records[rows].reset_index(drop=True) for rows in (~test, test))
        self.y = self.train["value"].to_numpy()
        rows, sample, number = self._numbers(genotypes, self.train)
        self.training = TrainingSet(population, rows, None, of_samples, sample, number, self.environments)
        self.records = self.training.records(*self._numbers(genotypes, self.test))

    def _numbers(self, genotypes, records):
        samples = sorted(set(records["sample"]))
        number = self.environments.numbers(records["environment"].tolist())
        return genotypes.positions(samples), np.searchsorted(samples, records["sample"]), number

    def fitted(self, name, weight=None, **params):
        return create(name, params, 0).fit(self.training, self.y, weight)

    def predicted(self, name, weight=None):
        return self.fitted(name, weight).predict(self.records).mean

    def ability(self, name):
        """Mean over environments of r between predictions and values."""
        table = self.test.assign(predicted=self.predicted(name)).groupby("environment")[
            ["predicted", "value"]
        ]
        return table.corr().xs("value", level=1)["predicted"].fillna(0)


def test_records(field, scheme):
    """Test records: a fifth, the records of a fifth of the samples, or those of an environment."""
    records = field[1]
    if scheme == "CV2":
        return np.random.default_rng(0).random(len(records)) < 0.2
    if scheme == "CV1":
        return records["sample"].isin(sorted(set(records["sample"]))[::5]).to_numpy()
    return (records["environment"] == "west").to_numpy()


test_records.__test__ = False


def covariances(model, fold, seen):
    """C of the genomic values and of the rest between all environments, from the components of a fit."""
    t = len(fold.names)
    every, each = np.ones((t, t)), np.eye(t)
    table = model.components_
    if (table["environment"] != "").any():
        a, b = np.zeros((2, t, t))
        for row in table[table["part"].isin(["genomic", "rest"])].itertuples():
            j, k = fold.names.index(row.environment), fold.names.index(row.other)
            matrix = a if row.part == "genomic" else b
            matrix[j, k] = matrix[k, j] = row.value
        return a, np.zeros((t, t)), b
    rain = COVARIATES["rain"].to_numpy()
    rain = (rain - rain[seen].mean()) / rain[seen].std()
    variance = table.set_index("part")["value"]
    a = variance["genomic"] * every + variance.get("genomic x environment", 0) * each
    a = a + variance.get("genomic x covariates", 0) * np.outer(rain, rain)
    return a, variance["sample"] * every, variance["error"] * each


@pytest.mark.parametrize("special", ["", "weights", "known errors", "covariates"])
@pytest.mark.parametrize(
    ("scheme", "name"), [(s, m) for s in ("CV1", "CV2", "CV0") for m in MODELS if (s, m) != ("CV0", "multi")]
)
def test_predictions_are_those_of_dense_algebra(field, scheme, name, special):
    """Generalised least squares and BLUP of all records at the variances found, from the formulas."""
    genotypes = field[0]
    rng = np.random.default_rng(3)
    of_samples = pd.DataFrame({"days": rng.normal(size=48)}) if special == "covariates" else None
    fold = Fold(field, test_records(field, scheme), of_samples=of_samples)
    weight = rng.uniform(0.3, 3, len(fold.y)) if special == "weights" else np.ones(len(fold.y))
    errors = rng.uniform(0.05, 0.5, len(fold.y)) * fold.y.var() * (special == "known errors")
    given = {"weights": weight, "known errors": RecordWeights(1 / np.maximum(errors, 1e-9), known=True)}
    model = fold.fitted(f"gblup_{name}", given.get(special))

    rows = genotypes.dosages.T.astype(float)
    place = {sample: number for number, sample in enumerate(genotypes.samples)}
    known = sorted({place[sample] for sample in fold.train["sample"]})
    rows = rows - rows[known].mean(axis=0)
    kernel = rows @ rows.T / spread_of(rows[known] @ rows[known].T)
    i, k = (table["sample"].map(place).to_numpy() for table in (fold.train, fold.test))
    j, m = (table["environment"].map(NAMES.index).to_numpy() for table in (fold.train, fold.test))
    seen = np.isin(np.arange(4), j)
    a, own, error = covariances(model, fold, seen)
    scale = np.array([(fold.y[j == e].mean(), fold.y[j == e].std()) if seen[e] else (0, 0) for e in range(4)])
    scale[~seen] = scale[seen].mean(axis=0)
    z = (fold.y - scale[j, 0]) / scale[j, 1]
    one, other = 1 / np.sqrt(weight), np.ones(len(k))

    def covariance(i, j, w, k, m, v):
        same = i[:, None] == k[None]
        return kernel[np.ix_(i, k)] * a[np.ix_(j, m)] + same * (
            own[np.ix_(j, m)] + error[np.ix_(j, m)] * np.outer(w, v)
        )

    design, new = np.eye(4)[j][:, seen], np.eye(4)[m][:, seen]
    if special == "covariates":
        days = of_samples["days"].to_numpy()
        days = (days - days[known].mean()) / days[known].std()
        design, new = np.column_stack([design, days[i]]), np.column_stack([new, days[k]])
    v = covariance(i, j, one, i, j, one) + np.diag(errors / scale[j, 1] ** 2)
    effects = np.linalg.solve(design.T @ np.linalg.solve(v, design), design.T @ np.linalg.solve(v, z))
    blup = covariance(k, m, other, i, j, one) @ np.linalg.solve(v, z - design @ effects)
    if scheme == "CV0":
        # The mean of a new environment is tested in test_environment_means.
        blup += model.means_[3] / scale[3, 1] - scale[3, 0] / scale[3, 1] + new[:, 3:] @ effects[3:]
    else:
        blup += new @ effects
    expected = scale[m, 0] + scale[m, 1] * blup
    assert model.predict(fold.records).mean == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", [f"{kernel}_{model}" for kernel in ("gblup", "rkhs") for model in MODELS])
def test_what_is_stored_predicts_the_same(field, name):
    fold = Fold(field, test_records(field, "CV2"))
    model = fold.fitted(name)
    again = create(name, {}, 0).from_arrays({k: np.array(v) for k, v in model.to_arrays().items()})
    assert again.predict(fold.records).mean.tobytes() == model.predict(fold.records).mean.tobytes()


def test_one_environment_is_gblup(field):
    genotypes, records = field
    here = records[records["environment"] == "north"].set_index("sample")["value"]
    rows = genotypes.positions(here.index.tolist())
    training = TrainingSet(Population(genotypes), rows)
    others = training.records(np.setdiff1d(np.arange(48), rows))
    one, other = (
        create(name, {}, 0).fit(training, here.to_numpy()).predict(others).mean
        for name in ("gblup", "gblup_main")
    )
    assert other == pytest.approx(one, abs=1e-4)


def test_omics_layers_have_terms_of_their_own(field):
    rng = np.random.default_rng(1)
    layer = Source(genotypes_of(rng.integers(0, 3, (40, 48)).astype(np.int8)), name="rna")
    fold = Fold(field, test_records(field, "CV1"), omics={"rna": layer})
    encodings = [{"name": "additive"}, {"name": "additive", "omics": "rna"}]
    model = create("gblup_gxe", {}, 0, encodings).fit(fold.training, fold.y)
    parts = model.components_.set_index("part")["value"]
    assert len(parts) == 6
    assert parts["genomic, layer 2"] < parts["genomic, layer 1"]
    assert np.isfinite(model.predict(fold.records).mean).all()


def test_what_a_model_cannot_is_refused(field):
    fold = Fold(field, test_records(field, "CV0"))
    with pytest.raises(UserError, match="without training records"):
        fold.fitted("gblup_multi")
    with pytest.raises(UserError, match="needs covariates"):
        Fold(field, test_records(field, "CV2"), covariates=None).fitted("gblup_norm")
    names = [f"e{number}" for number in range(11)]
    many = simulated(12, names, np.eye(11), np.eye(11))
    with pytest.raises(UserError, match="each pair of 11"):
        Fold(many, np.arange(len(many[1])) < 2, names, None).fitted("gblup_multi")
    assert METHODS["rkhs_multi"].most_environments == 10
    assert not METHODS["rkhs_multi"].new_environments
    assert METHODS["rkhs_norm"].environment_covariates


def test_the_order_of_records_makes_no_difference(field):
    genotypes, records = field
    test = test_records(field, "CV2")
    order = np.random.default_rng(2).permutation(len(records))
    one, other = Fold(field, test), Fold((genotypes, records.iloc[order]), test[order])
    tables = [
        fold.test.assign(predicted=fold.predicted("gblup_gxe"))
        .set_index(["sample", "environment"])
        .sort_index()
        for fold in (one, other)
    ]
    pd.testing.assert_frame_equal(*tables, rtol=1e-9)


def test_other_traits_of_the_tested_samples_help_where_they_are_shown():
    """A trait of heritability 0.2, and one of 0.8 that shares nine tenths of its genes."""
    names, genetic = ["poor", "good"], np.array([[0.2, 0.36], [0.36, 0.8]])
    field = simulated(240, names, genetic, np.diag([0.8, 0.2]), p=300, seed=4)
    new = field[1]["sample"].isin(sorted(set(field[1]["sample"]))[::4]).to_numpy()
    hidden = Fold(field, new, names, None).ability("gblup_multi")
    poor = (field[1]["environment"] == "poor").to_numpy()
    shown = Fold(field, new & poor, names, None).ability("gblup_multi")
    alone = Fold((field[0], field[1][poor].reset_index(drop=True)), new[poor], ["poor"], None)
    assert shown["poor"] > hidden["poor"] + 0.1
    assert hidden["poor"] > alone.ability("gblup_main")["poor"]


def test_multi_trait_reml_finds_the_genetic_correlation():
    genetic = np.array([[0.6, 0.48], [0.48, 0.6]])
    field = simulated(300, ["x", "y"], genetic, 0.4 * np.eye(2), p=60, seed=2)
    model = Fold(field, np.arange(600) < 0, ["x", "y"], None).fitted("gblup_multi")
    found = model.components_.set_index(["part", "environment", "other"])["value"]
    assert found["genomic correlation", "y", "x"] == pytest.approx(0.8, abs=0.12)


def test_covariates_distinguish_new_environments():
    """Values follow a covariate: the reaction norm knows what becomes of it, common effects cannot."""
    names, rain = [f"e{number}" for number in range(8)], np.linspace(-1, 1, 8)
    field = simulated(
        80, names, np.multiply.outer(rain, rain) + 0.02 * np.eye(8), 0.1 * np.eye(8), p=60, seed=3
    )
    covariates = pd.DataFrame({"rain": rain}, index=names)
    found = {"gblup_main": [], "gblup_norm": []}
    for name in names:
        fold = Fold(field, (field[1]["environment"] == name).to_numpy(), names, covariates)
        for method, abilities in found.items():
            abilities.append(fold.ability(method)[name])
    assert np.mean(found["gblup_norm"]) > np.mean(found["gblup_main"]) + 0.3
