"""The report: stored numbers alone, failures named, hostile names harmless, missing parts left out."""

import html
import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import unquote

import jinja2
import numpy as np
import pandas as pd
import pytest
from tests.unit.report_fixture import CONFIG, FAILED, MESSAGE, write_results

from dnngp import report
from dnngp.tables import read_table

HOSTILE = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Words, tables and numbers of a page."""

    VOID = frozenset({"meta", "link", "img", "br", "input", "circle", "rect", "path"})

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.sections, self.numbers, self.cells, self.loaded = {}, [], [], []
        self.bare = {}  # section -> text outside of elements that hold a stored number
        self.scripts = 0
        self._open = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.loaded += [value for name, value in attrs.items() if name in ("src", "href") and value]
        self.scripts += tag == "script"
        if tag == "data":
            self.numbers.append([attrs["value"], ""])
        if tag in ("td", "th"):
            self.cells.append([attrs.get("class", ""), attrs.get("data-value"), ""])
        if tag not in self.VOID:
            self._open.append((tag, attrs))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            opened, _ = self._open.pop()
            assert opened == tag, f"<{opened}> is closed by </{tag}>"

    def handle_data(self, data):
        tags = [tag for tag, _ in self._open]
        if "script" in tags or "style" in tags:
            return
        section = next((attrs["id"] for tag, attrs in self._open if tag == "section"), None)
        self.sections[section] = self.sections.get(section, "") + data
        if "data" in tags:
            self.numbers[-1][1] += data
        if tags and tags[-1] in ("td", "th"):
            self.cells[-1][2] += data
        if not {"data", "a", "code", "select", "h3"} & set(tags) and not self._in_table(tags):
            self.bare[section] = self.bare.get(section, "") + data

    def _in_table(self, tags):
        return "td" in tags or "th" in tags

    @property
    def payload(self):
        found = re.search(r'<script type="application/json" id="data">(.*?)</script>', self.text, re.DOTALL)
        return json.loads(found[1])


def build(folder, **options):
    results = write_results(folder / "results", **options)
    report.build(results, results / "report" / "index.html", config=CONFIG, title="Made <up>")
    return results


@pytest.fixture
def page_alone(monkeypatch):
    """Builds the page without the SVG files and the charts' library, which other tests look at."""
    monkeypatch.setattr(report, "svg", lambda drawing: "<svg/>")
    monkeypatch.setattr(report.vl_convert, "javascript_bundle", lambda snippet: "")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return build(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def page(results):
    return Page((results / "report" / "index.html").read_text())


def stored_numbers(results):
    """Every number of every table, as written."""
    found = set()
    for path in results.rglob("*.tsv"):
        for column in read_table(path).select_dtypes("number"):
            found |= set(read_table(path)[column].dropna().astype(float))
    return np.array(sorted(found))


def is_stored(value, stored, tolerance=1e-9):
    place = np.searchsorted(stored, value)
    near = stored[max(0, place - 1) : place + 1]
    return bool((np.abs(near - value) <= tolerance * max(1, abs(value))).any())


# --- numbers


def test_every_number_of_the_text_and_the_tables_is_a_stored_one(page, results):
    stored = stored_numbers(results)
    shown = [(value, text) for value, text in page.numbers]
    shown += [(value, text) for _, value, text in page.cells if value is not None]
    assert len(shown) > 300
    assert [item for item in shown if not is_stored(float(item[0]), stored)] == []


def test_every_number_is_shown_as_its_rounded_value(page):
    for value, text in page.numbers + [
        [value, text] for _, value, text in page.cells if value and re.search(r"\d", text)
    ]:
        plain = text.replace("−", "-").replace("\u202f", "").split(" ")[0].split("±")[0]
        digits = len(plain.partition(".")[2])
        assert abs(float(plain) - float(value)) <= 0.5 * 10**-digits * 1.000001, (value, text)


def test_the_text_holds_no_digit_of_its_own(page):
    names = ["dnngp_100", "m900, m901, m902"]
    for section in (
        "run",
        "answer",
        "results",
        "accuracy",
        "heritability",
        "time",
        "training",
        "predictions",
        "markers",
        "lines",
    ):
        text = page.bare[section]
        for name in names:
            text = text.replace(name, "")
        assert re.findall(r"\d[\d.]*", text) == [], section


def test_a_number_cell_without_a_value_is_a_dash(page):
    kinds = {text for kind, value, text in page.cells if "number" in kind.split() and value is None}
    headings = {text for text in kinds if re.search("[A-Za-z]", text)}
    assert kinds - headings - {""} == {"–"}


def test_every_number_of_the_charts_is_a_stored_one_to_five_digits(page, results):
    stored = stored_numbers(results)
    checked = 0
    for name, table in page.payload["tables"].items():
        for column, values in table.items():
            if isinstance(values, dict) or (name, column) == ("truth", "expected"):
                continue
            for value in set(values) - {None}:
                assert is_stored(value, stored, tolerance=6e-5), (name, column, value)
                checked += 1
    assert checked > 1000


def test_expectation_from_the_truth(page):
    truth = page.payload["tables"]["truth"]
    expected = np.array(truth["true_accuracy"], float) * np.sqrt(truth["true_h2"])
    assert np.array(truth["expected"]) == pytest.approx(expected, rel=1e-4)


def test_a_trait_without_genetic_variance_is_expected_at_zero(tmp_path):
    results = write_results(tmp_path)
    summary = read_table(results / "summary.tsv")
    none = summary["trait"] == "coin toss"
    summary.loc[none, ["true_h2", "true_accuracy"]] = [0.0, np.nan]
    summary.to_csv(results / "summary.tsv", sep="\t", na_rep="NA", index=False)
    table = report.draw(report.read_results(results, CONFIG))["truth"].tables["truth"]
    assert table.loc[table["trait"] == "coin toss", "expected"].tolist() == [0.0] * 5


def test_a_trait_that_varies_more_over_folds_than_it_is_predicted_counts_for_no_method(tmp_path, page_alone):
    results = write_results(tmp_path)
    summary = read_table(results / "summary.tsv")
    summary.loc[summary["trait"] == "coin toss", "pearson_sd"] = 0.9
    summary.to_csv(results / "summary.tsv", sep="\t", na_rep="NA", index=False)
    report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
    answer = " ".join(Page((tmp_path / "index.html").read_text()).sections["answer"].split())
    assert re.search(r"Not counted: on mice, coin toss \(.*\) even the highest mean is smaller", answer)
    assert "of 4 traits" in answer


def test_comparison_is_the_highest_mean_against_gblup(results):
    summary = read_table(results / "summary.tsv")
    comparison = read_table(results / "report" / "comparison.tsv")
    accuracy = read_table(results / "accuracy.tsv")
    assert len(comparison) == 5
    for row in comparison.itertuples():
        part = summary[(summary["dataset"] == row.dataset) & (summary["trait"] == row.trait)]
        part = part.set_index("variant")
        assert row.pearson == part["pearson"].max()
        assert part.loc[row.best, "pearson"] == row.pearson
        assert row.gblup_pearson == part.loc["gblup", "pearson"]
        if row.best == "gblup":
            assert np.isnan(row.difference)
            continue
        assert row.difference == pytest.approx(row.pearson - row.gblup_pearson)
        folds = accuracy[(accuracy["dataset"] == row.dataset) & (accuracy["trait"] == row.trait)]
        best, gblup = (
            folds[folds["variant"] == name].sort_values("fold")["pearson"].to_numpy()
            for name in (row.best, "gblup")
        )
        assert (row.folds_higher, row.folds) == ((best > gblup).sum(), 5)


def test_facts_count_what_the_tables_hold(results):
    facts = read_table(results / "report" / "facts.tsv").set_index("fact")["value"]
    comparison = read_table(results / "report" / "comparison.tsv")
    assert facts["fits"] == 150
    assert facts["fits failed"] == 1
    assert facts["random: folds"] == 5
    assert facts["ids in one file only"] == 9
    comparison = comparison[comparison["pearson"] >= comparison["pearson_sd"]]
    assert facts["random: traits predicted"] == len(comparison)
    for variant, count in comparison["best"].value_counts().items():
        assert facts[f"random: traits led by {variant}"] == count
    assert facts["random: traits led by another than gblup"] == (comparison["best"] != "gblup").sum()


def test_a_failed_or_constant_method_is_never_the_best():
    summary = pd.DataFrame(
        {
            "species": "s",
            "dataset": "d",
            "trait": "t",
            "scheme": "random",
            "variant": ["mean", "svr", "gblup"],
            "method": ["mean", "svr", "gblup"],
            "status": ["ok", "failed", "ok"],
            "pearson": [0.9, 0.8, 0.1],
            "pearson_sd": 0.1,
            "cpu_s": 1.0,
        }
    )
    accuracy = pd.DataFrame(
        columns=["dataset", "trait", "scheme", "variant", "repeat", "fold", "pearson"], dtype=float
    )
    assert report.compare_with_gblup(summary, accuracy)["best"].tolist() == ["gblup"]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (-0.0001, "{:.3f}", "0.000"),
        (-0.25, "{:.2f}", "−0.25"),
        (0.09, "{:+.3f}", "+0.090"),
        (1234.5, "{}", "1\u202f234" if round(1234.5) == 1234 else "1\u202f235"),
        (0.05034, "{}", "0.0503"),
        (12.345, "{}", "12.3"),
        (0.0, "{}", "0"),
        (99.96, "{}", "100"),
        (15000, "{:,d}", "15\u202f000"),
        (float("nan"), "{:.3f}", "–"),
        (None, "{:d}", "–"),
    ],
)
def test_typesetting(value, form, text):
    assert re.sub("<[^>]*>", "", report.number(value, form)) == text


# --- failures, control, notes


def test_a_failed_fit_is_named_with_its_message_and_has_no_number(page):
    dataset, trait, _, fold = FAILED
    words = " ".join(page.sections["run"].split())
    assert "1 of 150 fits failed" in words
    assert f"LightGBM on {dataset}, {trait} (random, repeat 1, fold {fold})" in words
    assert MESSAGE in words
    failed = [text for kind, _, text in page.cells if "failed" in kind]
    assert len(failed) == 2  # by dataset and by species
    means = page.payload["tables"]["means"]
    label = [means["label"]["levels"][code] for code in means["label"]["codes"]]
    mark = [means["mark"]["levels"][code] for code in means["mark"]["codes"]]
    assert [one for one, other in zip(label, mark, strict=True) if other == "failed"] == ["LightGBM"]
    assert [value for value, one in zip(means["pearson"], mark, strict=True) if one == "failed"] == [None]


def test_a_run_without_failures_says_so(tmp_path, page_alone):
    results = write_results(tmp_path)
    for name in ("accuracy", "summary"):
        table = read_table(results / f"{name}.tsv")
        table[table["status"] == "ok"].to_csv(results / f"{name}.tsv", sep="\t", na_rep="NA", index=False)
    report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
    text = (tmp_path / "index.html").read_text()
    assert "fits succeeded" in text
    assert 'class="banner bad"' not in text


def test_the_control_has_a_dash_and_a_note(page):
    means = page.payload["tables"]["means"]
    of_control = [means["label"]["levels"][code] == "Mean" for code in means["label"]["codes"]]
    assert {value for value, yes in zip(means["pearson"], of_control, strict=True) if yes} == {None}
    assert "has no correlation" in " ".join(page.sections["results"].split())


def test_nothing_is_called_significant(page):
    words = " ".join(" ".join(page.sections.values()).split()).lower()
    assert "signific" not in words
    assert "no test of the differences was made" in words


def test_lines_in_one_file_only_are_counted_and_shown(page):
    assert "m900, m901, m902" in page.sections["run"]


def test_the_scheme_is_named_where_there_are_two(tmp_path, page_alone):
    results = write_results(tmp_path)
    for name in ("accuracy", "summary", "species", "oats/predictions", "history"):
        table = read_table(results / f"{name}.tsv")
        both = pd.concat([table, table.assign(scheme="leave_group_out")])
        both.to_csv(results / f"{name}.tsv", sep="\t", na_rep="NA", index=False)
    report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
    page = Page((tmp_path / "index.html").read_text())
    assert "leave group out" in page.sections["answer"]
    assert page.sections["accuracy"].count("leave group out") == 5


# --- parts that may be missing


def test_transductive_imputation_is_named(tmp_path, page_alone):
    results = write_results(tmp_path)
    config = CONFIG | {"datasets": [{"name": "oats", "impute": "beagle"}, {"name": "mice", "impute": None}]}
    report.build(results, tmp_path / "index.html", config=config, title="t")
    page = Page((tmp_path / "index.html").read_text())
    assert "Missing calls of oats were filled by Beagle" in page.sections["qc"]


def test_defects_and_twins_are_listed_with_their_number(page):
    assert "oats: 1, mice: 1" in page.sections["qc"]
    assert "REF is not a base" in page.sections["qc"]
    assert page.sections["qc"].count("0.9876") == 2


def test_sections_come_in_the_order_of_a_sceptical_reader(page):
    assert [name for name in page.sections if name] == [
        *("run", "answer", "results", "accuracy", "heritability", "time"),
        *("training", "predictions", "qc", "markers", "lines", "pca", "provenance"),
    ]


def test_every_section_begins_with_how_to_read_it(page):
    for part in re.findall(r"<section .*?</section>", page.text, re.DOTALL):
        after = part[part.index("</h2>") + 5 :].lstrip()
        assert after.startswith('<p class="lead">'), part[:80]


def test_without_networks_there_are_no_training_curves(tmp_path, page_alone):
    results = build(tmp_path, networks=False)
    page = Page((results / "report" / "index.html").read_text())
    assert "training" not in page.sections
    assert not (results / "report" / "figures" / "training.svg").exists()


def test_without_truth_there_is_heritability_alone(tmp_path, page_alone):
    page = Page((build(tmp_path, truth=False) / "report" / "index.html").read_text())
    assert "simulated" not in page.sections["heritability"].lower()
    assert "truth" not in page.payload["figures"]


def test_only_the_tables_of_scores_are_required(tmp_path, page_alone):
    results = write_results(tmp_path)
    for path in [*results.glob("*/**/*"), *results.iterdir()]:
        if path.is_file() and path.name not in ("summary.tsv", "accuracy.tsv"):
            path.unlink()
    report.build(results, tmp_path / "index.html", config={}, title="t")
    page = Page((tmp_path / "index.html").read_text())
    assert [name for name in page.sections if name] == [
        *("run", "answer", "results", "accuracy", "time", "provenance")
    ]


def test_when_nothing_has_a_correlation_the_report_still_stands(tmp_path, page_alone):
    results = write_results(tmp_path)
    for name in ("accuracy", "summary"):
        table = read_table(results / f"{name}.tsv")
        table[table["variant"] == "mean"].to_csv(results / f"{name}.tsv", sep="\t", na_rep="NA", index=False)
    report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
    assert "no method gave a predictive ability" in (tmp_path / "index.html").read_text()


# --- safe, self-contained, repeatable, small


def test_hostile_names_are_text(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(report, "svg", lambda drawing: "<svg/>")
        results = build(tmp_path, hostile=HOSTILE)
    page = Page((results / "report" / "index.html").read_text())
    assert page.scripts == 3
    assert HOSTILE not in page.text
    assert html.escape(HOSTILE) in page.text
    samples = page.payload["tables"]["predictions"]["sample"]["levels"]
    assert HOSTILE in samples
    drawings = report.draw(report.read_results(results, CONFIG))
    for name in ("accuracy", "pca"):
        assert "<script" not in report.svg(drawings[name])


def test_the_title_is_escaped(page):
    assert "<h1>Made &lt;up&gt;</h1>" in page.text


def test_a_script_may_not_end_itself():
    assert "</script" not in report._inline("a = '</script>' + '</SCRIPT >'").lower()
    assert "<" not in report._inline_json({"a": "</script><!--"})


def test_the_page_loads_nothing(page):
    outside = [address for address in page.loaded if re.match(r"(https?:)?//", address)]
    assert outside == []
    assert "default-src 'none'" in page.text


def test_links_lead_to_files_of_the_run(page, results):
    for address in page.loaded:
        if not address.startswith(("#", "data:")) and not address.endswith("config.yaml"):
            assert (results / "report" / unquote(address)).is_file(), address


def test_the_library_is_there_once(page):
    assert page.text.count("window.vegaEmbed=") == 1


def test_the_same_tables_give_the_same_bytes(results, tmp_path):
    again = build(tmp_path)
    names = sorted(path.relative_to(results) for path in (results / "report").rglob("*") if path.is_file())
    assert len(names) >= 11
    for name in names:
        assert (again / name).read_bytes() == (results / name).read_bytes(), name


def test_headings_of_tables_have_a_scope(page):
    assert re.findall(r"<th(?!ead)(?![^>]*scope=)", page.text.split("<main>")[1].split("</main>")[0]) == []


def test_charts_say_what_they_show(page):
    charts = re.findall(r'<div class="chart"[^>]*>', page.text)
    assert charts
    assert all('role="img" aria-label="' in chart for chart in charts)


def test_every_figure_has_a_caption_of_its_own_in_snakemakes_report(results):
    template = jinja2.Template((report.TEMPLATES / "figures.rst").read_text())
    names = [path.stem for path in (results / "report" / "figures").iterdir()]
    captions = {
        template.render(snakemake=SimpleNamespace(wildcards=SimpleNamespace(figure=name))).strip()
        for name in names
    }
    assert "" not in captions
    assert len(captions) == len(names) == 13


def test_large_tables_are_thinned_and_the_page_says_so(results, monkeypatch):
    monkeypatch.setattr(report, "MOST_PREDICTIONS", 500)
    monkeypatch.setattr(report, "MOST_EPOCHS", 900)
    monkeypatch.setattr(report, "MOST_LINES", 50)
    found = report.read_results(results, CONFIG)
    drawings = report.draw(found)
    predictions = drawings["predictions"].tables["predictions"]
    assert 250 < len(predictions) <= 500
    lines = predictions.groupby(["dataset", "trait", "label"])["sample"].agg(frozenset)
    complete = lines.drop(("mice", "weight", "LightGBM"))  # has a failed fold
    assert all(complete.groupby("dataset").nunique() == 1)
    history = drawings["training"].tables["history"]
    assert len(history) < 1300
    ends = found.history.groupby(["dataset", "trait", "variant", "fold", "phase"])["epoch"].max().sum()
    assert history.groupby(["dataset", "trait", "label", "fold", "phase"])["epoch"].max().sum() == ends
    assert len(drawings["pca"].tables["pca"]) == 50
    assert all(drawings[name].note for name in ("predictions", "training", "pca"))
