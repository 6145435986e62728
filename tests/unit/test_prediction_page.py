"""The page of one prediction."""

import re

import pandas as pd
import pytest

from dnngp.report.prediction_page import prediction_page
from dnngp.report.prediction_parts.ranking import RELATIVES, _word


def models(ability):
    return pd.DataFrame(
        {"trait": ["plot_yield"], "samples": 120, "markers": 9, "predictive_ability": [ability]}
    )


@pytest.fixture
def page():
    return page_over(900)


def page_over(count):
    """HTML of two lines of one trait, both selected, over so many markers."""
    lines = pd.DataFrame({"sample": ["a", "b"], "predicted": [2.5, 1.0], "lower": [1.0, -0.5]})
    predictions = lines.assign(
        trait="plot_yield",
        rank=[1, 2],
        upper=[4.0, 2.5],
        reliability=[0.4, float("nan")],
        markers_found=1.0,
        trained_on=False,
        nearest=["mother", "nobody"],
        similarity=[0.52, 0.03],
        true_value=[2.0, 1.5],
    )
    counts = dict.fromkeys(("markers", "same"), count) | dict.fromkeys(
        ("swapped", "strand", "absent", "alleles", "unclear", "assumed"), 0
    )
    selected = pd.DataFrame({"rank": [1, 2], "sample": ["a", "b"], "plot_yield": [2.5, 1.0]})
    response = pd.DataFrame({"trait": ["plot_yield", "index"], "expected": [0.5, 0.25], "kinship": 0.1})
    tables = {
        "candidate_predictions": predictions,
        "candidate_markers": pd.DataFrame([{"trait": "plot_yield"} | counts]),
        "prediction_models": models(0.53),
        "selected": selected,
        "response": response.assign(kinship_without_limit=0.2),
    }
    return prediction_page(
        tables,
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


def test_how_far_to_trust_the_predictions_is_said(page):
    assert '<data value="0.53">0.53</data>' in page
    assert "fair: the best third" in page
    assert "<td>mother</td>" in page
    assert "like a parent or full sib" in page
    assert "1 have no near relative among the training samples" in page
    assert "true values are known" in page
    assert '<a class="button" href="predictions.xlsx" download>' in page


def test_few_markers_tell_no_relatives():
    few = page_over(60)
    assert "<td>mother</td>" in few
    assert "no near relative among" not in few
    assert "full sib</td>" not in few


@pytest.mark.parametrize(
    ("value", "word"), [(0.97, "same"), (0.45, "sib"), (0.2, "half sib"), (-0.1, "no near")]
)
def test_relatives_in_words(value, word):
    assert word in _word(RELATIVES, value)
    assert _word(RELATIVES, float("nan")) == ""


def test_environments_have_tables_of_their_own(tmp_path):
    parts = [
        pd.DataFrame(
            {"sample": ["a", "b"], "environment": name, "new_environment": name == "valley", "rank": [1, 2]}
        )
        for name in ("overall", "north", "valley")
    ]
    table = pd.concat(parts).assign(trait="plot_yield", predicted=1.0, lower=float("nan"), upper=float("nan"))
    table = table.assign(reliability=float("nan"), markers_found=1.0, trained_on=True)
    counts = dict.fromkeys(
        ("markers", "same", "swapped", "strand", "absent", "alleles", "unclear", "assumed"), 9
    )
    tables = {
        "candidate_predictions": table,
        "candidate_markers": pd.DataFrame([{"trait": "plot_yield"} | counts]),
        "prediction_models": models(float("nan")),
    }
    page = prediction_page(
        tables,
        **dict.fromkeys(("name", "dataset", "model", "scheme"), "x"),
        level=0.9,
    )
    assert page.count("<details") == 3
    assert "<details open><summary>mean over environments</summary>" in page
    assert "valley (new: no record of training is from there)" in page
    assert "the cross-validation gives no r" in page
