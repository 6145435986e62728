"""Samples predicted in environments, known and new, by models trained on all records."""

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.evaluation.fold_records import FoldRecords
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.records import OVERALL, joined, read_long, read_wide
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.methods.registry import METHODS, create
from dnngp.prediction.bundle_files import load_bundle, save_bundle
from dnngp.prediction.bundle_training import train
from dnngp.prediction.candidates import environments_asked, headline
from dnngp.prediction.explanations import chosen_candidates, explained
from dnngp.prediction.held_out import NEW, errors_by_environment, predictive_ability
from dnngp.prediction.importance import contributions, marker_importance

NAMES = ("north", "south", "east", "west")
COVARIATES = pd.DataFrame({"rain": [1.0, 2.0, 4.0, 6.0], "soil": ["clay", "sand", "clay", "sand"]})
FEW = {"name": "pca", "components": 10}
QUICK = {"lightgbm_env": {"n_estimators": 20}, "dnngp_env": {"epochs": 2}, "lightgbm": {"n_estimators": 20}}


@pytest.fixture(scope="module")
def field():
    """Genotypes of 60 samples, and the values of 45 of them in most of four environments."""
    rng = np.random.default_rng(1)
    p, n = 80, 60
    blank = [""] * p
    dosages = rng.binomial(2, rng.uniform(0.2, 0.8, p)[:, None], (p, n)).astype(np.int8)
    genotypes = Genotypes(
        samples=np.array([f"s{i:02}" for i in range(n)]),
        variants=variant_table(blank, [0] * p, [f"m{i}" for i in range(p)], blank, blank),
        dosages=dosages,
        ploidy=2,
        source={},
    )
    effects = rng.normal(size=p)
    rows = [
        (sample, name, 10 * place + (effects + 0.4 * place * rng.normal(size=p)) @ dosages[:, row])
        for place, name in enumerate(NAMES)
        for row, sample in enumerate(genotypes.samples[:45])
        if (row + place) % 7
    ]
    records = pd.DataFrame(rows, columns=["sample", "environment", "value"])
    return genotypes, records.set_index(["sample", "environment"])["value"]


def bundle_of(field, method, covariates=COVARIATES, phenotype=None, **options):
    genotypes, values = field
    values = values if phenotype is None else phenotype
    several = isinstance(values.index, pd.MultiIndex)
    return train(
        genotypes,
        values,
        method=method,
        encoding=options.pop("encoding", FEW if "env" in method else METHODS[method].default_encoding),
        params=QUICK.get(method, {}),
        maf=0.0,
        names=("field",),
        environments=Environments(NAMES, covariates) if several else None,
        **options,
    )


def predicted(bundle, genotypes, environments=None, level=0.9):
    table = bundle.predict(genotypes, bundle.match(genotypes, 0.5, ""), level, environments)
    return table.set_index(["environment", "sample"]) if "environment" in table else table.set_index("sample")


@pytest.fixture(scope="module")
def candidates(field):
    return field[0].select(np.arange(45, 60))


def test_a_method_that_knows_no_environments_predicts_in_each_as_if_it_were_alone(field, candidates):
    found = predicted(bundle_of(field, "gblup"), candidates)
    alone = predicted(bundle_of(field, "gblup", phenotype=field[1].xs("south", level=1)), candidates)
    assert list(dict.fromkeys(found.index.get_level_values(0))) == [OVERALL, *NAMES]
    for column in ("predicted", "reliability"):
        pd.testing.assert_series_equal(found.loc["south", column].sort_index(), alone[column].sort_index())


def test_the_mean_over_environments_counts_each_the_same(field, candidates):
    found = predicted(bundle_of(field, "gblup_gxe"), candidates)["predicted"]
    means = pd.concat([found.loc[name] for name in NAMES], axis=1).mean(axis=1)
    pd.testing.assert_series_equal(
        found.loc[OVERALL].sort_index(), means.sort_index(), check_names=False, rtol=1e-12
    )
    ranks = predicted(bundle_of(field, "gblup_gxe"), candidates).loc["east", "rank"]
    assert ranks.tolist() == list(range(1, 16))


@pytest.mark.parametrize("method", ["gblup_main", "gblup_norm", "gblup_multi", "rkhs_gxe", "lightgbm_env"])
def test_a_bundle_predicts_what_an_evaluation_does(field, candidates, method):
    genotypes, values = field
    environments, bundle = Environments(NAMES, COVARIATES), bundle_of(field, method)
    keys = values.index.to_frame(index=False)
    known = FoldRecords.of(keys, environments)
    training = TrainingSet(
        Population(genotypes),
        genotypes.positions(known.samples),
        None,
        None,
        known.sample,
        known.environment,
        environments,
        known.ids,
    )
    model = create(method, bundle.params, bundle.seed, bundle.encoding, True)
    model.fit(training, values.loc[known.keys].to_numpy())
    rows = np.arange(45, 60)
    records = training.records(rows, np.arange(15), np.full(15, NAMES.index("east")))
    expected = pd.Series(model.predict(records).mean, candidates.samples)
    found = predicted(bundle, candidates).loc["east", "predicted"]
    np.testing.assert_allclose(found.loc[candidates.samples], expected.to_numpy(), rtol=1e-8)


@pytest.mark.parametrize("method", ["gblup", "lightgbm", "gblup_norm", "lightgbm_env", "dnngp_env", "stack"])
def test_a_stored_bundle_predicts_the_same_bytes(field, candidates, tmp_path, method):
    bundle = bundle_of(field, method)
    save_bundle(bundle, tmp_path)
    again = load_bundle(tmp_path)
    pd.testing.assert_frame_equal(again.environments.covariates, COVARIATES, check_dtype=False)
    pd.testing.assert_frame_equal(
        predicted(bundle, candidates), predicted(again, candidates), check_exact=True
    )


@pytest.mark.parametrize("method", ["gblup", "gblup_gxe", "lightgbm_env"])
def test_a_sample_is_predicted_alike_whoever_else_is_in_the_file(field, candidates, method):
    bundle = bundle_of(field, method)
    together = predicted(bundle, candidates)["predicted"]
    alone = predicted(bundle, candidates.select(np.array([3])))["predicted"]
    np.testing.assert_allclose(alone, together.loc[alone.index], rtol=1e-10)


def test_a_training_sample_has_its_own_effect_in_environments_where_it_was_not_seen(field):
    bundle = bundle_of(field, "gblup_main")
    table = predicted(bundle, field[0])
    assert table["trained_on"].groupby("sample").first().sum() == 45


def new_environments(covariates=True):
    table = pd.DataFrame({"rain": [5.0], "soil": ["sand"]}, index=["valley"])
    return ["south", "valley"], table if covariates else None


def test_a_new_environment_is_predicted_as_by_a_fit_that_knew_of_it(field, candidates):
    """The reaction norm's variances come from the environments with records alone."""
    genotypes, values = field
    names, table = new_environments()
    bundle = bundle_of(field, "gblup_norm")
    found = predicted(bundle, candidates, bundle.asked(names, table))
    known = Environments((*NAMES, "valley"), pd.concat([COVARIATES, table], ignore_index=True))
    whole = train(
        genotypes,
        values,
        method="gblup_norm",
        encoding={"name": "additive"},
        params={},
        maf=0.0,
        names=("field",),
        environments=known,
    )
    fit = whole.fits[0].predict(candidates, np.zeros(len(whole.markers), bool), [4])
    np.testing.assert_allclose(found.loc["valley", "predicted"].loc[candidates.samples], fit.mean, rtol=1e-8)
    assert found["new_environment"].groupby("environment").first().to_dict() == {
        OVERALL: False,
        "south": False,
        "valley": True,
    }
    # What was asked before changes nothing.
    pd.testing.assert_frame_equal(
        predicted(bundle, candidates), predicted(bundle_of(field, "gblup_norm"), candidates), check_exact=True
    )


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("gblup", "means of what the fits of the other environments say"),
        ("gblup_gxe", "main effects, at the mean of the other environments"),
        ("lightgbm_env", r"go by the covariates \(rain, soil\)"),
        ("dnngp_env", r"go by the covariates \(rain, soil\)"),
    ],
)
def test_what_is_said_of_a_new_environment(field, candidates, method, words, caplog):
    bundle = bundle_of(field, method)
    table = predicted(bundle, candidates, bundle.asked(*new_environments()))
    assert np.isfinite(table["predicted"]).all()
    assert (
        pytest.approx(table.loc["south", "predicted"].sort_index())
        == predicted(bundle, candidates).loc["south", "predicted"].sort_index()
    )
    with caplog.at_level("WARNING"):
        bundle.asked(*new_environments())
    assert caplog.messages[-1].startswith("valley: no record of training is from there")
    assert pd.Series(caplog.messages).str.contains(words).any()


def test_new_environments_that_cannot_be_predicted(field):
    with pytest.raises(UserError, match="predicts no environments that it was not trained on: valley"):
        bundle_of(field, "gblup_multi").asked(*new_environments())
    with pytest.raises(UserError, match=r"those of valley are not known. .*`environment_covariates`"):
        bundle_of(field, "gblup_norm").asked(*new_environments(covariates=False))
    alone = bundle_of(field, "gblup", phenotype=field[1].xs("south", level=1))
    assert alone.asked(None) is None
    with pytest.raises(UserError, match="trained without environments"):
        alone.asked(["south"])


def test_covariates_of_new_environments_come_from_a_table(field, tmp_path):
    (tmp_path / "env.csv").write_text("soil,name,rain\nsand,valley,5\nclay,hill,1\n")
    bundle = bundle_of(field, "gblup_norm")
    found = environments_asked(bundle, ["hill", "north"], str(tmp_path / "env.csv"), {"id_column": "name"})
    assert found.names == ("hill", "north")
    assert found.covariates.iloc[0].to_dict() == {"rain": 1.0, "soil": "clay"}
    with pytest.raises(UserError, match=r"1 environments \(dale\) are not in the table"):
        environments_asked(bundle, ["dale"], str(tmp_path / "env.csv"), {"id_column": "name"})


@pytest.mark.parametrize("method", ["gblup", "lightgbm", "gblup_gxe"])
def test_importance_of_markers_is_a_mean_over_environments(field, method):
    genotypes, values = field
    bundle = bundle_of(field, method)
    training = genotypes.select(genotypes.positions(bundle.samples))
    table = marker_importance(bundle, training)
    assert table["importance"].notna().all()
    assert table["rank"].min() == 1
    if method == "gblup_gxe":
        found = contributions(
            METHODS[method],
            bundle.model,
            bundle.encoding,
            TrainingSet(Population(training), np.arange(training.n_samples)),
        )
        mean = predicted(bundle, training).loc[OVERALL, "predicted"].loc[training.samples].to_numpy()
        own = found.sum(axis=1)
        assert np.corrcoef(own, mean)[0, 1] > 0.8
        return
    of_each = []
    for name in NAMES:
        alone = bundle_of(field, method, phenotype=values.xs(name, level=1))
        part = genotypes.select(genotypes.positions(alone.samples))
        of_each.append(marker_importance(alone, part)["importance"])
    np.testing.assert_allclose(table["importance"], np.mean(of_each, axis=0), rtol=1e-8)


@pytest.mark.parametrize("method", ["gblup", "lightgbm", "gblup_gxe"])
def test_explanations_are_of_the_mean_over_environments(field, candidates, method):
    bundle = bundle_of(field, method)
    match = bundle.match(candidates, 0.5, "")
    table = bundle.predict(candidates, match, 0.9)
    chosen = chosen_candidates(table, 3, lower_is_better=False)
    found = explained(bundle, bundle.training_among(field[0]), candidates, match, chosen, 4)
    assert chosen.tolist() == headline(table)["predicted"].nlargest(3).tolist()
    assert found["remainder"].abs().max() < 1e-6 * np.ptp(table["predicted"])


@pytest.mark.parametrize(
    ("method", "encoding"),
    [("dnngp_env", FEW), ("lightgbm_env", {"name": "additive"})],
)
def test_importance_beside_environments_is_of_the_mean_prediction(field, method, encoding):
    bundle = bundle_of(field, method, encoding=encoding)
    training = field[0].select(field[0].positions(bundle.samples))
    seen = TrainingSet(Population(training), np.arange(training.n_samples))
    own = contributions(METHODS[method], bundle.model, bundle.encoding, seen).sum(axis=1)
    mean = predicted(bundle, training).loc[OVERALL, "predicted"].loc[training.samples].to_numpy()
    # Networks bend along the way; trees share out a part to environments, which samples change.
    assert np.ptp(mean - own) < (0.1 if method == "dnngp_env" else 0.5) * np.ptp(mean)
    table = marker_importance(bundle, training)
    assert (table["importance"] > 0).any()
    if method == "lightgbm_env":
        assert table["gain"].sum() == pytest.approx(1)
        assert ((table["permutation"] > 0) <= (table["gain"] > 0)).all()


def held_out():
    rng = np.random.default_rng(2)
    rows = [(1, i % 3, f"s{i}", name) for i in range(30) for name in ("north", "south")]
    table = pd.DataFrame(rows, columns=["repeat", "fold", "sample", "environment"])
    table["observed"] = rng.normal(size=60)
    return table.assign(predicted=table["observed"] + rng.normal(size=60))


def test_errors_are_kept_by_environment():
    table = held_out()
    found = errors_by_environment(table, False)
    assert {name: len(values) for name, values in found.items()} == {"north": 30, "south": 30, OVERALL: 30}
    of_first = (table["observed"] - table["predicted"])[:2].mean()
    assert of_first in found[OVERALL]
    assert list(errors_by_environment(table, True)) == [NEW]
    assert len(errors_by_environment(table.drop(columns="environment"), False)[""]) == 60
    assert 0.3 < predictive_ability(table) < 1
    assert predictive_ability(table.assign(predicted=1.0)) is None


def test_intervals_are_those_of_the_environment(field, candidates):
    errors = {"south": np.full(20, 2.0), OVERALL: np.full(20, 1.0)}
    table = predicted(bundle_of(field, "gblup", errors=errors), candidates)
    widths = (table["upper"] - table["lower"]).groupby("environment").first()
    assert widths["south"] == pytest.approx(4)
    assert widths[OVERALL] == pytest.approx(2)
    assert np.isnan(widths["north"])
    some = bundle_of(field, "gblup", errors=errors).asked(["south", "north"])
    assert (
        predicted(bundle_of(field, "gblup", errors=errors), candidates, some)
        .loc[OVERALL, "lower"]
        .isna()
        .all()
    )


def test_the_mean_over_environments_stands_for_a_sample(field, candidates):
    table = predicted(bundle_of(field, "gblup"), candidates).reset_index()
    assert set(headline(table)["environment"]) == {OVERALL}
    one = table[table["environment"] == "south"]
    assert headline(one) is one


def test_wheat_in_four_environments(shared):
    folder = shared / "data" / "wheat_cimmyt599"
    genotypes = read_genotypes(folder / "genotypes.csv.gz")
    columns = ["yield_env1", "yield_env2", "yield_env4", "yield_env5"]
    records = read_wide(folder / "phenotypes.csv", columns=columns)
    records, _ = joined(records, genotypes.samples.tolist(), "phenotypes.csv")
    new = genotypes.samples[::10]
    values = records[~records["sample"].isin(new)].set_index(["sample", "environment"])["value"]
    options = {"encoding": {"name": "additive"}, "params": {}, "maf": 0.01, "names": ("wheat",)}
    truth = records.set_index(["environment", "sample"])["value"]
    for method in ("gblup", "gblup_gxe"):
        bundle = train(genotypes, values, method=method, environments=Environments(tuple(columns)), **options)
        table = predicted(bundle, genotypes.select(genotypes.positions(new)))["predicted"]
        r = [truth.loc[name].corr(table.loc[name]) for name in columns]
        assert np.mean(r) > 0.3


def test_maize_in_a_new_environment(shared):
    """The place and the water of the environment say which others it is like."""
    folder = shared / "data" / "maize_drops246"
    genotypes = read_genotypes(folder / "genotypes.vcf.gz")
    genotypes = genotypes.select(None, np.arange(0, genotypes.n_variants, 20))
    about = (
        pd.read_csv(folder / "environments.csv").dropna(subset=["water"]).set_index("env")[["loc", "water"]]
    )
    records, _ = read_long(folder / "phenotypes_by_env.csv.gz", environment="env", value="anthesis")
    names = [name for name in dict.fromkeys(records["environment"]) if name in about.index][:8]
    records, _ = joined(records, genotypes.samples.tolist(), "", names)
    values = records.set_index(["sample", "environment"])["value"]
    trained = [name for name in names if name != "Gai12R"][:7]
    left = next(name for name in names if name not in trained)
    new = genotypes.samples[::5]
    bundle = train(
        genotypes,
        values[~values.index.get_level_values(0).isin(new) & values.index.get_level_values(1).isin(trained)],
        method="gblup_norm",
        encoding={"name": "additive"},
        params={},
        maf=0.01,
        names=("maize",),
        environments=Environments(tuple(trained), about.loc[trained].reset_index(drop=True)),
    )
    asked = bundle.asked([left], about.loc[[left]])
    table = predicted(bundle, genotypes.select(genotypes.positions(new)), asked)
    assert set(table.index.get_level_values(0)) == {left}
    truth = values.xs(left, level=1)
    assert truth.corr(table.loc[left, "predicted"]) > 0.4
