"""The report: stored tables in, one self-contained page out.

Every number on the page is one of the run's tables or of those written beside
it: ``answer.tsv`` (the declared method against the reference, trait by trait),
``facts.tsv`` (the counts that the text quotes) and, after a study,
``surfaces.tsv`` (its means). The page needs no network; its
charts are Vega-Lite specifications, drawn in the browser from one copy of the
data, and stored as SVG files too. The same tables give the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from dnngp.base.tables import whole_file, write_table
from dnngp.report.answer import answers, count_facts
from dnngp.report.drawings import draw, svg
from dnngp.report.experiments_view import surface_means
from dnngp.report.page import render
from dnngp.report.results import read_results


def build(results: Path, output: Path, *, config: Mapping[str, Any], title: str) -> None:
    """Write the report on a finished run.

    Parameters
    ----------
    results
        Folder of the result tables (docs/reference/results.md). Tables that
        not every run has (training history, known truth, principal
        components) may be missing: their section is then left out.
    output
        The page to write. Beside it: ``figures/*.svg``, ``answer.tsv``, ``facts.tsv``, ``surfaces.tsv``.
    config
        The configuration of the run with every default; ``methods`` and
        ``models`` give the order of the methods, ``compare`` the declared ones.
    title
        Heading of the page.
    """
    results, output = Path(results), Path(output)
    found = read_results(results, config)
    answer = answers(found)
    facts = count_facts(found, answer)
    surfaces = surface_means(found.surface)
    drawings = draw(found, surfaces)
    for name, drawing in drawings.items():
        with whole_file(output.parent / "figures" / f"{name}.svg") as temporary:
            temporary.write_text(svg(drawing))
    write_table(answer, output.parent / "answer.tsv")
    counts = pd.DataFrame({"fact": list(facts), "value": list(facts.values())})
    write_table(counts, output.parent / "facts.tsv")
    if len(surfaces):
        write_table(surfaces.drop(columns="label"), output.parent / "surfaces.tsv")
    page = render(found, drawings, answer, facts, config=config, title=title, base=_base(results, output))
    with whole_file(output) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")


def _base(results: Path, output: Path) -> str:
    return quote(Path(os.path.relpath(results.resolve(), output.parent.resolve())).as_posix()) + "/"
