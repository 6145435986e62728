"""Which fits there are, and where their files lie."""

import pytest

from dnngp.config import read_configuration
from dnngp.cost.requests import fit_memory, fit_runtime, memory_mb, runtime
from dnngp.plan import Fit, Plan, SizedFit, paths


def plan(**changes):
    config = {
        "datasets": [
            {"name": "beans", "simulate": {"traits": {"yield": {}, "plant height": {}}}},
            {"name": "peas", "simulate": {}},
        ],
        "methods": ["mean", "gblup"],
        "cv": {"folds": 5, "repeats": 2, "folds_per_job": 2, "schemes": ["random", "cluster_out"]},
    }
    return Plan(read_configuration(config | changes))


def test_a_fit_names_its_files_as_their_pattern_does():
    fit = Fit("beans", "yield", "random", "gblup", 1, 2)
    assert fit.path("folds.tsv") == "<results>/beans/yield/random/gblup/r1b2.folds.tsv"
    assert Fit.pattern("folds.tsv").format(**vars(fit)) == fit.path("folds.tsv")
    assert Fit.log() == "<logs>/{dataset}/{trait}/{scheme}/{model}/r{repeat}b{block}.log"


def test_fits_are_every_trait_scheme_model_repeat_and_block():
    fits = plan().fits()
    assert len(fits) == len(set(fits)) == 3 * 2 * (2 + 1) * 3
    assert {fit.trait for fit in fits if fit.dataset == "beans"} == {"yield", "plant_height"}
    assert {fit.repeat for fit in fits if fit.scheme == "cluster_out"} == {1}


def test_fits_of_one_dataset_trait_scheme_or_model():
    whole = plan()
    chosen = whole.fits(dataset="beans", trait="yield", scheme="random", model="gblup")
    assert paths(chosen, "meta.json")[0] == "<results>/beans/yield/random/gblup/r1b1.meta.json"
    assert len(chosen) == 2 * 3
    assert set(chosen) < set(whole.fits(dataset="beans")) < set(whole.fits())
    assert whole.fits(dataset="oats") == []


def test_folds_of_a_file_decide_repeats_and_blocks(tmp_path):
    (tmp_path / "folds.csv").write_text(
        "id,a,b,c\n" + "".join(f"s{n},{n % 4},{n % 3},{n % 2}\n" for n in range(12))
    )
    (tmp_path / "p.csv").write_text("id,y\n" + "".join(f"s{n},{n}\n" for n in range(12)))
    (tmp_path / "g.csv").write_text("id,m1,m2\n" + "".join(f"s{n},{n % 3},0\n" for n in range(12)))
    dataset = {"name": "d", "genotypes": str(tmp_path / "g.csv"), "phenotypes": str(tmp_path / "p.csv")}
    dataset["folds_file"] = str(tmp_path / "folds.csv")
    cv = {"schemes": ["file"], "folds_per_job": 3}
    whole = plan(datasets=[dataset], cv=cv)
    assert whole.repeats("d", "file") == 3
    assert list(whole.blocks("d", "file")) == [1, 2]


def test_sized_fits_are_every_size():
    size = {"samples": [30, "all"], "markers": [100], "models": ["ridge"], "repeats": 1, "datasets": ["peas"]}
    whole = plan(experiments={"learning_curve": size})
    assert whole.sized_fits() == [
        SizedFit("peas", "yield", "ridge", 30, 100, 1),
        SizedFit("peas", "yield", "ridge", "all", 100, 1),
    ]
    assert list(whole.experiment_tables) == ["surface", "curves"]
    assert "ridge" in whole.models
    assert plan().sized_fits() == []


def test_paired_fits_run_each_choice_once():
    study = {"encodings": {"encodings": ["additive", {"name": "pca", "components": 5}], "datasets": ["peas"]}}
    fits = plan(experiments=study).paired_fits("encodings")
    assert {fit.model for fit in fits} == {"ridge.additive", "ridge.pca-components5"}
    assert len(fits) == len(set(fits)) == 2 * (2 + 1) * 3


def test_what_a_prediction_reads():
    predict = {"new": {"dataset": "beans", "candidates": "unphenotyped", "select": {"weights": {"yield": 1}}}}
    whole = plan(predict=predict)
    prediction = whole.config.predictions["new"]
    assert whole.bundles(prediction, "bundle.json") == [
        f"<results>/beans/{trait}/random/gblup/bundle/bundle.json" for trait in ("yield", "plant_height")
    ]
    held_out = whole.held_out(prediction)
    assert {(fit.trait, fit.scheme, fit.model) for fit in held_out} == {("yield", "random", "gblup")}
    assert len(held_out) == 2 * 3


def test_wildcards_take_what_is_configured():
    wildcards = plan(importance=["gblup"]).wildcards
    assert wildcards["dataset"] == ["beans", "peas"]
    assert wildcards["prediction"] == []
    assert plan(importance=["gblup"]).importances("tsv")[0] == "<results>/beans/yield/markers/gblup.tsv"


class Files(list):
    """As Snakemake hands a job its input."""


class File(str):
    is_storage = False


@pytest.fixture
def megabyte(tmp_path):
    path = tmp_path / "one"
    path.write_bytes(bytes(2**20))
    return Files([File(path)])


def test_requests_grow_with_the_input_and_double_with_each_attempt(megabyte, tmp_path):
    assert memory_mb(100, per_input=5)(None, megabyte, 1) == 105
    assert runtime(30, per_input=2)(None, megabyte, 3) == 4 * 32
    assert memory_mb(100, per_input=5)(None, Files([File(tmp_path)]), 1) == 105


def test_fits_of_networks_ask_for_more_time(megabyte):
    whole = plan(methods=["gblup", "dnngp"])
    asked = {
        model: fit_runtime(whole)(type("Wildcards", (), {"model": model}), megabyte, 1)
        for model in ("gblup", "dnngp")
    }
    assert asked["gblup"] < asked["dnngp"]


def test_fits_of_environments_together_ask_for_memory_of_all_records(megabyte):
    traits = {"yield": {}, "height": {}}
    dataset = {"name": "beans", "simulate": {"traits": traits}, "environments": {"traits": [*traits]}}
    whole = plan(datasets=[dataset], methods=["gblup", "gblup_multi"], cv={"schemes": ["CV1"]})
    megabyte.phenotype = megabyte[0]
    asked = {
        model: fit_memory(whole)(type("Wildcards", (), {"model": model}), megabyte, 1)
        for model in ("gblup", "gblup_multi")
    }
    records = 2**20 / 20
    assert asked["gblup_multi"] - asked["gblup"] == pytest.approx(3 * 8e-6 * records**2, abs=1)


def test_exports_are_every_trait_and_scheme_of_plain_gblup():
    whole = plan(export="r")
    folder = "<results>/{}/{}/{}/check_in_r"
    traits = [("beans", "yield"), ("beans", "plant_height"), ("peas", "yield")]
    schemes = ["random", "cluster_out"]
    assert sorted(whole.exports) == sorted(folder.format(*of, scheme) for of in traits for scheme in schemes)
    fits = whole.checked_fits("beans", "yield", "random")
    assert [(fit.model, fit.repeat, fit.block) for fit in fits] == [("gblup", 1, n) for n in (1, 2, 3)]
    assert plan().exports == []
