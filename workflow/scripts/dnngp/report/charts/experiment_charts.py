"""Charts of experiments: what more lines and more markers buy, and at what cost."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from dnngp.report.charts.style import (
    COLOURS,
    CONTAINER,
    INK,
    Style,
    Width,
    colour,
    lines_and_points,
    named,
    number,
)


def surface(
    table: str,
    width: Width = CONTAINER,
    *,
    measure: str,
    title: str,
    domain: tuple[float, float],
    digits: str = ".2f",
) -> alt.LayerChart:
    """One measure over lines and markers: a cell each, the darker the higher.

    Parameters
    ----------
    table
        A row per cell: n (lines), p (markers), the measure, folds.
    measure, title
        Its column, and its name in words.
    domain
        Lowest and highest value of all panels, so that their colours can be compared.
    digits
        Format of the number in a cell.
    """
    x = alt.X("p:O", title="markers", axis=alt.Axis(labelAngle=0, labelOverlap=True, format=",d"))
    y = alt.Y("n:O", title="lines in training", sort="descending", axis=alt.Axis(format=",d"))
    chart = named(table).transform_filter(f"isValid(datum.{measure})")
    cells = chart.mark_rect(color=COLOURS[0]).encode(
        x=x,
        y=y,
        opacity=alt.Opacity(
            f"{measure}:Q", legend=None, scale=alt.Scale(domain=list(domain), range=[0.04, 0.75], clamp=True)
        ),
        tooltip=[
            alt.Tooltip("n:Q", title="lines in training", format=",d"),
            alt.Tooltip("p:Q", title="markers", format=",d"),
            number(measure, title, ".4~g"),
            alt.Tooltip("folds:Q", title="fits", format="d"),
        ],
    )
    values = chart.mark_text(fontSize=10.5, color=INK).encode(
        x=x, y=y, text=alt.Text(f"{measure}:Q", format=digits)
    )
    return alt.layer(cells, values).properties(width=width, height=alt.Step(24))


def learning_curves(
    table: str,
    curves: str,
    width: Width = CONTAINER,
    *,
    looks: Sequence[Style],
    domain: tuple[float, float],
) -> alt.LayerChart:
    """Mean predictive ability by the number of lines or markers, with the asymptote of the fitted curve.

    Parameters
    ----------
    table
        A row per method and size: label, size, pearson.
    curves
        A row per method: label, asymptote; none where no curve was identified.
    domain
        Range of predictive abilities, the same in all panels.
    """
    x = alt.X(
        "size:Q",
        title="number (log scale)",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(format=",~g", labelOverlap=True, tickCount=5),
    )
    scale = alt.Scale(domain=list(domain), nice=True)
    y = alt.Y("pearson:Q", title="predictive ability r", scale=scale)
    tooltip = [
        alt.Tooltip("label:N", title="method"),
        alt.Tooltip("size:Q", title="number", format=",d"),
        number("pearson", "mean r"),
    ]
    lines, marks = lines_and_points(table, looks, x, y, tooltip)
    ends = (
        named(curves)
        .transform_filter("isValid(datum.asymptote)")
        .mark_rule(strokeDash=[5, 4], opacity=0.7)
        .encode(
            y=alt.Y("asymptote:Q", title="predictive ability r", scale=scale),
            color=colour(looks),
            tooltip=[alt.Tooltip("label:N", title="method"), number("asymptote", "asymptote")],
        )
    )
    return alt.layer(ends, lines, marks).properties(width=width, height=220)
