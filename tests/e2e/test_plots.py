"""A run that starts at the plots of a field trial and ends at a report."""

import json

import pytest
from tests.e2e.conftest import snakemake

from dnngp.base.ledger import STAGE_ONE
from dnngp.base.tables import read_table

SIMULATED = {
    "samples": 60,
    "markers": 200,
    "populations": 1,
    "plots": {"replicates": 2, "trend": 1.0, "lost": 0.1},
    "traits": {"yield": {"h2": 0.5, "qtl": 20}},
}
PLACES = {name: name for name in ("replicate", "block", "row", "column")}

CONFIG = {
    "datasets": [
        {"name": "field", "simulate": SIMULATED, "plots": PLACES},
        {"name": "folds", "simulate": SIMULATED, "plots": {**PLACES, "stage_one": "within_folds"}},
    ],
    "methods": ["gblup"],
    "cv": {"folds": 3, "schemes": ["random"]},
    "controls": False,
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Tables of a run."""
    folder = tmp_path_factory.mktemp("plots")
    process = snakemake(folder, CONFIG, "results/verdict.json", cores=1)
    assert process.returncode == 0, process.stdout + process.stderr
    return folder / "results"


def test_means_of_entries_are_the_phenotypes_weighted_by_their_errors(results):
    folder = results / "field" / "yield"
    means = read_table(folder / "field_trials" / "means.tsv", text=("id",)).set_index("id")
    phenotype = (
        read_table(folder / "phenotype.tsv", text=("sample",)).set_index("sample").dropna(subset="value")
    )
    of_samples = means.loc[phenotype.index]
    assert len(means) > len(phenotype)  # a check has plots and no markers
    assert phenotype["value"].to_numpy() == pytest.approx(of_samples["value"].to_numpy())
    assert phenotype["weight"].to_numpy() == pytest.approx(1 / of_samples["error_variance"].to_numpy())


def test_stage_one_is_described_and_labelled(results):
    trial = read_table(results / "field" / "yield" / "field_trials" / "trials.tsv").iloc[0]
    assert 0 < trial["h2"] < 1
    ledger = read_table(results / "ledger.tsv").set_index(["dataset", "step"])
    assert ledger.at[("field", STAGE_ONE), "label"] == "stage one (plots of all entries)"
    within = ledger.loc[[("folds", STAGE_ONE)]]
    assert within["label"].tolist() == ["inductive"]
    assert within["test_phenotypes_seen"].tolist() == [0]
    page = (results / "report" / "index.html").read_text()
    assert trial["design"].split(" + ")[0] in page
    assert json.loads((results / "verdict.json").read_text())


def test_means_within_folds_are_of_training_entries_and_judged_by_all_plots(results):
    folder = results / "folds" / "yield"
    of_folds = read_table(folder / "random" / "fold_means.tsv", text=("sample",))
    splits = read_table(folder / "random" / "splits.tsv", text=("sample",))
    keys = ["repeat", "fold", "sample"]
    training = splits[splits["role"] == "train"]
    assert set(map(tuple, of_folds[keys].to_numpy())) == set(map(tuple, training[keys].to_numpy()))
    of_all = read_table(folder / "field_trials" / "means.tsv", text=("id",)).set_index("id")["value"]
    assert of_folds["value"].corr(of_folds["sample"].map(of_all)) > 0.95
    assert not of_folds["value"].equals(of_folds["sample"].map(of_all))
    predictions = read_table(results / "folds" / "predictions.tsv", text=("sample",))
    assert predictions["observed"].to_numpy() == pytest.approx(predictions["sample"].map(of_all).to_numpy())


def test_the_trait_is_predicted(results):
    assert (read_table(results / "summary.tsv")["pearson_weighted"] > 0).all()
