"""The section on transfers, and the picture of the page in the documentation."""

import re

import pandas as pd
import pytest
from tests.unit.report_fixture import CONFIG, write_results, write_trust

from dnngp import report
from dnngp.base.tables import write_table
from dnngp.report.results import Results
from dnngp.report.sections.transfer import figures

KEYS = {"transfer": "north", "dataset": "oats", "trait": "yield", "model": "gblup"}


@pytest.fixture
def results(tmp_path):
    folder = write_results(tmp_path / "results")
    write_trust(folder)
    (folder / "transfer").mkdir()
    rows = [
        KEYS
        | {"training": training, "added": added, "repeats": 3, "n_train": 60 + added, "n_test": 40}
        | {"pearson": 0.2 + added / 100, "pearson_sd": 0.03, "slope": 0.9, "bias": 0.1, "rmse": 1.0}
        | {"coverage": 0.88, "width": 3.0, "relative_width": 3.0, "difference": 0.1, "difference_sd": 0.02}
        for added in (0, 20)
        for training in ("joined", "alone")[: 1 + added]
    ]
    write_table(pd.DataFrame(rows), folder / "transfer" / "curve.tsv")
    bins = [
        KEYS
        | {"added": 0, "bin": n, "nearest_edge": n / 10, "farthest_edge": (n + 1) / 10, "samples": 30}
        | {"distance": n / 10, "repeats": 3, "pearson": 0.5 - n / 10, "rmse": 1.0}
        for n in (1, 2, 3)
    ]
    write_table(pd.DataFrame(bins), folder / "transfer" / "distance.tsv")
    ledger = {"transfer": "north", "model": "gblup", "step": ["fit"], "fitted_on": "training", "folds": 3}
    ledger |= {"n_rows": 60, "test_genotypes_seen": 0, "test_phenotypes_seen": 0, "label": "inductive"}
    write_table(pd.DataFrame(ledger), folder / "transfer" / "ledger.tsv")
    return folder


def test_the_section_shows_the_curve_and_says_where_the_target_lies(results):
    page = results / "report" / "index.html"
    report.build(results, page, config=CONFIG | {"transfer": {"north": {"sources": ["oats"]}}}, title="t")
    section = re.search(r'<section id="transfer".*?</section>', page.read_text(), re.DOTALL)[0]
    assert "north" in section
    assert 'data-value="0.88"' in section
    assert "saw a phenotype" not in section
    for name in ("transfer", "transfer_distance"):
        assert (page.parent / "figures" / f"{name}.svg").exists()


def test_a_run_without_transfers_has_no_such_section(results):
    """Tables that an earlier configuration left are not shown."""
    assert not len(Results(results, CONFIG)["transfer_curve"])


def test_solid_is_with_the_sources_and_dashed_without(results):
    drawn = figures(Results(results, CONFIG | {"transfer": {"north": {"sources": ["oats"]}}}))
    svg = drawn["transfer"].svg()
    assert "stroke-dasharray" in svg
    assert "GBLUP" in svg
