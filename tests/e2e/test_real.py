"""The example on real data, with few folds and cheap methods, from its own configuration file."""

from pathlib import Path

import pytest
import yaml
from tests.e2e.conftest import ROOT, snakemake

from dnngp.base.tables import read_table

#: Predictive ability of GBLUP known from other programs and folds (the folder's own README), and how far
#: three folds of another draw may lie from it.
KNOWN = {
    "yield_env1": 0.48,
    "yield_env2": 0.48,
    "yield_env4": 0.38,
    "yield_env5": 0.46,
    "Flowering.time.at.Arkansas": 0.69,
    "Plant.height": 0.75,
    "trait1": 0.70,
}
TOLERANCE = 0.1


@pytest.fixture(scope="module")
def results(shared, tmp_path_factory) -> Path:
    """Results of the shortened run."""
    directory = tmp_path_factory.mktemp("real")
    config = yaml.safe_load((ROOT / "config" / "examples" / "real.yaml").read_text())
    for dataset in config["datasets"]:
        for key in ("genotypes", "phenotypes"):
            dataset[key] = dataset[key].replace("../shared", str(shared.resolve()))
    config["methods"] = ["mean", "gblup"]
    components = {"name": "pca", "components": 50}
    config["models"] = {"ridge_pca": {"method": "ridge", "encoding": components}}
    config["cv"]["folds"] = 3
    config["controls"] = False
    results = config["pathvars"]["results"]
    tables = ("summary.tsv", "heritability.tsv", "rice_rdp44k/qc/filter_summary.tsv")
    process = snakemake(directory, config, *(f"{results}/{name}" for name in tables))
    assert process.returncode == 0, process.stdout + process.stderr
    return directory / results


def test_gblup_reaches_what_is_known_of_these_populations(results):
    summary = read_table(results / "summary.tsv")
    gblup = summary[summary["model"] == "gblup"].set_index("trait")["pearson"]
    assert gblup.to_dict() == pytest.approx(KNOWN, abs=TOLERANCE)


def test_every_model_predicts_every_phenotyped_line_of_every_population(results):
    summary = read_table(results / "summary.tsv")
    assert (summary["status"] == "ok").all()
    assert summary.groupby("trait")["n"].nunique().eq(1).all()
    assert summary.set_index("trait").loc["trait1", "n"].iloc[0] == 1410
    assert summary.set_index("trait").loc["yield_env1", "n"].iloc[0] == 599
    assert len(summary) == 7 * 3


def test_heritabilities_agree_with_published_estimates(results):
    table = read_table(results / "heritability.tsv").set_index("trait")
    # Reference REML of wheat599, VanRaden 1; GEMMA's estimate for the mouse trait.
    assert table.loc["yield_env1", "h2"] == pytest.approx(0.527, abs=0.002)
    assert table.loc["yield_env5", "h2"] == pytest.approx(0.452, abs=0.002)
    assert table.loc["trait1", "h2"] == pytest.approx(0.609, abs=0.03)


def test_quality_control_accounts_for_every_marker(results):
    filter_summary = read_table(results / "rice_rdp44k" / "qc" / "filter_summary.tsv")
    removed = read_table(results / "rice_rdp44k" / "qc" / "removed.tsv", text=("id",))
    here = filter_summary[
        ~filter_summary["step"].str.startswith("maf")
    ]  # the last row is a preview of the folds
    assert here["variants_left"].iloc[-1] + (removed["kind"] == "variant").sum() == 36_901
    assert here["variants_removed"].sum() == (removed["kind"] == "variant").sum()
