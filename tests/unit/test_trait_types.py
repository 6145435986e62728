"""Types of traits: asked about where they are not told, read as numbers of classes, handed to every fit."""

from pathlib import Path

import pytest

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.genotypes.phenotypes import join_trait
from dnngp.genotypes.records import phenotype_of_records
from dnngp.genotypes.simulate import simulate
from dnngp.genotypes.table_reading import TableReading
from dnngp.genotypes.trait_types import TraitType, type_of

RUST = {"kind": "ordinal", "classes": ["R", "MR", "S"]}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Thirty samples; one trait of each look."""
    monkeypatch.chdir(tmp_path)
    Path("g.csv").write_text("id,m1,m2\n" + "".join(f"s{n},{n % 3},{n % 2}\n" for n in range(30)))
    values = "".join(
        f"s{n},{n},{n % 2},{1 + n % 2},{n % 9},{'RS'[n % 2]},{('R', 'MR', 'S')[n % 3]}\n" for n in range(30)
    )
    Path("p.csv").write_text("id,height,ill,case,score,rust,blast\n" + values)
    return {"name": "peas", "genotypes": "g.csv", "phenotypes": "p.csv"}


def said(entry):
    with pytest.raises(UserError) as caught:
        read_configuration({"datasets": [entry]})
    return str(caught.value)


def test_what_looks_like_classes_is_asked_about_with_the_line_to_write(files):
    text = said(files)
    assert "column ill: it has no values but 0, 1. Write `trait_types: {ill: binary}`" in text
    assert "`trait_types: {case: {type: binary, order: [1, 2]}}`" in text
    assert "`trait_types: {score: {type: ordinal, order: [0, 1, 2, 3, 4, 5, 6, 7, 8]}}`" in text
    assert "`trait_types: {score: count}` if it counts something" in text
    assert "`trait_types: {rust: {type: binary, order: [R, S]}}` in the dataset, in their order" in text
    assert "{type: ordinal, order: [MR, R, S]}" in text
    assert "height" not in text
    assert text.count("\n") == 5


def test_an_answer_is_taken(files):
    types = {
        "ill": "binary",
        "case": {"type": "binary", "order": [1, 2]},
        "score": "count",
        "rust": {"type": "binary", "order": ["R", "S"]},
        "blast": {"type": "ordinal", "order": ["R", "MR", "S"]},
    }
    dataset = read_configuration({"datasets": [{**files, "trait_types": types}]}).datasets["peas"]
    assert dataset.trait_type("blast") == TraitType("ordinal", ("R", "MR", "S"))
    assert dataset.trait_type("height").kind == "continuous"
    assert type_of("ill", dataset.fit_options["trait_types"]).has_classes
    table = dataset.table.table("p.csv")
    assert table.columns["blast"][:3] == ["0", "1", "2"]
    assert table.columns["case"][:3] == ["0", "1", "0"]


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ({"scor": "count"}, "`trait_types` is about 'scor'. Did you mean 'score'?"),
        ({"score": "ordinal"}, "'ordinal' needs its classes"),
        ({"score": "nominal"}, "'nominal' is unknown. Use one of: continuous, count, binary"),
        ({"rust": {"type": "binary", "order": ["R", "MR", "S"]}}, "a binary trait has two classes, not 3"),
        ({"rust": {"type": "ordinal", "order": ["R", "S"]}}, "of two, it is `binary`"),
        (
            {"blast": {"type": "binary", "order": ["R", "S"]}},
            "column blast: 'MR' is none of its classes",
        ),
        ({"rust": "count"}, "line 2, column rust: 'R' is no count"),
    ],
)
def test_what_cannot_be_is_named(files, types, message):
    assert message in said({**files, "trait_types": types})


def test_classes_of_a_sample_are_not_averaged(tmp_path):
    path = tmp_path / "p.csv"
    reading = TableReading(trait_types={"rust": RUST})
    rows = [f"s{n},{place},{('R', 'MR', 'S')[n % 3]}" for n in range(6) for place in "ab"]
    samples = [f"s{n}" for n in range(6)]

    def joined(*more):
        path.write_text("\n".join(["id,env,rust", *rows, *more]) + "\n")
        return phenotype_of_records(samples, path, "rust", environment_column="env", reading=reading)

    table, counts = joined("s2,a,S")
    assert counts["averaged"] == 2
    assert set(table["value"]) == {0, 1, 2}
    with pytest.raises(UserError, match="'s2' is S and R in a, and classes have no mean"):
        joined("s2,a,R")


def test_one_value_a_sample_is_the_number_of_its_class(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("id,rust\na,S\nb,R\nc,NA\n")
    table, _ = join_trait(["a", "b", "c"], path, "rust", reading=TableReading(trait_types={"rust": RUST}))
    assert table["value"].tolist()[:2] == [2, 0]
    assert table["value"].isna().tolist() == [False, False, True]


def test_a_simulated_trait_is_cut_into_shares():
    settings = {
        **{"samples": 100, "held_back": 0, "markers": 60, "chromosomes": 1, "founders": 8, "populations": 1},
        **{"missing": 0.0, "inbred": True},
    }
    trait = {"h2": 0.5, "architecture": "additive", "qtl": 10, "epistasis": 0.5}
    whole, cut = (
        simulate("s", {**settings, "traits": {"y": {**trait, "classes": shares}}}, 1).phenotypes
        for shares in ([], [0.5, 0.3, 0.2])
    )
    assert cut["y"].value_counts().sort_index().tolist() == [49, 29, 20]
    assert cut["y"].isna().tolist() == whole["y"].isna().tolist()
    assert whole.groupby(cut["y"])["y"].max()[0] < whole.groupby(cut["y"])["y"].min()[1]


@pytest.mark.parametrize(
    "model",
    ["gblup_main", "gblup_gxe", "gblup_multi", "rkhs_gxe", "lightgbm_env", "residual_net", "prior_net"],
)
def test_models_that_take_no_classes_are_refused_with_the_reason(files, model):
    """Those of several environments too; `dnngp_env` takes classes."""
    entry = {"name": "peas", "genotypes": "g.csv", "phenotypes": "p.csv", "traits": ["ill"]}
    entry |= {"trait_types": {"ill": "binary"}}
    joint = model not in ("residual_net", "prior_net")
    if joint:
        rows = Path("p.csv").read_text().splitlines()
        twice = [f"{row},{place}" for row in rows[1:] for place in ("north", "south")]
        Path("p.csv").write_text("\n".join([f"{rows[0]},site", *twice]) + "\n")
        entry["environments"] = {"column": "site"}
    options = {"methods": ["gblup", model], "cv": {"folds": 3, "schemes": ["CV1" if joint else "random"]}}
    with pytest.raises(UserError, match=f"{model} predicts no binary traits, as ill of peas is"):
        read_configuration({"datasets": [entry], **options})
    if joint:
        read_configuration({"datasets": [entry], **options | {"methods": ["gblup", "dnngp_env"]}})
