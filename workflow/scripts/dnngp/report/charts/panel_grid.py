"""Figures that stand alone: the panels of one chart on a sheet, with a legend of the methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from dnngp.report.charts.style import INK, Style, colour, shape, theme


def grid(
    chart: alt.LayerChart | alt.Chart,
    panels: Sequence[tuple[str, str, Mapping[str, str]]],
    columns: int,
    looks: Sequence[Style] = (),
) -> dict[str, Any]:
    """Specification of a figure that stands alone: the panels of one chart, and a legend of the methods.

    Parameters
    ----------
    chart
        One panel.
    panels
        Title and subtitle of each panel, and the name of its own table for every table of ``chart``.
    columns
        Panels in a row.
    looks
        Styles to explain; none for a figure that does not compare methods.
    """
    # Plain dictionaries: Altair copies and checks every panel anew, which takes longer than drawing it.
    panel, datasets = _without_datasets(chart)
    body: dict[str, Any] = {
        "concat": [
            _renamed(panel, names) | {"title": {"text": title, "subtitle": subtitle}}
            for title, subtitle, names in panels
        ],
        "columns": columns,
        "spacing": 28,
    }
    if looks:
        legend, its_datasets = _without_datasets(_legend(looks))
        body = {"vconcat": [legend, body], "spacing": 16}
        datasets |= its_datasets
    # A description of every point would make the file five times as large.
    config = theme() | {"background": "white", "padding": 12, "aria": False}
    return {"$schema": alt.SCHEMA_URL, **body, "datasets": datasets, "config": config}


def _without_datasets(chart: alt.LayerChart | alt.Chart) -> tuple[dict[str, Any], dict[str, Any]]:
    specification = chart.to_dict(validate=False)
    datasets = specification.pop("datasets", {})
    del specification["$schema"], specification["config"]
    return specification, datasets


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    """A specification that reads other tables."""
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    renamed = {key: _renamed(value, names) for key, value in node.items()}
    if "name" in renamed.get("data", {}):
        table = renamed["data"]["name"]
        renamed["data"] = {"name": names.get(table, table)}
    return renamed


def _legend(looks: Sequence[Style]) -> alt.LayerChart:
    """One row of symbols and names."""
    # Room by the length of the name: the fonts of a page are not known here.
    room = [26 + 7.2 * len(look.label) for look in looks]
    places = [{"label": look.label, "x": sum(room[:index])} for index, look in enumerate(looks)]
    chart = alt.Chart(alt.InlineData(places)).encode(
        x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, sum(room)], nice=False, zero=False))
    )
    symbols = chart.mark_point(filled=True, size=70, opacity=1).encode(
        color=colour(looks), shape=shape(looks)
    )
    names = chart.mark_text(align="left", dx=9, color=INK, fontSize=12).encode(text="label:N")
    return alt.layer(symbols, names).properties(width=sum(room), height=14)
