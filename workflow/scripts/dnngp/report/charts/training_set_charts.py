"""Charts of training sets: how they were chosen, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from dnngp.report.charts.style import (
    CONTAINER,
    INK,
    Style,
    Width,
    lines_and_points,
    named,
    number,
)


def _log(field: str, title: str) -> alt.X:
    scale = alt.Scale(type="log", nice=False, padding=14)
    return alt.X(field, title=title, scale=scale, axis=alt.Axis(format=",~g", labelOverlap=True, tickCount=5))


def by_size(
    table: str, width: Width = CONTAINER, *, looks: Sequence[Style], domain: tuple[float, float]
) -> alt.LayerChart:
    """Mean predictive ability by number of training lines, a line a design.

    Parameters
    ----------
    table
        A row per design and size: label, n, pearson, difference, lower, upper.
    domain
        Range of predictive abilities, the same in all panels.
    """
    x = _log("n:Q", "lines in training (log scale)")
    y = alt.Y("pearson:Q", title="predictive ability r", scale=alt.Scale(domain=list(domain), nice=True))
    tooltip = [
        alt.Tooltip("label:N", title="training set"),
        alt.Tooltip("n:Q", title="lines", format=",d"),
        number("pearson", "mean r"),
        number("difference", "minus random", "+.3f"),
        number("lower", "from", "+.3f"),
        number("upper", "to", "+.3f"),
    ]
    lines, marks = lines_and_points(table, looks, x, y, tooltip)
    return alt.layer(lines, marks).properties(width=width, height=220)


def iso_costs(
    surface: str, curves: str, best: str, width: Width = CONTAINER, *, domain: tuple[float, float]
) -> alt.LayerChart:
    """Curves of equal cost over a surface of predictive ability, and the best point of each.

    Parameters
    ----------
    surface
        A row per measured size: n, p, pearson.
    curves
        A row per point of a curve: budget, n, p, pearson.
    best
        A row per budget: budget, n, p, pearson, cost.
    domain
        Lowest and highest predictive ability of all panels.
    """
    x = _log("p:Q", "markers (log scale)")
    y = alt.Y(
        "n:Q", title="lines in training (log scale)", scale=alt.Scale(type="log", nice=False, padding=14)
    )
    y = y.axis(format=",~g", tickCount=5)
    sizes = [alt.Tooltip("n:Q", title="lines", format=",d"), alt.Tooltip("p:Q", title="markers", format=",d")]
    cells = (
        named(surface)
        .transform_filter("isValid(datum.pearson)")
        .mark_square(size=240, color="#2280BF")
        .encode(
            x=x,
            y=y,
            opacity=alt.Opacity(
                "pearson:Q", legend=None, scale=alt.Scale(domain=list(domain), range=[0.05, 0.75])
            ),
            tooltip=[*sizes, number("pearson", "mean r")],
        )
    )
    values = named(surface).mark_text(fontSize=9, color=INK, dy=15)
    values = values.encode(x=x, y=y, text=alt.Text("pearson:Q", format=".2f"))
    lines = named(curves).mark_line(strokeWidth=1.4, color=INK, opacity=0.6)
    lines = lines.encode(x=x, y=y, detail="budget:N", order="n:Q")
    tooltip = [
        number("budget", "budget", ",.6~g"),
        *sizes,
        number("pearson", "r"),
        number("cost", "cost", ",.6~g"),
    ]
    marks = (
        named(best)
        .transform_filter("isValid(datum.n)")
        .mark_point(filled=True, shape="diamond", size=110, color="#D55E00", opacity=1)
    )
    marks = marks.encode(x=x, y=y, tooltip=tooltip)
    names = (
        named(best).transform_filter("isValid(datum.n)").mark_text(align="left", dx=8, dy=-8, fontSize=10.5)
    )
    names = names.encode(x=x, y=y, text=alt.Text("budget:Q", format=",.6~g"), color=alt.value(INK))
    return alt.layer(cells, values, lines, marks, names).properties(width=width, height=260)
