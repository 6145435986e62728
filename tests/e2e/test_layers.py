"""A run with a layer beside the markers, which some lines lack."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.e2e.conftest import snakemake

from dnngp.base.tables import read_table

LINES, LACKING = 60, ["l07", "l31", "l58"]

#: With a pedigree and a value, and no genotypes; with a pedigree alone.
BESIDE, YOUNG = ["x0", "x1", "x2", "x3"], ["y0", "y1"]

CONFIG = {
    "datasets": [
        {
            "name": "rye",
            "genotypes": "markers.csv",
            "phenotypes": "traits.csv",
            "omics": {
                "bands": {"file": "bands.csv", "samples_in": "columns", "qc": {"min_call_rate_marker": 0.9}},
                "pedigree": {"file": "pedigree.csv", "format": "pedigree"},
            },
        }
    ],
    "methods": ["gblup", "gblup_h"],
    "models": {
        "bands": {"method": "gblup", "omics": ["bands"]},
        "parents": {"method": "gblup", "omics": ["pedigree"]},
        "both": {"method": "kernel_sum", "omics": ["markers", "bands"], "params": {"kernel": "linear"}},
        "late": {
            "method": "stack",
            "params": {"members": ["gblup", {"method": "gblup", "omics": ["bands"]}], "folds": 3},
        },
    },
    "cv": {"folds": 3, "schemes": ["random"]},
    "predict": {"young": {"dataset": "rye", "model": "gblup_h", "candidates": "unphenotyped"}},
}


TARGETS = ["results/verdict.json", "results/predict/young/index.html"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Tables of a run in which markers carry a third of the trait and bands more than half of it."""
    folder = tmp_path_factory.mktemp("layers")
    rng = np.random.default_rng(3)
    ids = [f"l{i:02}" for i in range(LINES)]
    markers, bands = rng.integers(0, 3, (LINES, 40)), 5 + rng.normal(size=(LINES, 8))
    parts = [markers @ rng.normal(size=40), bands @ rng.normal(size=8), rng.normal(size=LINES)]
    y = sum(share**0.5 * part / part.std() for share, part in zip((0.3, 0.6, 0.1), parts, strict=True))
    pd.DataFrame(markers, ids, [f"m{i}" for i in range(40)]).to_csv(folder / "markers.csv", index_label="id")
    values = pd.DataFrame({"height": [*y, *y[:4]]}, [*ids, *BESIDE])
    values.to_csv(folder / "traits.csv", index_label="id")
    table = pd.DataFrame(bands, ids, [f"wl{i}" for i in range(8)]).drop(LACKING)
    table["dead"] = np.nan
    # Lines in the columns, in another order, with one that nobody knows.
    table = table.sample(frac=1, random_state=1).T.assign(stranger=1.0)
    table.to_csv(folder / "bands.csv", index_label="band")
    members = [*ids, *BESIDE, *YOUNG]
    crosses = [f"{id},p{number % 7},p{number % 5 + 2}" for number, id in enumerate(members)]
    (folder / "pedigree.csv").write_text("\n".join(["id,female,male", *crosses[::-1]]) + "\n")
    process = snakemake(folder, CONFIG, *TARGETS, cores=1)
    assert process.returncode == 0, process.stdout + process.stderr
    return folder / "results"


def test_lines_that_the_layer_lacks_are_dropped_for_all_and_counted(results):
    ids = read_table(results / "ids.tsv").iloc[0]
    assert (ids["matched"], ids["layers_dropped"], ids["layers_filled"]) == (60, 3, 0)
    dropped = "not in the layer bands, dropped: l07, l31, l58"
    assert ids["examples"] == f"only in the phenotypes: x0, x1, x2, ...; {dropped}"
    predictions = read_table(results / "rye" / "predictions.tsv", text=("sample",))
    for _, part in predictions.groupby("model"):
        assert sorted(part["sample"]) == [f"l{i:02}" for i in range(LINES) if f"l{i:02}" not in LACKING]
    page = (results / "report" / "index.html").read_text()
    assert (
        "samples with a phenotype, counted trait by trait, are missing from an omics layer; no model" in page
    )


def test_the_layer_has_quality_control_of_its_own(results):
    removed = read_table(results / "rye" / "qc" / "bands" / "removed.tsv")
    assert removed["id"].tolist() == ["dead"]
    assert not len(read_table(results / "rye" / "qc" / "removed.tsv"))


def test_lines_without_genotypes_are_trained_on_and_predicted(results):
    """Whoever reads the pedigree trains on them; all models are tested on the same lines."""
    sizes = read_table(results / "accuracy.tsv").groupby("model")["n_train"].sum()
    assert sizes["gblup_h"] == sizes["parent_average"] == sizes["gblup"] + 3 * len(BESIDE)
    assert sizes["parents"] == sizes["gblup"]
    compared = read_table(results / "comparisons.tsv")
    assert "refused" not in set(compared["verdict"])
    young = read_table(results / "predict" / "young" / "predictions.tsv", text=("sample",))
    assert sorted(young["sample"]) == LACKING + YOUNG
    assert (young.set_index("sample")["markers_found"] == 0).sort_index().tolist() == [False] * 3 + [True] * 2
    assert young["reliability"].between(0.01, 1).all()
    models = read_table(results / "predict" / "young" / "models.tsv").iloc[0]
    assert (models["samples"], models["markers"]) == (LINES - len(LACKING) + len(BESIDE), 40)
    advice = read_table(results / "report" / "advice.tsv").iloc[0]
    assert advice["parents"] == "parent_average"
    page = (results / "report" / "index.html").read_text()
    assert ("so much of it is family" in page) is bool(advice["predicted"])


def test_a_pedigree_predicts_full_sibs_alike(results):
    predictions = read_table(results / "rye" / "predictions.tsv", text=("sample",))
    of_parents = predictions[predictions["model"] == "parents"].set_index("sample")
    assert of_parents["predicted"].nunique() > 5
    same = of_parents.groupby(["fold", of_parents.index.str[1:].astype(int) % 35])["predicted"].std().dropna()
    assert len(same) > 0
    assert (same < 1e-6).all()


def test_both_layers_predict_better_than_either(results):
    summary = read_table(results / "summary.tsv").set_index("model")["pearson"]
    assert summary["both"] > max(summary["gblup"], summary["bands"])
    assert summary["late"] > summary["gblup"]
    accuracy = read_table(results / "accuracy.tsv").set_index("model")
    assert accuracy.loc["both", "share_bands"].between(0.4, 0.95).all()
    assert set(accuracy.loc["both", "encoding"]) == {"markers: additive + bands: additive"}


def test_no_fitted_step_saw_a_test_line_in_any_layer(results):
    ledger = read_table(results / "ledger.tsv")
    both = ledger[ledger["model"] == "both"]
    assert {"centring, relationships", "bands: centring, relationships"} <= set(both["step"])
    fitted = ledger[ledger["model"].notna()]
    assert (fitted[["test_genotypes_seen", "test_phenotypes_seen"]] == 0).all(axis=None)
    controls = read_table(results / "controls.tsv")
    assert set(controls["status"]) == {"ok"}


def test_a_fit_depends_on_the_layers_it_reads_and_no_others(results):
    told = {
        model: json.loads((results / "rye" / "height" / "random" / model / "r1b1.meta.json").read_text())
        for model in ("gblup", "bands", "late")
    }
    assert told["gblup"]["layers"] == {}
    assert told["bands"]["layers"]["bands"]["path"] == "bands.csv"
    assert told["late"]["layers"].keys() == {"bands"}
