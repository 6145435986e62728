"""The page of a prediction in a real browser: it sorts by a click, and loads and complains of nothing."""

import pandas as pd
import pytest

from dnngp.report.prediction_page import prediction_page

from . import test_report_browser
from .test_report_browser import HOSTILE

pytestmark = test_report_browser.pytestmark
browser = test_report_browser.browser


@pytest.fixture
def page(browser, tmp_path):
    table = pd.DataFrame(
        {
            "trait": "yield",
            "rank": range(1, 13),
            "sample": [HOSTILE, *(f"line {number}" for number in range(2, 13))],
            "predicted": [12.0 - number for number in range(12)],
            "lower": 1.0,
            "upper": 14.0,
            "reliability": float("nan"),
            "markers_found": 1.0,
            "trained_on": False,
            "nearest": "mother",
            "similarity": [0.01 * number**2 for number in range(12)],
        }
    )
    counts = ("markers", "same", "swapped", "strand", "assumed", "absent", "alleles", "unclear")
    models = {"trait": "yield", "samples": 99, "markers": 9, "predictive_ability": 0.5}
    tables = {
        "candidate_predictions": table,
        "candidate_markers": pd.DataFrame([{"trait": "yield"} | dict.fromkeys(counts, 9)]),
        "prediction_models": pd.DataFrame([models]),
    }
    html = prediction_page(
        tables,
        **dict.fromkeys(("name", "dataset", "model", "scheme"), HOSTILE),
        level=0.9,
    )
    path = tmp_path / "index.html"
    path.write_text(html, encoding="utf-8")
    browser.get_log("browser")
    browser.get(path.as_uri())
    return browser


def column(browser, number):
    rows = "[...document.querySelectorAll('.sortable tbody tr')]"
    script = f"return {rows}.map(row => row.cells[arguments[0]].innerText)"
    return browser.execute_script(script, number)


def click(browser, heading):
    script = "[...document.querySelectorAll('th button')].find(b => b.textContent === arguments[0]).click()"
    browser.execute_script(script, heading)


def test_a_click_on_a_heading_sorts_the_samples(page):
    assert column(page, 0)[:2] == ["1", "2"]
    click(page, "similarity")
    assert column(page, 0)[0] == "12"
    click(page, "similarity")
    assert column(page, 0)[0] == "1"
    click(page, "sample")
    assert column(page, 1)[1:4] == ["line 2", "line 3", "line 4"]


def test_the_page_complains_of_nothing_and_runs_nothing_of_others(page):
    assert page.get_log("browser") == []
    assert page.execute_script("return window.struck") is None
    link = page.find_element("link text", "All tables as an Excel workbook")
    assert link.get_attribute("href").endswith("/predictions.xlsx")
    page.set_window_size(390, 900)
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
