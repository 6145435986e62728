"""The page of one prediction."""

import re

import pandas as pd
import pytest

from dnngp.report.prediction_page import prediction_page


@pytest.fixture
def page():
    """HTML of two lines of one trait, both selected."""
    lines = pd.DataFrame({"sample": ["a", "b"], "predicted": [2.5, 1.0], "lower": [1.0, -0.5]})
    predictions = lines.assign(
        trait="plot_yield",
        rank=[1, 2],
        upper=[4.0, 2.5],
        reliability=[0.4, float("nan")],
        markers_found=1.0,
        trained_on=False,
    )
    counts = dict.fromkeys(("markers", "same"), 9) | dict.fromkeys(
        ("swapped", "strand", "absent", "alleles", "unclear"), 0
    )
    selected = pd.DataFrame({"rank": [1, 2], "sample": ["a", "b"], "plot_yield": [2.5, 1.0]})
    response = pd.DataFrame({"trait": ["plot_yield", "index"], "expected": [0.5, 0.25], "kinship": 0.1})
    return prediction_page(
        predictions,
        pd.DataFrame([{"trait": "plot_yield"} | counts]),
        selected,
        response.assign(kinship_without_limit=0.2),
        name="nursery",
        dataset="barley",
        model="rkhs",
        scheme="random",
        level=0.9,
    )


def test_a_heading_stands_over_its_column(page):
    """Numbers are set to the right, and so is what stands above them; traits keep their names."""
    assert '<th class="number">plot_yield</th>' in page
    assert '<th class="number">kinship without limit</th>' in page
    assert "<th>sample</th>" in page
    for table in re.findall(r"<table>.*?</table>", page, re.DOTALL):
        headings = ["number" in one for one in re.findall(r"<th\b[^>]*>", table)]
        cells = re.findall(r"<td[^>]*>", table)[: len(headings)]
        assert headings == ["number" in one for one in cells]


def test_the_tables_behind_the_page_are_a_click_away(page):
    for name in ("predictions", "markers", "selected", "response"):
        assert f'<a href="{name}.tsv">' in page


def test_reliability_and_kinship_are_explained_where_they_stand(page):
    assert "squared correlation" in page
    assert "mean genomic relationship" in page
