"""Environments in the report: stored numbers, the scheme CV2star, variances and correlations."""

import re

import pandas as pd
import pytest
from tests.unit.report_fixture import CONFIG, write_results, write_trust
from tests.unit.test_environment_summaries import CELL, summary_of, tables
from tests.unit.test_report import Page, is_stored, page_alone, stored_numbers  # noqa: F401

from dnngp import report
from dnngp.base.tables import read_table, write_table
from dnngp.evaluation.summaries import mean_components


def components_of(scheme):
    """Of two folds: a genomic correlation and a share of the variance."""
    rows = [("genomic correlation", "x", "y", 0.25), ("genomic correlation", "x", "y", 0.75)]
    rows += [("error", None, None, 0.4), ("error", None, None, 0.6)]
    table = pd.DataFrame(rows, columns=["part", "environment", "other", "value"])
    return mean_components(table.assign(**CELL | {"scheme": scheme, "model": "gblup_multi"}))


@pytest.fixture
def built(tmp_path, page_alone):  # noqa: F811
    def build(environments, scheme, statuses=("ok", "ok")):
        results = write_results(tmp_path / "results")
        write_trust(results)
        accuracy, predictions, timing = tables(statuses)
        summary = summary_of(accuracy, predictions, timing).reset_index()
        if "traits" in environments:
            summary["pooled"] = float("nan")
        for name, table in (("summary", summary), ("accuracy", accuracy)):
            path = results / f"{name}.tsv"
            write_table(pd.concat([read_table(path), table.assign(scheme=scheme)]), path)
        write_table(components_of(scheme), results / "variance_components.tsv")
        datasets = [*CONFIG["datasets"], {"name": "field", "environments": environments}]
        config = CONFIG | {"datasets": datasets}
        report.build(results, results / "report" / "index.html", config=config, title="t")
        return results, Page((results / "report" / "index.html").read_text())

    return build


def section_of(page):
    return re.search(r'<section id="environments".*?</section>', page.text, re.DOTALL)[0]


def test_traits_have_stored_numbers_and_the_star_of_their_scheme(built):
    results, page = built({"traits": ["x", "y"]}, "CV2star")
    stored = stored_numbers(results)
    shown = [float(value) for value in re.findall(r'data-value="([^"]+)"', section_of(page))]
    assert len(shown) > 8
    assert [value for value in shown if not is_stored(value, stored)] == []
    assert not re.search(r"\d", page.bare["environments"])
    text = " ".join(page.sections["environments"].split())
    assert "CV2star a trait of samples whose other traits are known" in text
    assert "It answers another question than" in text
    assert "mean of traits" in text
    assert "pooled" not in text
    assert set(re.findall(r'<th scope="row">([^<]*)</th>', section_of(page))) == {"CV2star"}


def test_environments_have_a_labelled_pooled_correlation_and_variances(built):
    _, page = built({"columns": ["x", "y"], "trait": "yield"}, "CV1")
    text = " ".join(page.sections["environments"].split())
    assert "r over all records, pooled" in text
    assert "not to be compared with the mean" in text
    assert "mean of environments" in text
    assert "CV1 new samples" in text
    assert "Genomic correlations between environments" in text
    assert "Variance components" in text
    assert "error" in text


def test_failed_folds_are_named_and_their_cells_empty(built):
    _, page = built({"columns": ["x", "y"], "trait": "yield"}, "CV1", ("ok", "failed"))
    assert re.search(r"\d+ of \d+ fits failed", " ".join(page.sections["overview"].split()))
    rows = re.findall(r"<tr.*?</tr>", section_of(page), re.DOTALL)
    means = [row for row in rows if "mean of environments" in row]
    assert sum('data-value="' in cell for cell in re.findall(r"<td.*?</td>", means[0], re.DOTALL)) == 1


def test_a_run_without_environments_has_no_such_section(tmp_path, page_alone):  # noqa: F811
    results = write_results(tmp_path)
    write_trust(results)
    report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
    assert "environments" not in Page((tmp_path / "index.html").read_text()).sections
