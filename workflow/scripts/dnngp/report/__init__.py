"""The report: stored tables in, one self-contained page out.

Every number on the page is one of the run's tables or of those that sections
write beside it (``advice.tsv``, ``abilities.tsv``, ``facts.tsv``, ...). The page needs no network; its
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
from dnngp.report.answer import count_facts
from dnngp.report.figure import Figure
from dnngp.report.page import render
from dnngp.report.results import Results
from dnngp.report.section import Section, all_sections


def build(folder: Path, output: Path, *, config: Mapping[str, Any], title: str) -> None:
    """Write the report on a finished run.

    Parameters
    ----------
    folder
        The result tables (docs/reference/results.md). Tables that not every run has (training history, known
        truth, principal components) may be missing: their section is then left out.
    output
        The page to write. Beside it: every figure as SVG and PNG with its data as CSV in ``figures``,
        ``facts.tsv`` and the tables that sections derive.
    config
        The configuration of the run with every default; ``methods`` and
        ``models`` give the order of the models, ``compare`` the declared ones.
    title
        Heading of the page.
    """
    folder, output = Path(folder), Path(output)
    results = Results(folder, config)
    shown, figures = contents(results)
    for name, figure in figures.items():
        _write_figure(figure, output.parent / "figures", name)
    facts = count_facts(results)
    counts = pd.DataFrame({"fact": list(facts), "value": list(facts.values())})
    tables = [
        ("facts", counts),
        *(pair for section, _ in shown.values() for pair in section.derived(results).items()),
    ]
    for name, table in tables:
        write_table(table, output.parent / f"{name}.tsv")
    page = render(results, shown, figures, facts, title=title, base=_base(folder, output))
    with whole_file(output) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")


def contents(results: Results) -> tuple[dict[str, tuple[Section, dict[str, Any]]], dict[str, Figure]]:
    """Sections that a run fills, each with its context, and their figures."""
    shown: dict[str, tuple[Section, dict[str, Any]]] = {}
    figures: dict[str, Figure] = {}
    for name, section in all_sections().items():
        context = section.context(results) if section.applies(results) else None
        if context is not None:
            shown[name] = section, context
            figures |= section.figures(results)
    return shown, figures


def _write_figure(figure: Figure, folder: Path, name: str) -> None:
    """A figure as SVG and PNG, and its data: of several tables, the further ones with their name."""
    svg = figure.svg()
    with whole_file(folder / f"{name}.svg") as temporary:
        temporary.write_text(svg, encoding="utf-8")
    with whole_file(folder / f"{name}.png") as temporary:
        temporary.write_bytes(figure.png(svg))
    for number, (table, rows) in enumerate(figure.tables.items()):
        with whole_file(folder / (f"{name}-{table}.csv" if number else f"{name}.csv")) as temporary:
            rows.to_csv(temporary, index=False, na_rep="NA", lineterminator="\n")


def _base(results: Path, output: Path) -> str:
    return quote(Path(os.path.relpath(results.resolve(), output.parent.resolve())).as_posix()) + "/"
