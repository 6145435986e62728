"""A configuration as it is written: files that are none, and names that YAML does not read as text."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from dnngp.base.errors import UserError
from dnngp.config.schema import filled, problems_of
from dnngp.config.written import check_file


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def problem(text, encoding="utf-8"):
    Path("c.yaml").write_bytes(text.encode(encoding))
    with pytest.raises(UserError) as caught:
        check_file("c.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("datasets:\n  - name: a\n   genotypes: b\n", "c.yaml, line 3, column 4: this is no YAML: "),
        (
            "datasets:\n\t- name: a\n",
            "c.yaml, line 2, column 1: this is no YAML: found a tab that cannot start any token. Indent with",
        ),
        ("a: [1, 2\nb: 3\n", "c.yaml, line 2, column 2: this is no YAML: expected ',' or ']'"),
        ("a: 'x\n", "c.yaml, line 2, column 1: this is no YAML: found unexpected end of stream"),
        ("a: \x01b\n", "c.yaml: this is no YAML: unacceptable character"),
        ("", "c.yaml: the configuration is empty."),
        ("~", "c.yaml: the configuration is empty."),
        ("- a\n- b\n", "c.yaml: the configuration is a list and has no options."),
        ("nothing here", "c.yaml: the configuration is the text 'nothing here' and has no options."),
    ],
)
def test_what_is_no_configuration_is_named_with_its_place(text, message):
    assert problem(text).startswith(message)


def test_other_encodings_and_absent_files_are_named():
    assert problem("title: Hühner\n", "cp1252") == "c.yaml: it is not text in UTF-8. Save it as UTF-8."
    with pytest.raises(UserError, match=r"^other.yaml: the file does not exist \(seen from "):
        check_file("other.yaml")
    Path("folder").mkdir()
    with pytest.raises(UserError, match="it is a folder"):
        check_file("folder")


def test_a_byte_order_mark_is_no_problem():
    Path("c.yaml").write_text("title: Hühner\n", encoding="utf-8-sig")
    check_file("c.yaml")


NAMES = """
title: 2020
datasets:
  - name: 2020
    genotypes: g.csv
    phenotypes: p.csv
    traits: [2019, NO, 1.10, 08, 2019-05-31]
    covariates: {1: number, NO: factor}
    qc: {exclude_chromosomes: [1, X, 02]}
"""


def test_names_that_look_like_numbers_or_words_are_taken_as_they_are_written():
    Path("c.yaml").write_text(NAMES)
    resolved = filled(yaml.safe_load(NAMES), ["c.yaml"])
    (dataset,) = resolved["datasets"]
    assert (resolved["title"], dataset["name"]) == ("2020", "2020")
    assert dataset["traits"] == ["2019", "NO", "1.10", "08", "2019-05-31"]
    assert dataset["covariates"] == {"1": "number", "NO": "factor"}
    assert dataset["qc"]["exclude_chromosomes"] == ["1", "X", "02"]


def test_without_a_file_numbers_are_names_and_words_are_asked_about():
    dataset = {"name": "a", "genotypes": "g.csv", "phenotypes": "p.csv"}
    given = {"datasets": [{**dataset, "traits": [2019]}]}
    assert filled(given)["datasets"][0]["traits"] == ["2019"]
    with pytest.raises(ValidationError) as caught:
        filled({"datasets": [{**dataset, "traits": [False]}]})
    assert list(problems_of(caught.value)) == [
        "datasets[1].traits[1]: YAML reads the word no, false or off as False. Write it in quotes."
    ]
