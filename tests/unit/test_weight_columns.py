"""Weights of records: read with the phenotypes, joined by precision, and doubted before a run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dnngp.base.errors import UserError
from dnngp.cli import inspection
from dnngp.config import read_configuration
from dnngp.encodings.samples.record_weights import WeightsByRecord
from dnngp.genotypes.phenotypes import join_trait
from dnngp.genotypes.records import phenotype_of_records
from dnngp.genotypes.table_reading import TableReading
from dnngp.methods.registry import METHODS

ROWS = range(30)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Thirty samples of one trait, and columns of weights of each look."""
    monkeypatch.chdir(tmp_path)
    Path("g.csv").write_text("id,m1,m2\n" + "".join(f"s{n},{n % 3},{n % 2}\n" for n in ROWS))
    write()
    return {"name": "peas", "genotypes": "g.csv", "phenotypes": "p.csv", "traits": ["yield", "height"]}


def write(**changes):
    """Replaces cells of the last row, by column."""
    names = ["id", "yield", "height", "plots", "se", "var", "share", "amount", "large"]
    rows = [
        [
            f"s{n}",
            n + 0.5,
            2 * n + 0.3,
            1 + n % 8,
            0.2 + n % 4 / 10,
            0.3 + n % 3,
            0.1 + n / 100,
            100 + n,
            500.5 + n,
        ]
        for n in ROWS
    ]
    rows[-1] = [changes.get(name, cell) for name, cell in zip(names, rows[-1], strict=True)]
    Path("p.csv").write_text("\n".join(",".join(map(str, row)) for row in [names, *rows]) + "\n")


def read(files, **weights):
    config = {"datasets": [{**files, "weights": weights}], "methods": ["mean"], "cv": {"folds": 3}}
    return read_configuration(config).datasets["peas"]


def said(files, **weights):
    with pytest.raises(UserError) as caught:
        read(files, **weights)
    return str(caught.value)


def test_weights_reach_every_trait_or_those_named(files):
    dataset = read(files, kind="replicates", column="plots")
    assert dataset.table.weights == {
        "kind": "replicates",
        "columns": {"yield": "plots", "height": "plots"},
    }
    samples = [f"s{n}" for n in reversed(ROWS)]
    phenotype, _ = join_trait(samples, "p.csv", "yield", reading=dataset.table)
    weights = WeightsByRecord.read(phenotype, dataset.fit_options["errors_known"])
    assert weights.of(["s0", "s9"]).values.tolist() == [1, 2]
    dataset = read(files, kind="standard_error", columns={"yield": "se"})
    phenotype, _ = join_trait(samples, "p.csv", "yield", reading=dataset.table)
    np.testing.assert_allclose(phenotype["weight"].iloc[-1], 1 / 0.2**2)
    assert dataset.fit_options["errors_known"]
    phenotype, _ = join_trait(samples, "p.csv", "height", reading=dataset.table)
    assert WeightsByRecord.read(phenotype, True) is None


def test_columns_of_weights_are_no_traits(files):
    files = {**files, "traits": "all", "not_traits": ["se", "var", "share", "amount", "large"]}
    assert list(read(files, kind="replicates", column="plots").traits) == ["yield", "height"]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("NA", "line 31, column plots: there is no number of replicates of a value"),
        ("0", "line 31, column plots: '0' is no number of replicates"),
        ("-2", "'-2' is no number of replicates"),
        ("inf", "'inf' is no number of replicates"),
        ("many", "'many' is no number of replicates"),
    ],
)
def test_a_value_needs_a_weight_above_0(files, cell, message):
    write(plots=cell)
    assert message in said(files, kind="replicates", column="plots")
    write(plots=cell, **{"yield": "NA", "height": "NA"})
    read(files, kind="replicates", column="plots")


@pytest.mark.parametrize(
    ("kind", "column", "message"),
    [
        ("replicates", "se", "its name speaks of standard_error. A value with 0.5 would count 2.5 times"),
        ("replicates", "var", "its name speaks of variance"),
        ("replicates", "share", "no number reaches 1 (0.1 to 0.39)"),
        ("standard_error", "plots", "its name speaks of replicates. A value with 1 would count 64 times"),
        ("variance", "se", "its name speaks of standard_error"),
        ("variance", "amount", "all are whole numbers (100 to 129)"),
        ("variance", "large", "the error variance would be 515, more than the variance of the values, 77.5"),
    ],
)
def test_the_wrong_direction_is_asked_about_with_numbers(files, kind, column, message):
    text = said(files, kind=kind, column=column)
    assert message in text
    assert "Write `kind: " in text
    read(files, kind=kind, column=column, confirmed=True)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"kind": "replicates"}, "needs either `column` or `columns`"),
        ({"kind": "replicates", "column": "plot"}, "has no column 'plot' (`weights`). Did you mean 'plots'?"),
        ({"kind": "replicates", "columns": {"yeild": "plots"}}, "`weights.columns` is about 'yeild'"),
        ({"kind": "reps", "column": "plots"}, "replicates"),
    ],
)
def test_what_cannot_be_is_named(files, weights, message):
    assert message in said(files, **weights)


def test_methods_that_take_no_weights_are_named(files, monkeypatch):
    estimator = type("Blind", (METHODS["gblup"].estimator,), {})
    blind = replace(METHODS["gblup"], name="blind", estimator=estimator, weights=False)
    monkeypatch.setitem(METHODS, "blind", blind)
    entry = {**files, "weights": {"kind": "replicates", "column": "plots"}}
    with pytest.raises(UserError) as caught:
        read_configuration({"datasets": [entry], "methods": ["gblup", "blind"], "cv": {"folds": 3}})
    assert "the method 'blind' of 'blind' takes no weights, and peas has `weights`" in str(caught.value)


def test_error_variances_of_classes_are_refused_and_samplers_that_take_no_weights_of_them(files):
    files = {
        **files,
        "traits": ["yield", "plots"],
        "trait_types": {"plots": {"type": "ordinal", "order": [*range(1, 9)]}},
    }
    text = said(files, kind="variance", column="large", confirmed=True)
    assert "plots has classes (`trait_types`), and of a class there is no error variance" in text
    read(files, kind="variance", columns={"yield": "large"}, confirmed=True)
    read(files, kind="replicates", column="large", confirmed=True)
    entry = {**files, "weights": {"kind": "replicates", "column": "large", "confirmed": True}}
    with pytest.raises(
        UserError, match="'bayesa' of 'bayesa' takes no weights of classes, and plots of peas"
    ):
        read_configuration({"datasets": [entry], "methods": ["gblup", "bayesa"], "cv": {"folds": 3}})


def test_a_sample_twice_is_once_with_weight_two(tmp_path):
    path = tmp_path / "p.csv"
    reading = TableReading(weights={"kind": "variance", "columns": {"yield": "v"}})
    rows = [f"s{n},{place},{n + 0.25},0.5" for n in range(6) for place in "ab"]
    samples = [f"s{n}" for n in range(6)]

    def joined(*rows):
        path.write_text("\n".join(["id,env,yield,v", *rows]) + "\n")
        return phenotype_of_records(samples, path, "yield", environment_column="env", reading=reading)[0]

    twice, once = joined(*rows, "s0,a,0.25,0.5"), joined("s0,a,0.25,0.25", *rows[1:])
    assert twice.equals(once)
    unequal = joined(*rows, "s0,a,4.25,0.125").set_index(["sample", "environment"])
    assert unequal.loc[("s0", "a"), ["value", "weight"]].tolist() == [3.45, 10]


def test_environments_of_a_wide_table_have_weights_each(files):
    environments = {"columns": ["yield", "height"], "trait": "both"}
    files = {**files, "traits": "all", "environments": environments}
    columns = {"yield": "plots", "height": "se"}
    text = said(files, kind="replicates", columns={"yield": "plots"})
    assert "`weights.columns` lacks height: name the weights of every environment" in text
    config = {"kind": "replicates", "columns": columns, "confirmed": True}
    entry = {
        "datasets": [{**files, "weights": config}],
        "methods": ["mean"],
        "cv": {"schemes": ["CV1"], "folds": 3},
    }
    dataset = read_configuration(entry).datasets["peas"]
    table, _ = phenotype_of_records(
        [f"s{n}" for n in ROWS], "p.csv", "both", **dataset.record_options, reading=dataset.table
    )
    by_key = WeightsByRecord.read(table, known=False).values
    assert by_key[("s1", "yield")] == 2
    assert by_key[("s1", "height")] == pytest.approx(0.3)


def test_check_says_how_much_the_most_precise_value_counts(files):
    dataset = read(files, kind="replicates", column="plots")
    phenotype, _ = join_trait([f"s{n}" for n in ROWS], "p.csv", "yield", reading=dataset.table)
    (told,) = inspection._precision(dataset, phenotype)
    assert told == "weights: replicates; the most precise value counts 8 times as much as the least"
