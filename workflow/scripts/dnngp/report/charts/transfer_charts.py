"""Charts of transfers: what lines of the target add, and how far it lies from the training lines."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from dnngp.report.charts.style import CONTAINER, Style, Width, colour, named, number, points

#: Solid lines are with the sources, dashed ones without.
DASHES = alt.Scale(domain=["joined", "alone"], range=[[1, 0], [5, 4]])


def curves(
    table: str, width: Width = CONTAINER, *, looks: Sequence[Style], domain: tuple[float, float]
) -> alt.LayerChart:
    """Mean predictive ability by the number of lines of the target in training, with the sources and without.

    Parameters
    ----------
    table
        A row per method, training and number: label, training, added, pearson, coverage, repeats.
    domain
        Range of predictive abilities, the same in all panels.
    """
    x = alt.X("added:Q", title="lines of the target in training", axis=alt.Axis(format="d", tickCount=5))
    return _lines(table, x, looks, domain, width)


def by_distance(
    table: str, width: Width = CONTAINER, *, looks: Sequence[Style], domain: tuple[float, float]
) -> alt.LayerChart:
    """Predictive ability of tested lines by their genomic distance to the training lines.

    Parameters
    ----------
    table
        A row per method and bin of distances: label, training, added, distance, pearson.
    domain
        As of :func:`curves`.
    """
    scale = alt.Scale(zero=False, nice=True, padding=8)
    x = alt.X("distance:Q", title="genomic distance to the training lines", scale=scale)
    return _lines(table, x, looks, domain, width)


def _lines(
    table: str, x: alt.X, looks: Sequence[Style], domain: tuple[float, float], width: Width
) -> alt.LayerChart:
    scale = alt.Scale(domain=list(domain), nice=True)
    y = alt.Y("pearson:Q", title="predictive ability r", scale=scale)
    chart = named(table).transform_filter("isValid(datum.pearson)")
    lines = chart.mark_line(strokeWidth=1.6, opacity=0.8).encode(
        x=x, y=y, color=colour(looks), strokeDash=alt.StrokeDash("training:N", scale=DASHES, legend=None)
    )
    tooltip = [
        alt.Tooltip("label:N", title="method"),
        alt.Tooltip("added:Q", title="lines of the target", format=",d"),
        number("pearson", "mean r"),
    ]
    marks = points(chart, looks, 45, x=x, y=y, tooltip=tooltip)
    return alt.layer(lines, marks).properties(width=width, height=200)
