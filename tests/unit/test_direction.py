"""The direction of a trait: declared once with the dataset, and the same for scores, ranks and indices."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.evaluation.gathering import turned
from dnngp.evaluation.summaries import gain_curves
from dnngp.genotypes.harmonise import Match
from dnngp.genotypes.store import VARIANT_COLUMNS, Genotypes
from dnngp.plan import Plan
from dnngp.prediction.bundle_files import load_bundle, save_bundle
from dnngp.prediction.bundle_training import train

FOLD = {"scheme": "random", "model": "gblup", "repeat": 1, "fold": 1}


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("g.csv").write_text("id,m1,m2\n" + "".join(f"s{n},{n % 3},{n % 2}\n" for n in range(30)))
    rows = "".join(f"s{n},{n + 0.5},{2 * n + 0.3}\n" for n in range(30))
    Path("p.csv").write_text("id,yield,lodging\n" + rows)
    return {"name": "peas", "genotypes": "g.csv", "phenotypes": "p.csv"}


def read(dataset, **entry):
    entry = {"dataset": "peas", "candidates": "g.csv", **entry}
    config = {"datasets": [dataset], "methods": ["gblup"], "cv": {"folds": 3}, "predict": {"new": entry}}
    return read_configuration(config)


def said(dataset, **entry):
    with pytest.raises(UserError) as caught:
        read(dataset, **entry)
    return str(caught.value)


def test_traits_are_the_higher_the_better_but_for_those_declared(dataset):
    peas = read(dataset | {"better": {"lodging": "lower"}}).datasets["peas"]
    assert (peas.sign("yield"), peas.sign("lodging"), peas.lower) == (1, -1, ["lodging"])
    misspelt = said(dataset | {"better": {"yeild": "lower"}})
    assert "`better` is about 'yeild'. Did you mean 'yield'?" in misspelt
    several = dataset | {"environments": {"traits": ["yield", "lodging"]}, "better": {"lodging": "lower"}}
    config = {"datasets": [several], "methods": ["gblup"], "cv": {"folds": 3, "schemes": ["CV1"]}}
    assert read_configuration(config).datasets["peas"].sign("lodging") == -1


@pytest.mark.parametrize(
    ("better", "weights", "words"),
    [
        ({}, {"lodging": -1.0}, "'lodging' has the weight -1, and of it higher values are better"),
        ({"lodging": "lower"}, {"lodging": 2.0}, "write `better: {lodging: higher}` in the dataset peas"),
    ],
)
def test_a_weight_against_the_direction_of_its_trait_is_refused(dataset, better, weights, words):
    assert words in said(dataset | {"better": better}, select={"weights": {"yield": 1.0, **weights}})


def test_scores_of_selection_are_those_of_the_mirrored_trait():
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.normal(size=(40, 2)), columns=["observed", "predicted"]).assign(**FOLD)
    mirrored = table.assign(observed=-table["observed"], predicted=-table["predicted"])
    both = pd.concat([table.assign(trait="lodging"), mirrored.assign(trait="standing")])
    gains = gain_curves(turned(both, ["lodging"])).pivot(index="share", columns="trait", values="gain")
    assert gains["lodging"].tolist() == gains["standing"].tolist()
    assert turned(both, []) is both
    # Traits that are treated as environments are named by them.
    named = mirrored.assign(trait="all traits", environment="standing")
    assert (turned(named, ["standing"])["observed"] == table["observed"]).all()


def test_candidates_are_ranked_from_the_best(tmp_path):
    rng = np.random.default_rng(2)
    dosages = rng.integers(0, 3, (20, 30)).astype(np.int8)
    variants = pd.DataFrame({name: [f"{name}{n}" for n in range(20)] for name in VARIANT_COLUMNS})
    variants = variants.assign(pos=np.arange(20))
    genotypes = Genotypes(np.array([f"s{n}" for n in range(30)]), variants, dosages, 2, {})
    y = pd.Series(dosages[0] + rng.normal(size=30), genotypes.samples)
    bundle = train(
        *(genotypes, y),
        **{"method": "gblup", "encoding": {"name": "additive"}, "params": {}, "maf": 0.0, "names": ("seed",)},
        lower=["lodging"],
        about={"trait": "lodging"},
    )
    save_bundle(bundle, tmp_path)
    bundle = load_bundle(tmp_path)
    everything = Match(np.arange(20), np.zeros(20, bool), np.full(20, "same"), 0, 0)
    lowest_first = bundle.predict(genotypes, everything, 0.9)
    highest_first = replace(bundle, lower=()).predict(genotypes, everything, 0.9)
    assert lowest_first["predicted"].is_monotonic_increasing
    assert lowest_first["sample"].tolist() == highest_first["sample"].tolist()[::-1]
    assert lowest_first["rank"].tolist() == highest_first["rank"].tolist()


@pytest.mark.parametrize(
    ("select", "words"),
    [
        ({}, "needs either `weights` or `desired_gains`"),
        ({"weights": {"yield": 1}, "desired_gains": {"lodging": -1}}, "needs either `weights` or"),
        ({"desired_gains": {"yield": 1}, "restricted": ["yield"]}, "leave it out of `desired_gains`"),
        ({"weights": {"yield": 1}, "restricted": ["yield"]}, "leave it out of `weights`"),
        ({"desired_gains": {"yield": 1, "lodging": 0}}, "'lodging' has no direction in `desired_gains`"),
        ({"desired_gains": {"yield": 1, "lodging": 1}}, "'lodging' has the gain 1, and of it lower values"),
        ({"weights": {"yield": 1}, "restricted": ["logging"]}, "select.restricted: 'logging' is not among"),
    ],
)
def test_what_is_no_goal_of_an_index_is_refused(dataset, select, words):
    assert words in said(dataset | {"better": {"lodging": "lower"}}, select=select)


def test_covariances_are_estimated_where_the_goal_needs_them(dataset):
    wishes = {
        "plain": {"weights": {"yield": 1.0}},
        "asked": {"weights": {"yield": 1.0}, "covariances": True},
        "needed": {"desired_gains": {"lodging": -1.0}, "restricted": ["yield"]},
    }
    entries = {
        name: {"dataset": "peas", "candidates": "g.csv", "select": one} for name, one in wishes.items()
    }
    lodging = dataset | {"better": {"lodging": "lower"}}
    plan = Plan(read_configuration({"datasets": [lodging], "methods": ["gblup"], "predict": entries}))
    predictions = plan.config.predictions
    assert [plan.covariances(one) for one in predictions.values()] == [
        [],
        "<results>/predict/asked/covariances.json",
        "<results>/predict/needed/covariances.json",
    ]
    assert plan.index_traits(predictions["needed"]) == ["yield", "lodging"]
    assert "selection_index" in plan.prediction_tables(predictions["needed"])
    assert "selection_index" not in plan.prediction_tables(predictions["plain"])


def test_traits_treated_as_environments_are_indexed_by_their_names(dataset):
    several = dataset | {"environments": {"traits": ["yield", "lodging"]}, "better": {"lodging": "lower"}}
    select = {"weights": {"yield": 1.0}, "restricted": ["lodging"]}
    entry = {"dataset": "peas", "candidates": "g.csv", "model": "gblup_multi", "select": select}
    config = {"methods": ["gblup_multi"], "cv": {"schemes": ["CV1"]}, "predict": {"new": entry}}
    plan = Plan(read_configuration({"datasets": [several], **config}))
    new = plan.config.predictions["new"]
    assert plan.index_traits(new) == ["yield", "lodging"]
    assert plan.index_phenotypes(new) == ["<results>/peas/all_traits/phenotype.tsv"]
    assert plan.predicts_jointly(new)
    narrow = {"new": entry | {"environments": ["yield"]}}
    with pytest.raises(UserError, match="'lodging' is not among the traits predicted"):
        read_configuration({"datasets": [several], **config, "predict": narrow})
