"""Trials in the report: stored numbers, the star of CV2*, failures named."""

import re

import numpy as np
import pandas as pd
import pytest
from tests.unit.report_fixture import CONFIG, write_results, write_trust
from tests.unit.test_report import Page, is_stored, page_alone, stored_numbers  # noqa: F401
from tests.unit.test_trials_options import trial
from tests.unit.test_trials_summaries import tables

from dnngp import report
from dnngp.base.tables import write_table
from dnngp.evaluation.trials.summaries import compared, mean_components, summarise


@pytest.fixture
def built(tmp_path, page_alone):  # noqa: F811
    def build(kind="traits", scheme="CV2*", statuses=("ok", "ok")):
        results = write_results(tmp_path / "results")
        write_trust(results)
        found = [table.assign(scheme=scheme) for table in tables(statuses)]
        folds, accuracy, predictions, timing = found
        if "failed" in statuses:
            accuracy = accuracy[(accuracy["method"] != "gblup_within") | (accuracy["fold"] == 1)]
        described = {"t": trial({"dataset": "oats", "kind": kind})}
        components = folds[folds["method"] == "gblup_multi"][["trial", "scheme", "method"]].assign(
            part="genomic correlation", condition="x", other="y", value=[0.25, 0.75]
        )
        written = {
            "folds": folds,
            "summary": summarise(described, folds, accuracy, predictions, timing),
            "comparisons": compared(described, folds, accuracy, 0.01),
            "components": mean_components(components),
        }
        for name, table in written.items():
            write_table(table, results / "trials" / f"{name}.tsv")
        config = CONFIG | {"trials": {"t": {"dataset": "oats"}}}
        report.build(results, results / "report" / "index.html", config=config, title="t")
        return results, Page((results / "report" / "index.html").read_text())

    return build


def test_traits_have_stored_numbers_and_the_star_of_their_scheme(built):
    results, page = built()
    stored = stored_numbers(results)
    section = re.search(r'<section id="trials".*?</section>', page.text, re.DOTALL)[0]
    shown = [float(value) for value in re.findall(r'value="([^"]+)"', section)]
    assert len(shown) > 15
    assert [value for value in shown if not is_stored(value, stored)] == []
    assert not re.search(r"\d", page.bare["trials"])
    assert "CV2* other traits of the line are known" in page.sections["trials"]
    assert "It answers another question than" in page.sections["trials"]
    assert set(re.findall(r'<th scope="row">(CV[^<]*)</th>', page.text)) == {"CV2*"}
    assert "Pooled" not in page.sections["trials"]
    assert "GBLUP, each alone" in page.sections["trials"]
    assert "gblup_within" not in page.sections["trials"]


def test_environments_have_a_labelled_pooled_correlation_and_failures_are_named(built):
    _, page = built("environments", "CV1", ("ok", "failed"))
    text = " ".join(page.sections["trials"].split())
    assert "r, all pooled" in text
    assert "not to be compared with the mean" in text
    assert "1 of 4 folds of trials failed" in text


def test_trials_of_an_earlier_configuration_are_passed_over(tmp_path, page_alone):  # noqa: F811
    results = write_results(tmp_path)
    write_trust(results)
    write_table(pd.DataFrame({"trial": ["old"], "r": np.nan}), results / "trials" / "summary.tsv")
    report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
    assert "trials" not in Page((tmp_path / "index.html").read_text()).sections
