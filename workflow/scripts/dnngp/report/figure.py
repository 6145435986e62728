"""A figure: which chart draws which rows of which tables, panel by panel."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import vl_convert
from markupsafe import Markup

from dnngp.report.charts import panel_grid
from dnngp.report.charts.style import CONTAINER, Style, theme
from dnngp.report.results import CELL, Results, keys, records, scheme_name

#: Width of a panel of the SVG files, in pixels.
PANEL_WIDTH = 230
#: Dots per inch of the PNG files, and their width: one or two columns of a journal, in mm.
DPI = 300
ONE_COLUMN, TWO_COLUMNS = 85, 180


@dataclass
class Panel:
    """One small chart: what it is called and which rows it shows."""

    title: str
    note: str
    where: dict[str, str]


@dataclass
class Figure:
    """A chart function, the tables it reads, and its panels.

    ``charts`` are what the reader can choose from, by name; most figures have one. Each takes the names of
    ``tables`` in their order, then a width. ``still`` are the panels of the SVG file, where the page lets the
    reader choose instead.
    """

    charts: Mapping[str, Callable[..., Any]]
    tables: dict[str, pd.DataFrame]
    panels: list[Panel]
    columns: int = 3
    legend: list[Style] | tuple[()] = ()
    note: str = ""
    still: list[Panel] | None = None

    def specifications(self) -> dict[str, dict[str, Any]]:
        """Vega specification of one panel whose data are still to come, for each choice."""
        autosize = {"type": "fit-x", "contains": "padding"}
        made = {}
        for name, chart in self.charts.items():
            specification = chart(*self.tables, CONTAINER).to_dict(validate=False)
            specification |= {"autosize": autosize, "config": theme()}
            made[name] = vl_convert.vegalite_to_vega(specification)
        return made

    def svg(self) -> str:
        """The whole figure, all panels, as one SVG document; of several charts the first."""
        panels, datasets = [], {}
        for number, panel in enumerate(self.still or self.panels):
            names = {name: f"{name}-{number}" for name in self.tables}
            for name, table in self.tables.items():
                datasets[names[name]] = records(_only(table, panel.where))
            panels.append((panel.title, panel.note, names))
        chart = next(iter(self.charts.values()))(*self.tables, PANEL_WIDTH)
        sheet = panel_grid.grid(chart, panels, min(self.columns, len(panels)), self.legend)
        sheet["datasets"] |= datasets
        return vl_convert.vegalite_to_svg(sheet)

    def png(self, svg: str) -> bytes:
        """The SVG document of the figure on white, as wide as one column of a journal, or two columns."""
        panels = min(self.columns, len(self.still or self.panels))
        dots = (TWO_COLUMNS if panels > 1 else ONE_COLUMN) / 25.4 * DPI
        width = float(re.search(r'width="([\d.]+)"', svg)[1])  # type: ignore[index]
        on_white = re.sub(r"(<svg[^>]*>)", r'\1<rect width="100%" height="100%" fill="white"/>', svg, count=1)
        return vl_convert.svg_to_png(on_white, scale=dots / width * 72 / DPI, ppi=DPI)


def within_page(svg: str) -> Markup:
    """An SVG document as part of a page, where it needs no names of namespaces, which look like addresses."""
    return Markup(re.sub(r' xmlns(:\w+)?="[^"]*"', "", svg))


def cell_panels(results: Results, table: pd.DataFrame) -> list[Panel]:
    """A panel for every dataset, trait and scheme that ``table`` has rows of, in the order of the run."""
    there = set(keys(table, CELL))
    return [
        Panel(f"{cell['dataset']} · {cell['trait']}", scheme_note(results, cell), cell)
        for cell in results.cells
        if tuple(cell[key] for key in CELL) in there
    ]


def scheme_note(results: Results, cell: Mapping[str, str]) -> str:
    """The scheme of a panel, where there are several to tell apart."""
    return scheme_name(cell["scheme"]) if results.several_schemes else ""


def scheme_panels(table: pd.DataFrame) -> list[Panel]:
    """A panel a scheme."""
    return [Panel(f"{scheme_name(one)} folds", "", {"scheme": one}) for one in dict.fromkeys(table["scheme"])]


def dataset_panels(table: pd.DataFrame, note: Callable[[str], str] = lambda dataset: "") -> list[Panel]:
    """A panel a dataset."""
    return [Panel(name, note(name), {"dataset": name}) for name in dict.fromkeys(table["dataset"])]


def row_panels(table: pd.DataFrame, columns: list[str], title: str, note: str = "") -> list[Panel]:
    """A panel for all that ``columns`` hold together; title and note name columns in braces."""
    rows = records(table[columns].drop_duplicates())
    return [Panel(title.format_map(row), note.format_map(row), row) for row in rows]


def shown_styles(looks: list[Style], table: pd.DataFrame) -> list[Style]:
    """Styles of the models that a table has rows of."""
    labels = set(table["label"])
    return [look for look in looks if look.label in labels]


def domain(values: pd.Series) -> tuple[float, float]:
    """Range of an axis of correlations: of the values, with 0 always in it."""
    finite = values[np.isfinite(values.astype(float))]
    low, high = min(0.0, finite.min()), max(0.0, finite.max())
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return -1.0, 1.0
    return math.floor(low * 20) / 20, math.ceil(high * 20) / 20


def _only(table: pd.DataFrame, where: Mapping[str, str]) -> pd.DataFrame:
    for key, value in where.items():
        if key in table:
            table = table[table[key] == value]
    return table
