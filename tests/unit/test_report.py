"""The report: stored numbers alone, failures named, hostile names harmless, missing parts left out."""

import html
import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.unit.report_fixture import (
    CONFIG,
    FAILED,
    MESSAGE,
    add_scheme,
    write_many,
    write_predictions,
    write_results,
    write_trust,
)

from dnngp import report
from dnngp.base.tables import read_table, write_table
from dnngp.report import formatting
from dnngp.report import page as pages
from dnngp.report.answer import answers
from dnngp.report.figure import Figure
from dnngp.report.results import Results
from dnngp.report.section import all_sections
from dnngp.report.sections import predictions, structure, training

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
        if self._in_table(tags):
            self.cells[-1][2] += data
        if not {"data", "a", "code", "select", "h3"} & set(tags) and not self._in_table(tags):
            self.bare[section] = self.bare.get(section, "") + data

    def _in_table(self, tags):
        return "td" in tags or "th" in tags

    def column(self, table, name):
        """A column of text of the charts' data, spelled out."""
        column = self.payload["tables"][table][name]
        if "runs" in column:
            codes, lengths = column["runs"][::2], column["runs"][1::2]
            return [
                column["levels"][code]
                for code, length in zip(codes, lengths, strict=True)
                for _ in range(length)
            ]
        return [column["levels"][code] for code in column["codes"]]

    @property
    def payload(self):
        found = re.search(r'<script type="application/json" id="data">(.*?)</script>', self.text, re.DOTALL)
        return json.loads(found[1])


def build(folder, **options):
    results = write_results(folder / "results", **options)
    write_trust(results)
    report.build(results, results / "report" / "index.html", config=CONFIG, title="Made <up>")
    return results


@pytest.fixture
def page_alone(monkeypatch):
    """Builds the page without its charts and their library, which other tests look at."""
    monkeypatch.setattr(Figure, "svg", lambda figure: "<svg/>")
    monkeypatch.setattr(Figure, "png", lambda figure, svg: b"")
    monkeypatch.setattr(Figure, "specifications", lambda figure: {})
    monkeypatch.setattr(pages.vl_convert, "javascript_bundle", lambda snippet: "")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return build(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def page(results):
    return Page((results / "report" / "index.html").read_text())


def drawn(results):
    return report.contents(Results(results, CONFIG))[1]


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
        *(
            "overview",
            "new_samples",
            "accuracy",
            "predictions",
            "comparison",
            "heritability",
            "cost",
            "experiments",
        ),
        *("markers", "samples", "importance", "training", "checks", "terms"),
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
    table = drawn(results)["truth"].tables["truth"]
    assert table.loc[table["trait"] == "coin toss", "expected"].tolist() == [0.0] * 5


def overview_of(results, config=CONFIG, **changes):
    """Words of the first section after columns of tables were changed."""
    for name, edit in changes.items():
        table = edit(read_table(results / f"{name}.tsv"))
        table.to_csv(results / f"{name}.tsv", sep="\t", na_rep="NA", index=False)
    report.build(results, results / "report" / "index.html", config=config, title="t")
    text = (results / "report" / "index.html").read_text()
    return " ".join(Page(text).sections["overview"].split())


def of_trait(results, name, trait):
    """The row of a table on one trait and the first scheme."""
    table = read_table(results / "report" / f"{name}.tsv")
    return table[(table["trait"] == trait) & (table["scheme"] == "random")].iloc[0]


def test_the_candidate_is_the_declared_model_and_not_the_best(results):
    answer = read_table(results / "report" / "answer.tsv")
    summary = read_table(results / "summary.tsv").set_index(["dataset", "trait", "model"]).sort_index()
    comparisons = (
        read_table(results / "comparisons.tsv").set_index(["dataset", "trait", "model"]).sort_index()
    )
    assert len(answer) == 5
    for row in answer.itertuples():
        assert (row.candidate, row.reference) == ("rkhs", "gblup")
        for column, model in (("pearson", "rkhs"), ("reference_pearson", "gblup")):
            assert getattr(row, column) == summary.loc[(row.dataset, row.trait, model), "pearson"]
        for column in ("difference", "lower", "upper", "verdict"):
            assert getattr(row, column) == comparisons.loc[(row.dataset, row.trait, "rkhs"), column]
        assert row.highest_pearson == summary.loc[(row.dataset, row.trait), "pearson"].max()
    assert (answer["highest"] != "rkhs").any()


def test_predictive_ability_is_tested_against_zero_with_the_corrected_interval(results):
    abilities = read_table(results / "report" / "abilities.tsv")
    accuracy = read_table(results / "accuracy.tsv")
    assert len(abilities) == 24  # the control and the failed fit have none
    for row in abilities.itertuples():
        cell = accuracy[["dataset", "trait", "model"]] == [row.dataset, row.trait, row.model]
        folds = accuracy[cell.all(axis=1)]
        r, ratio = folds["pearson"], folds["n_test"].sum() / folds["n_train"].sum()
        se = r.std() * np.sqrt(1 / len(r) + ratio)
        assert row.se == pytest.approx(se)
        assert row.p == pytest.approx(stats.t.sf(r.mean() / se, len(r) - 1))
        half = stats.t.ppf(0.975, len(r) - 1) * se
        limits = np.clip([r.mean() - half, r.mean() + half], -1, 1)
        assert (row.lower, row.upper) == pytest.approx(limits)


def with_abilities(folder, trait, r):
    """Results in which GBLUP has these r in the folds of a trait."""
    results = build(folder)
    accuracy = read_table(results / "accuracy.tsv")
    here = (accuracy["trait"] == trait) & (accuracy["model"] == "gblup")
    accuracy.loc[here, "pearson"] = r
    accuracy.to_csv(results / "accuracy.tsv", sep="\t", na_rep="NA", index=False)
    return results


def test_the_interval_of_a_correlation_ends_where_correlations_do(tmp_path, page_alone):
    results = with_abilities(tmp_path, "yield", [0.99, 0.4, 0.98, 0.5, 0.99])
    overview_of(results)
    abilities = read_table(results / "report" / "abilities.tsv").set_index(["trait", "model"])
    assert abilities.loc[("yield", "gblup"), "upper"] == 1
    assert abilities.loc[("yield", "gblup"), "lower"] > 0


def test_a_trait_that_no_model_predicts_beyond_chance_is_not_to_be_selected_on(page, results):
    row = of_trait(results, "advice", "coin toss")
    assert not row["predicted"]
    assert row["p"] > 0.05
    words = " ".join(page.sections["overview"].split())
    assert "Do not select on coin toss (mice) yet: no model predicts it beyond chance" in words


def test_a_high_mean_that_varies_over_folds_can_be_beyond_chance(tmp_path, page_alone):
    """The mean of three folds below their standard deviation says nothing either way."""
    results = with_abilities(tmp_path, "coin toss", [0.28, 0.31, 0.27, 0.33, 0.30])
    assert "Use GBLUP for coin toss (mice): r = 0.30" in overview_of(results)
    assert of_trait(results, "advice", "coin toss")["predicted"]


def alike(value):
    """Edit: every model but RKHS the same as GBLUP in the comparisons; RKHS differs with p of ``value``."""

    def edit(table):
        rkhs = table["model"] == "rkhs"
        return table.assign(difference=np.where(rkhs, 0.1, 0.0), p=np.where(rkhs, value, 0.9))

    return edit


def test_a_better_model_is_named_with_what_the_reference_reaches(tmp_path, page_alone):
    words = overview_of(build(tmp_path), comparisons=alike(0.03))
    assert re.search(
        r"Use RKHS for yield \(oats\): r = 0\.\d\d; GBLUP 0\.\d\d; better beyond chance\.", words
    )
    assert "RKHS was named in the configuration, before there were results." in words


def test_a_model_picked_afterwards_is_tested_the_more_strictly_the_more_there_are(tmp_path, page_alone):
    results = build(tmp_path)
    config = CONFIG | {"compare": {"reference": "gblup", "candidate": None}}
    for p, better in ((0.03, False), (0.005, True)):
        words = overview_of(results, config, comparisons=alike(p))
        row = of_trait(results, "advice", "yield")
        assert row["better"] == better
        assert ("corrected for the choice among 4 models" in words) == better
        assert "named in the configuration" not in words
        assert "No candidate model was named" in words
    assert row["difference_p"] == pytest.approx(0.02)
    assert row["tries"] == 4


def test_where_no_model_is_better_the_reference_is_used(tmp_path, page_alone):
    words = overview_of(build(tmp_path), comparisons=alike(0.5))
    assert "Use GBLUP for tail length (mice)" in words
    assert "not better beyond chance" in words
    assert "nan" not in words.lower()


def test_what_to_expect_of_new_families_stands_beside_it(tmp_path, page_alone):
    results = build(tmp_path)
    add_scheme(results)
    words = overview_of(results)
    assert words.count("For new families expect") == 4  # of the traits that are predicted at all
    text = (results / "report" / "index.html").read_text()
    table = re.search(r'<table[^>]*id="answers".*?</table>', text, re.DOTALL)[0]
    assert table.count("<tr ") == 5
    assert "random: r" in table
    assert "cluster out: r" in table


def test_the_next_step_follows_from_the_tables(tmp_path, page, page_alone):
    words = " ".join(page.sections["overview"].split())
    assert "Next: ranked new samples: new." in words
    assert "For coin toss: more samples or better phenotypes" in words
    words = overview_of(build(tmp_path), CONFIG | {"predict": {}})
    assert "Next: rank new samples by the recommended model" in words


def test_new_samples_stand_beside_their_true_values_where_those_are_known(tmp_path, page, page_alone):
    words = " ".join(page.sections["new_samples"].split())
    assert "new, yield: 20 samples by RKHS; r of prediction and true genetic value = 0." in words
    assert len(page.column("new_samples", "sample")) == 15
    results = build(tmp_path)
    write_predictions(results, true_values=False)
    report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
    without = Page((tmp_path / "index.html").read_text())
    assert "20 samples by RKHS" in without.sections["new_samples"]
    assert "true" not in without.sections["new_samples"]
    # A scale over values that are all missing is a warning in the console of the browser.
    assert "isValid(datum.true_value)" in page.text
    assert "isValid(datum.true_value)" not in without.text


def test_doubts_about_the_data_stand_at_the_top(tmp_path, page_alone):
    results = build(tmp_path)
    warnings = pd.DataFrame({"step": ["maf"], "message": ["it removed most of the markers"]})
    write_table(warnings, results / "oats" / "qc" / "warnings.tsv")
    folds = pd.DataFrame({"step": ["yield"], "message": ["the other parent is known"]})
    write_table(folds, results / "oats" / "yield" / "leave_group_out" / "fold_warnings.tsv")
    words = overview_of(results)
    assert words.index("oats, maf: it removed most of the markers") < words.index("What to use")
    assert words.index("oats, yield: the other parent is known") < words.index("What to use")


def test_terms_are_explained_where_they_stand(page):
    ids = set(re.findall(r'<dt id="(term-[^"]+)"', page.text))
    links = re.findall(r'<a class="term" href="#(term-[^"]+)" title="([^"]+)"', page.text)
    assert len({target for target, _ in links}) > 5
    assert {target for target, _ in links} <= ids


def test_the_traits_are_drawn_each_sample_once(page, results):
    table = read_table(results / "report" / "trait_distributions.tsv")
    assert set(table.groupby(["dataset", "trait"])["count"].sum()) == {80}
    assert len(page.payload["tables"]["traits"]["count"]) == len(table)


def test_facts_count_what_the_tables_hold(results):
    facts = read_table(results / "report" / "facts.tsv").set_index("fact")["value"]
    advice = read_table(results / "report" / "advice.tsv")
    assert facts["fits"] == 150
    assert facts["fits failed"] == 1
    assert facts["controls"] == 30
    assert facts["controls failed"] == 0
    assert facts["steps fitted"] == 60
    assert facts["steps that saw test genotypes"] == 5
    assert facts["random: folds"] == 5
    assert facts["ids in one file only"] == 9
    assert facts["oats: lines with a near duplicate"] == 2
    assert facts["random: traits predicted"] == advice["predicted"].sum()
    assert facts["random: traits on which another model is better"] == advice["better"].sum()


def test_lines_with_a_value_are_counted_beside_those_in_both_files(results):
    page = (results / "report" / "index.html").read_text()
    table = re.search(r'<table id="ids">.*?</table>', page, re.S)[0]
    head, *rows = re.findall(r"<tr.*?</tr>", table, re.S)
    shown = [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<th .*?</th>", head)].index("With a value")
    row = read_table(results / "ids.tsv").iloc[0]
    cells = [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", rows[0], re.S)]
    assert cells[shown - 1 : shown + 1] == [str(row["matched"]), str(row["with_value"])]
    assert row["matched"] != row["with_value"]


def test_a_failed_or_constant_method_is_never_the_best(tmp_path, page_alone):
    results = write_results(tmp_path)
    summary = read_table(results / "summary.tsv")
    summary.loc[summary["model"] == "mean", "pearson"] = 0.99
    summary.loc[summary["model"] == "lightgbm", ["pearson", "status"]] = [0.98, "failed"]
    summary.to_csv(results / "summary.tsv", sep="\t", na_rep="NA", index=False)
    assert not set(answers(Results(results, CONFIG))["highest"]) & {"mean", "lightgbm"}


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
    assert re.sub("<[^>]*>", "", formatting.number(value, form)) == text


# --- failures, control, notes


def test_a_failed_fit_is_named_with_its_message_and_has_no_number(page):
    dataset, trait, _, fold = FAILED
    words = " ".join(page.sections["overview"].split())
    assert "1 of 150 fits failed" in words
    assert f"LightGBM on {dataset}, {trait} (random, repeat 1, fold {fold})" in words
    assert MESSAGE in words
    failed = [text for kind, _, text in page.cells if "failed" in kind]
    assert len(failed) == 2  # by trait and by species
    label, status = page.column("means", "label"), page.column("means", "status")
    assert [one for one, other in zip(label, status, strict=True) if other == "failed"] == ["LightGBM"]
    means = page.payload["tables"]["means"]["pearson"]
    assert [value for value, one in zip(means, status, strict=True) if one == "failed"] == [None]


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
    means = zip(page.payload["tables"]["means"]["pearson"], page.column("means", "label"), strict=True)
    assert {value for value, label in means if label == "Mean"} == {None}
    assert "has no correlation" in " ".join(page.sections["accuracy"].split())


def test_what_a_method_reads_beside_markers_stands_beside_its_name(tmp_path, page_alone):
    results = write_results(tmp_path)
    summary = read_table(results / "summary.tsv")
    summary["other_inputs"] = np.where(summary["model"] == "gblup", "sex, <b>bands</b>", None)
    summary.to_csv(results / "summary.tsv", sep="\t", na_rep="NA", index=False)
    report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
    page = Page((tmp_path / "index.html").read_text())
    marked = page.sections["accuracy"].count("reads sex, <b>bands</b> too")
    assert marked == (summary["model"] == "gblup").sum()


def test_nothing_is_called_significant(page):
    assert "signific" not in " ".join(page.sections.values()).lower()


def test_a_control_that_fails_turns_the_banner_red_and_is_named(tmp_path, page_alone):
    results = build(tmp_path)
    for name in ("accuracy", "summary"):
        table = read_table(results / f"{name}.tsv")
        table[table["status"] == "ok"].to_csv(results / f"{name}.tsv", sep="\t", na_rep="NA", index=False)
    for failing in (False, True):
        controls = read_table(results / "controls.tsv")
        if failing:
            controls["message"] = controls["message"].astype(object)
            controls.loc[3, ["status", "message"]] = ["failed", "r = 0.4 from a permuted phenotype"]
        controls.to_csv(results / "controls.tsv", sep="\t", na_rep="NA", index=False)
        report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
        page = Page((tmp_path / "index.html").read_text())
        words = " ".join(page.sections["overview"].split())
        assert ('class="banner bad" role="alert"' in page.text) == failing
        assert ("all 30 controls hold" in words) != failing
        assert ("1 of 30 controls failed" in words) == failing
        assert ("r = 0.4 from a permuted phenotype" in words) == failing


def test_a_step_that_saw_a_test_phenotype_is_alarming_and_listed_first(tmp_path, page_alone):
    results = build(tmp_path)
    ledger = read_table(results / "ledger.tsv")
    ledger.loc[41, "test_phenotypes_seen"] = 7
    ledger.to_csv(results / "ledger.tsv", sep="\t", na_rep="NA", index=False)
    report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
    text = (tmp_path / "index.html").read_text()
    assert "fitted steps saw the phenotype of a test sample" in text
    part = text[text.index('id="checks"') :]
    assert 'class="banner bad" role="alert"' in part
    part = part[part.index('id="ledger"') :]
    first = part[part.index("<tbody>") :]
    assert 'data-value="7"' in first[: first.index("</tr>")]


def test_lines_in_one_file_only_are_counted_and_shown(page):
    assert "m900, m901, m902" in page.sections["quality"]


def test_the_scheme_is_named_where_there_are_two(tmp_path, page_alone):
    results = write_results(tmp_path)
    add_scheme(results, ("accuracy", "summary", "species", "oats/predictions", "history"))
    report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
    page = Page((tmp_path / "index.html").read_text())
    assert "cluster out" in page.sections["overview"]
    assert page.sections["accuracy"].count("cluster out") == 5 + 30 + 12  # panels, rows of both tables


# --- parts that may be missing


def test_transductive_imputation_is_named(tmp_path, page_alone):
    results = write_results(tmp_path)
    config = CONFIG | {"datasets": [{"name": "oats", "impute": "beagle"}, {"name": "mice", "impute": None}]}
    report.build(results, tmp_path / "index.html", config=config, title="t")
    page = Page((tmp_path / "index.html").read_text())
    assert "Missing calls of oats were filled by Beagle" in page.sections["quality"]


def test_defects_and_twins_are_listed_with_their_number(page):
    assert "oats: 1, mice: 1" in page.sections["quality"]
    assert "REF is not a base" in page.sections["quality"]
    assert page.sections["quality"].count("0.9876") == 2


def test_sections_come_in_the_order_of_a_reader_who_has_to_decide(page):
    assert [name for name in page.sections if name] == [
        *("overview", "new_samples", "accuracy", "predictions", "comparison", "heritability", "cost"),
        *("experiments", "field_trials", "quality", "markers", "samples", "structure", "importance"),
        *("training", "checks"),
        *("provenance", "methods_text", "terms"),
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
    write_trust(results)
    for path in [*results.glob("*/**/*"), *results.iterdir()]:
        if path.is_file() and path.name not in ("summary.tsv", "accuracy.tsv"):
            path.unlink()
    report.build(results, tmp_path / "index.html", config={}, title="t")
    page = Page((tmp_path / "index.html").read_text())
    assert [name for name in page.sections if name] == [
        *("overview", "accuracy", "cost", "provenance", "methods_text", "terms")
    ]


def test_when_nothing_has_a_correlation_the_report_still_stands(tmp_path, page_alone):
    results = write_results(tmp_path)
    for name in ("accuracy", "summary"):
        table = read_table(results / f"{name}.tsv")
        table[table["model"] == "mean"].to_csv(results / f"{name}.tsv", sep="\t", na_rep="NA", index=False)
    report.build(results, tmp_path / "index.html", config=CONFIG, title="t")
    assert "no model has a predictive ability to report" in (tmp_path / "index.html").read_text()


# --- safe, self-contained, repeatable, small


def test_hostile_names_are_text(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Figure, "svg", lambda figure: "<svg/>")
        patch.setattr(Figure, "png", lambda figure, svg: b"")
        results = build(tmp_path, hostile=HOSTILE)
    page = Page((results / "report" / "index.html").read_text())
    assert page.scripts == 3
    assert HOSTILE not in page.text
    assert html.escape(HOSTILE) in page.text
    samples = page.column("predictions", "sample")
    assert HOSTILE in samples
    figures = drawn(results)
    for name in ("accuracy", "differences", "pca"):
        assert "<script" not in figures[name].svg()


def test_the_title_is_escaped(page):
    assert "<h1>Made &lt;up&gt;</h1>" in page.text


def test_a_script_may_not_end_itself():
    assert "</script" not in pages._inline("a = '</script>' + '</SCRIPT >'").lower()
    assert "<" not in pages._inline_json({"a": "</script><!--"})


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


def test_ten_datasets_and_ten_methods_in_two_schemes_stay_below_five_megabytes(
    results, tmp_path, monkeypatch
):
    monkeypatch.setattr(Figure, "svg", lambda figure: "<svg/>")
    monkeypatch.setattr(Figure, "png", lambda figure, svg: b"")
    config = write_many(results, tmp_path / "results")
    report.build(tmp_path / "results", tmp_path / "index.html", config=config, title="Many")
    summary = read_table(tmp_path / "results" / "summary.tsv")
    assert (summary["dataset"].nunique(), summary["model"].nunique(), summary["scheme"].nunique()) == (
        10,
        10,
        2,
    )
    assert (tmp_path / "index.html").stat().st_size < 5_000_000


def test_every_result_can_be_followed_to_its_fit(page, results):
    summary, provenance = (read_table(results / f"{name}.tsv") for name in ("summary", "provenance"))
    assert page.text.count('class="follow"') == len(summary)
    assert page.column("provenance", "command") == provenance["command"].tolist()
    assert page.column("provenance", "trait") == provenance["trait"].tolist()


def test_headings_of_tables_have_a_scope(page):
    assert re.findall(r"<th(?!ead)(?![^>]*scope=)", page.text.split("<main>")[1].split("</main>")[0]) == []


def test_charts_say_what_they_show(page):
    charts = re.findall(r'<div class="chart"[^>]*>', page.text)
    assert charts
    assert all('role="img" aria-label="' in chart for chart in charts)


def test_every_figure_has_a_caption_of_its_own_in_snakemakes_report(results):
    captions = {path.stem: path.read_text().strip() for path in pages.SECTIONS.glob("*/*.rst")}
    names = {path.stem for path in (results / "report" / "figures").glob("*.svg")}
    # The page of the tests has no trait of two classes; tests/unit/test_calibration.py draws that figure, and
    # tests/unit/test_lr.py and test_transfer_report.py those that are drawn where asked for alone, as
    # training sets are.
    names |= {"calibration", "lr_statistics", "transfer", "transfer_distance", "training_sets", "iso_costs"}
    assert names == set(captions)
    assert len(set(captions.values()) - {""}) == len(names) == 30


def test_every_section_has_its_words_and_a_place_of_its_own():
    found = all_sections()
    assert all((pages.SECTIONS / name / "template.html.j2").is_file() for name in found)
    assert len({section.order for section in found.values()}) == len(found)


def test_large_tables_are_thinned_and_the_page_says_so(results, monkeypatch):
    monkeypatch.setattr(predictions, "MOST_POINTS", 500)
    monkeypatch.setattr(training, "MOST_EPOCHS", 900)
    monkeypatch.setattr(structure, "MOST_SAMPLES", 50)
    found = Results(results, CONFIG)
    figures = drawn(results)
    points = figures["predictions"].tables["predictions"]
    assert 250 < len(points) <= 500
    lines = points.groupby(["dataset", "trait", "label"])["sample"].agg(frozenset)
    complete = lines.drop(("mice", "weight", "LightGBM"))  # has a failed fold
    assert all(complete.groupby("dataset").nunique() == 1)
    history = figures["training"].tables["history"]
    assert len(history) < 1300
    ends = found["history"].groupby(["dataset", "trait", "model", "fold", "phase"])["epoch"].max().sum()
    assert history.groupby(["dataset", "trait", "label", "fold", "phase"])["epoch"].max().sum() == ends
    assert len(figures["pca"].tables["pca"]) == 50
    assert all(figures[name].note for name in ("predictions", "training", "pca"))


def test_field_trials_are_shown_with_their_outlier(page, results):
    trial = read_table(results / "oats" / "yield" / "field_trials" / "trials.tsv").iloc[0]
    shown = page.sections["field_trials"]
    assert trial["design"] in shown
    assert "s(row, column)" in shown
    table = page.text.partition('id="outliers"')[2].partition("</table>")[0]
    assert table.count("<tr") - 1 == trial["outliers"] == 1
