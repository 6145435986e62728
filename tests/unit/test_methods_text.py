"""The methods paragraph: every citation has its BibTeX, and the sentences say what the run did."""

import re

import pytest

from dnngp.encodings.encoding import encoding_kinds
from dnngp.methods.registry import METHODS
from dnngp.report.sections import methods_text
from dnngp.report.sections.methods_text import (
    ALWAYS,
    ASKED,
    citations,
    encoding_citations,
    entries,
    key,
    references,
)

CITED = sorted(
    {one for method in METHODS for one in citations(method)}
    | {one for encoding in encoding_kinds() for one in encoding_citations(encoding)}
    | {*ALWAYS, *ASKED.values()}
)


@pytest.mark.parametrize("citation", CITED)
def test_every_citation_of_the_project_has_an_entry_of_the_same_year_volume_and_page(citation):
    entry = references()[key(citation)]
    assert f"year = {{{re.search(r'[0-9]{4}', citation)[0]}}}" in entry
    if place := re.search(r" (\d+)[:(](\w+)", citation):
        volume, page = place.groups()
        assert f"volume = {{{volume}}}" in entry
        assert re.search(rf"(pages|number) = {{{page}\b", entry)


def test_no_entry_is_left_that_nothing_cites():
    assert set(references()) == set(map(key, CITED))


def test_entries_are_sorted_and_an_unknown_citation_stands_as_it_is():
    found = entries(["Wang et al. 2023, Mol Plant 16:279", "Nobody 1999, No Journal 1:1", *ALWAYS])
    assert [re.match(r"@\w+\{(\w+),", one)[1] for one in found] == [
        "molder2021",
        "nadeau2003",
        "nobody1999",
        "wang2023",
    ]
    assert "note = {Nobody 1999, No Journal 1:1}" in found[2]
    assert found[3].count("\n  ") == found[3].count(" = {") == 7


def test_limits_are_words():
    qc = {"min_call_rate_marker": 0.8, "min_call_rate_sample": 0.0, "maf": 0.01}
    assert methods_text._limits(qc) == (
        "markers called in less than 0.8 of the samples and within the training samples of each fold, "
        "markers with a minor allele frequency below 0.01"
    )
