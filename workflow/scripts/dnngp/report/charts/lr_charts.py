"""Charts of the method LR."""

from __future__ import annotations

import altair as alt

from dnngp.report.charts.style import COLOURS, CONTAINER, INK, Width, named, number


def statistics(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """One statistic of every result with its interval, and a dashed line at what it should be.

    Parameters
    ----------
    table
        A row a result: cell (its name), value, lower, upper, wanted (missing where nothing is).
    """
    chart = named(table)
    y = alt.Y("cell:N", title=None, sort=None, axis=alt.Axis(labelLimit=220))
    scale = alt.Scale(zero=False)
    tooltip = [
        alt.Tooltip("cell:N", title="result"),
        *(number(name, name) for name in ("value", "lower", "upper")),
    ]
    bars = chart.mark_rule(color=COLOURS[0], strokeWidth=2, opacity=0.5).encode(
        x=alt.X("lower:Q", title=None, scale=scale), x2="upper:Q", y=y, tooltip=tooltip
    )
    marks = chart.mark_point(filled=True, size=70, color=COLOURS[0], opacity=1).encode(
        x=alt.X("value:Q", title=None, scale=scale), y=y, tooltip=tooltip
    )
    wanted = (
        chart.transform_filter("isValid(datum.wanted)")
        .mark_rule(color=INK, strokeDash=[4, 4], opacity=0.6)
        .encode(x="wanted:Q")
    )
    return alt.layer(bars, marks, wanted).properties(width=width, height=alt.Step(26))
