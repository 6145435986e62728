"""A transfer in a run that is otherwise finished."""

import shutil

import pytest
from tests.e2e.conftest import SMALL, snakemake

from dnngp.base.tables import read_table
from dnngp.base.tables.catalogue import undeclared


@pytest.fixture(scope="module")
def transferred(finished_run, tmp_path_factory):
    """From one trait of the beans to the other, of which the lines are the same."""
    directory = shutil.copytree(finished_run, tmp_path_factory.mktemp("transfer") / "run")
    height = next(name for name in SMALL["datasets"][0]["simulate"]["traits"] if name != "yield")
    entry = {
        "sources": [{"dataset": "beans", "trait": height}],
        "target": {"dataset": "beans", "trait": "yield"},
        "models": ["gblup", "mean"],
        "added": [0, 10],
        "tested": 25,
        "repeats": 1,
    }
    process = snakemake(directory, SMALL | {"transfer": {"of height": entry}}, "transfer")
    assert process.returncode == 1
    assert "'of height'" in process.stdout + process.stderr
    process = snakemake(directory, SMALL | {"transfer": {"height": entry}}, "transfer")
    assert process.returncode == 0, process.stdout + process.stderr
    return directory / "results"


def test_every_file_is_declared_and_every_table_there(transferred):
    assert list(undeclared(transferred)) == []
    curve = read_table(transferred / "transfer" / "curve.tsv")
    assert curve.groupby("model")["training"].apply(list).tolist() == [["joined", "joined", "alone"]] * 2
    assert (curve["n_test"] == 25).all()
    assert read_table(transferred / "transfer" / "scores.tsv")["status"].eq("ok").all()


def test_no_line_is_on_both_sides(transferred):
    ledger = read_table(transferred / "transfer" / "ledger.tsv")
    assert set(ledger["label"]) == {"inductive"}
    draws = read_table(transferred / "transfer" / "height" / "draws.tsv")
    predictions = read_table(transferred / "transfer" / "height" / "gblup" / "r1.predictions.tsv")
    tested = draws.loc[draws["role"] == "tested", "line"].str.removeprefix("target/")
    assert set(predictions["sample"]) == set(tested)
