"""Charts of planned crosses."""

from __future__ import annotations

import altair as alt

from dnngp.report.charts.style import COLOURS, CONTAINER, INK, Width, named, number


def cross_map(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """Crosses by their parents, the best ones first: the darker, the more useful; planned ones have a dot.

    Parameters
    ----------
    table
        A row per cross, in the order of the parents: parent_1, parent_2, mean, sd, usefulness, kinship,
        planned; ``worth``, usefulness where the largest is the best.
    """
    chart = named(table)
    axis = alt.Axis(labelFontSize=9, labelLimit=90, grid=False, ticks=False)
    x = alt.X("parent_1:N", title=None, sort=None, axis=axis)
    y = alt.Y("parent_2:N", title=None, sort=None, axis=axis)
    tooltip = [
        alt.Tooltip("parent_1:N", title="parent"),
        alt.Tooltip("parent_2:N", title="parent"),
        *(number(field, field, ".4~g") for field in ("mean", "sd", "usefulness", "kinship")),
    ]
    shade = alt.Scale(range=[0.05, 1], zero=False, nice=False)
    cells = chart.mark_rect(color=COLOURS[0]).encode(
        x=x, y=y, tooltip=tooltip, opacity=alt.Opacity("worth:Q", legend=None, scale=shade)
    )
    planned = chart.transform_filter("datum.planned").mark_point(
        filled=True, size=26, opacity=1, color=COLOURS[1], stroke=INK, strokeWidth=0.5
    )
    return alt.layer(cells, planned.encode(x=x, y=y, tooltip=tooltip)).properties(
        width=alt.Step(13), height=alt.Step(13)
    )
