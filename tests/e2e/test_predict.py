"""Lines that have only genotypes: from the configuration to ranked tables, and from a bundle alone."""

import gzip
import shutil

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.base.tables import read_json, read_table
from dnngp.config import read_configuration

from .conftest import SMALL, command, snakemake

TRAITS = {"yield": "yield", "Hohe_cm_._x": "Höhe (cm) ./x"}


def rewritten(source, target, lines, drop):
    """Some lines of a VCF under new names; every second marker has swapped alleles, the first ones go."""
    kept = []
    for number, text in enumerate(gzip.decompress(source.read_bytes()).decode().splitlines()):
        if text.startswith("##"):
            kept.append(text)
            continue
        cells = text.split("\t")
        calls = cells[9 : 9 + lines]
        if text.startswith("#"):
            start, calls = number, [f"new {call}" for call in calls]
        elif number - start <= drop:
            continue
        elif number % 2:
            cells[3], cells[4] = cells[4], cells[3]
            calls = [call.translate(str.maketrans("01", "10")) for call in calls]
        kept.append("\t".join([*cells[:9], *calls]))
    target.write_bytes(gzip.compress(("\n".join(kept) + "\n").encode(), mtime=0))


@pytest.fixture(scope="module")
def predicted(finished_run, tmp_path_factory):
    """A folder in which candidates were predicted after the small run."""
    folder = tmp_path_factory.mktemp("predicted") / "run"
    shutil.copytree(finished_run, folder)
    source = folder / "resources" / "beans" / "genotypes.vcf.gz"
    rewritten(source, folder / "new.vcf.gz", 20, 30)
    config = {
        **SMALL,
        "importance": ["gblup"],
        "export": "r",
        "predict": {
            "new": {
                "dataset": "beans",
                "candidates": "new.vcf.gz",
                "explain": {"candidates": 2, "windows": 3},
                "select": {
                    "weights": {"yield": 1.0, "Höhe (cm) ./x": 0.5},
                    "number": 5,
                    "max_kinship": 0.3,
                },
                "mating": {"number": 3, "max_contributions": 2, "cm_per_mb": 1.0},
            },
            "same": {"dataset": "beans", "candidates": str(source.relative_to(folder)), "traits": ["yield"]},
        },
    }
    targets = "predict", "results/beans/yield/markers/gblup.tsv", "results/beans/yield/random/check_in_r"
    process = snakemake(folder, config, *targets)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "rule fit" not in process.stdout + process.stderr
    return folder


def predictions(folder, name):
    table = read_table(folder / "results" / "predict" / name / "predictions.tsv", text=("sample",))
    return {trait: part.reset_index(drop=True) for trait, part in table.groupby("trait")}


def read_bundle(folder):
    return read_json(folder / "results/beans/yield/random/gblup/bundle/bundle.json")


def test_lines_are_ranked_trait_by_trait(predicted):
    tables = predictions(predicted, "new")
    assert set(tables) == set(TRAITS.values())
    for table in tables.values():
        assert len(table) == 20
        assert table["predicted"].is_monotonic_decreasing
        assert table["rank"].tolist() == list(range(1, 21))
        assert (table["lower"] < table["predicted"]).all()
        assert (table["predicted"] < table["upper"]).all()
        assert table["reliability"].between(0, 1).all()
        assert table["markers_found"].between(0.75, 0.95).all()
        assert not table["trained_on"].any()


def test_swapped_alleles_and_absent_markers_change_little(predicted):
    """The same lines in the training file: there all markers are found, a tenth more, and none is swapped."""
    new = predictions(predicted, "new")["yield"].set_index("sample")["predicted"]
    same = predictions(predicted, "same")["yield"].set_index("sample")
    assert same["trained_on"].sum() == len(read_bundle(predicted)["samples"]) >= 55
    expected = same["predicted"].loc[new.index.str.removeprefix("new ")]
    assert np.corrcoef(new, expected)[0, 1] > 0.9
    counts = read_table(predicted / "results" / "predict" / "new" / "markers.tsv").set_index("trait")
    assert counts.loc["yield", "swapped"] > 50
    assert counts.loc["yield", "absent"] > 10
    assert counts.loc["yield", "unclear"] == 0
    assert read_table(predicted / "results" / "predict" / "same" / "markers.tsv")["coverage"].tolist() == [1]


def test_the_best_are_explained_by_windows_of_the_chromosomes(predicted):
    table = read_table(predicted / "results/predict/new/explanations.tsv", text=("sample",))
    for trait, ranked in predictions(predicted, "new").items():
        of_trait = table[table["trait"] == trait]
        assert of_trait["sample"].unique().tolist() == ranked["sample"].tolist()[:2]
        for sample, part in of_trait.groupby("sample"):
            value = ranked.set_index("sample").loc[sample, "predicted"]
            assert part["mean"].iloc[0] + part["contribution"].sum() == pytest.approx(value, abs=1e-5)
            assert part["chrom"].astype(str).value_counts().to_dict() == {"1": 3, "2": 3}
    page = (predicted / "results/predict/new/index.html").read_text()
    assert "Why these samples" in page
    assert "Why these samples" not in (predicted / "results/predict/same/index.html").read_text()
    assert (predicted / "results/predict/new/explanations.svg").read_text().startswith("<svg")


def test_gblup_can_be_checked_in_r(predicted):
    folder = predicted / "results/beans/yield/random/check_in_r"
    names = {"check.R", "folds.csv", "phenotypes.csv", "workflow.csv"}
    names |= {f"kernel_{fold}.csv" for fold in (1, 2, 3)}
    assert {path.name for path in folder.glob("[!.]*")} == names


def test_lines_are_selected_by_the_index_within_the_limit(predicted):
    selected = read_table(predicted / "results/predict/new/selected.tsv", text=("sample",))
    tables = predictions(predicted, "new")
    values = {trait: table.set_index("sample")["predicted"] for trait, table in tables.items()}
    index = values["yield"] + 0.5 * values["Höhe (cm) ./x"]
    np.testing.assert_allclose(selected["index"], index.loc[selected["sample"]], rtol=1e-6)
    assert len(selected) == 5
    assert selected["index"].is_monotonic_decreasing
    assert selected["kinship"].mean() <= 0.3
    response = read_table(predicted / "results/predict/new/response.tsv").set_index("trait")
    assert response.loc["index", "selected"] == pytest.approx(selected["index"].mean())
    assert response.loc["index", "mean"] == pytest.approx(index.mean())
    assert (response["lower"] < response["expected"]).all()
    assert response.loc["index", "kinship"] == pytest.approx(selected["kinship"].mean())


def test_the_selected_lines_are_crossed(predicted):
    folder = predicted / "results/predict/new"
    selected = read_table(folder / "selected.tsv")["sample"]
    crosses, plan = (read_table(folder / f"{name}.tsv") for name in ("mating", "mating_plan"))
    assert set(crosses["trait"]) == {"index", *TRAITS.values()}
    assert set(crosses["parent_1"]) | set(crosses["parent_2"]) == set(selected)
    assert len(crosses) == 3 * 10
    assert len(plan) == 3
    assert plan["crosses_1"].max() <= 2
    page = (folder / "index.html").read_text()
    assert "<h2>Crosses</h2>" in page
    assert plan["parent_2"][0] in page.partition("<h2>Crosses</h2>")[2]


def test_a_page_shows_the_lines(predicted):
    page = (predicted / "results/predict/new/index.html").read_text()
    first = predictions(predicted, "new")["yield"].iloc[0]
    assert first["sample"] in page
    assert str(float(first["predicted"]))[:6] in page
    assert "Response to expect" in page
    assert "Response to expect" not in (predicted / "results/predict/same/index.html").read_text()
    assert "http" not in page.replace("http-equiv", "")


def test_markers_come_with_their_importance_and_a_picture(predicted):
    table = read_table(predicted / "results/beans/yield/markers/gblup.tsv", text=("chrom", "id"))
    truth = read_json(predicted / "resources" / "beans" / "truth.json")["traits"]["yield"]
    assert sorted(table["rank"]) == list(range(1, len(table) + 1))
    qtl = table["id"].isin([entry["id"] for entry in truth["qtl"]])
    assert table.loc[qtl, "importance"].mean() > table.loc[~qtl, "importance"].mean()
    assert "<svg" in (predicted / "results/beans/yield/markers/gblup.svg").read_text()


def test_trained_lines_are_predicted_near_their_true_values(predicted):
    truth = read_json(predicted / "resources" / "beans" / "truth.json")["traits"]["yield"]
    table = predictions(predicted, "same")["yield"].set_index("sample")["predicted"]
    true = pd.Series(truth["genetic_values"]).loc[table.index]
    assert np.corrcoef(table, true)[0, 1] > 0.8


def test_a_bundle_alone_predicts_the_same_bytes(predicted, tmp_path):
    """Moved elsewhere, without the data it was trained on."""
    shutil.copytree(predicted / "results/beans/yield/random/gblup/bundle", tmp_path / "bundle")
    table = tmp_path / "table.tsv"
    process = command(tmp_path, "apply", "bundle", predicted / "new.vcf.gz", table)
    assert process.returncode == 0, process.stderr
    expected = predictions(predicted, "new")["yield"].drop(columns="trait")
    pd.testing.assert_frame_equal(read_table(table, text=("sample",)), expected, check_exact=True)


def test_too_few_markers_stop_with_the_numbers(predicted, tmp_path):
    few = tmp_path / "few.vcf.gz"
    rewritten(predicted / "resources" / "beans" / "genotypes.vcf.gz", few, 5, 100)
    bundle = predicted / "results/beans/yield/random/gblup/bundle"
    process = command(tmp_path, "apply", bundle, few, "table.tsv")
    assert process.returncode == 2
    message = process.stderr
    assert "At least 75% are needed" in message
    assert "are absent" in message
    assert not (tmp_path / "table.tsv").exists()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"dataset": "peas"}, "predict.x: there is no dataset 'peas'. Did you mean"),
        (
            {"model": "gblub"},
            "'gblub' is neither in `methods` nor in `models`. Did you mean 'gblup'",
        ),
        ({"traits": ["yeild"]}, "predict.x: there is no trait 'yeild'. Did you mean 'yield'?"),
        ({"candidates": "none.vcf"}, "predict.x: the file none.vcf does not exist (`candidates`"),
        ({"scheme": "leave_group_out"}, "predict.x: the scheme 'leave_group_out' is not in `cv.schemes`"),
        ({"chosen": 3}, "predict.x: unknown key 'chosen'"),
        ({"select": {"weights": {"yeild": 1}}}, "select.weights: 'yeild' is not among the traits predicted"),
    ],
)
def test_a_wrong_entry_is_named(entry, message):
    entry = {"dataset": "beans", "candidates": "unphenotyped", **entry}
    with pytest.raises(UserError) as caught:
        read_configuration({**SMALL, "predict": {"x": entry}})
    assert message in str(caught.value)
