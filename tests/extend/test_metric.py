"""One file adds a metric: it is in every table of scores, the report and the documentation."""

import pandas as pd
import pytest

MAE = '''"""Mean absolute error."""

from dnngp.validation.metric import Metric


def mae(observed, predicted):
    """Mean absolute difference (m,), in the unit of the trait."""
    return float(abs(predicted - observed).mean())


METRIC = Metric(
    name="mae",
    heading="MAE",
    label="mean absolute error",
    meaning="mean absolute error, in the unit of the trait",
    best=0,
    function=mae,
    in_units=True,
)
'''


def test_it_is_in_every_table_of_scores(judged_anew):
    results = judged_anew[1] / "results"
    predictions = pd.read_csv(results / "peas" / "predictions.tsv", sep="\t")
    error = (predictions["observed"] - predictions["predicted"]).abs()
    expected = error.groupby(predictions["fold"]).mean()
    for name in ("peas/accuracy.tsv", "accuracy.tsv"):
        folds = pd.read_csv(results / name, sep="\t").set_index("fold")
        assert folds["mae"].to_dict() == pytest.approx(expected.to_dict())
    summary = pd.read_csv(results / "summary.tsv", sep="\t")
    assert summary["mae"].tolist() == pytest.approx([expected.mean()])


def test_it_is_in_the_report(judged_anew):
    page = (judged_anew[1] / "results" / "report" / "index.html").read_text()
    assert '<button type="button" data-sort="number">MAE</button>' in page
    assert "mean absolute error" in page


def test_it_is_in_the_documentation(judged_anew):
    project, _ = judged_anew
    assert "| `mae` |" in project.page("validation")
    assert project.python("docs/generate_tables.py").returncode == 0
    assert "| `mae` |" in (project.root / "docs" / "reference" / "results.md").read_text()
