"""Charts of genotypes: quality control, markers, lines and their relationships."""

from __future__ import annotations

import altair as alt
import pandas as pd
import vl_convert

from dnngp.report.charts.panel_grid import grid
from dnngp.report.charts.style import (
    COLOURS,
    CONTAINER,
    DECADES,
    INK,
    REMOVED_COLOUR,
    Width,
    named,
    number,
    signed,
)


def filter_summary(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """Markers left after each step of quality control, and those the step removed.

    Parameters
    ----------
    table
        A row per step, in order: step, rule, variants_removed, samples_removed,
        variants_left, samples_left.
    """
    chart = named(table).transform_calculate(before="datum.variants_left + datum.variants_removed")
    y = alt.Y("step:N", title=None, sort=None, axis=alt.Axis(labelLimit=180))
    tooltip = [
        alt.Tooltip("step:N"),
        alt.Tooltip("rule:N"),
        alt.Tooltip("variants_removed:Q", title="markers removed", format=",d"),
        alt.Tooltip("variants_left:Q", title="markers left", format=",d"),
        alt.Tooltip("samples_removed:Q", title="lines removed", format=",d"),
        alt.Tooltip("samples_left:Q", title="lines left", format=",d"),
    ]
    x = alt.X("variants_left:Q", title="markers", axis=alt.Axis(format=",d", tickCount=4))
    left = chart.mark_bar(color=INK, opacity=0.22, height=13).encode(x=x, y=y, tooltip=tooltip)
    removed = chart.mark_bar(color=REMOVED_COLOUR, height=13).encode(x=x, x2="before:Q", y=y, tooltip=tooltip)
    return alt.layer(left, removed).properties(width=width, height=alt.Step(24))


def histogram(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """Markers or lines by the value of one measure.

    Parameters
    ----------
    table
        A row per bin: measure, low, high, count.
    """
    bars = (
        named(table)
        .transform_calculate(ground="0")
        .mark_rect(color=COLOURS[0], opacity=0.8, stroke=None)
        .encode(
            x=alt.X("low:Q", title=None, scale=alt.Scale(zero=False, nice=False), axis=alt.Axis(tickCount=6)),
            x2="high:Q",
            y=alt.Y("count:Q", title="number", axis=alt.Axis(format=",d", tickCount=4, tickMinStep=1)),
            y2="ground:Q",
            tooltip=[
                number("low", "from", ".4~g"),
                number("high", "to", ".4~g"),
                alt.Tooltip("count:Q", title="number", format=",d"),
            ],
        )
    )
    return alt.layer(bars).properties(width=width, height=130)


def marker_density(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """Markers along the chromosomes, one row each: the darker, the more.

    Parameters
    ----------
    table
        A row per window that holds any marker: chrom, low, high (base pairs), markers.
    """
    chart = named(table).transform_calculate(start="datum.low / 1e6", end="datum.high / 1e6")
    windows = chart.mark_bar(color=COLOURS[0], height=alt.RelativeBandSize(0.85)).encode(
        x=alt.X("start:Q", title="position, Mb", scale=alt.Scale(nice=False, zero=True)),
        x2="end:Q",
        y=alt.Y("chrom:N", title=None, sort=None, axis=alt.Axis(labelFontSize=10)),
        opacity=alt.Opacity(
            "markers:Q", legend=None, scale=alt.Scale(type="sqrt", range=[0.12, 1], domainMin=0, zero=True)
        ),
        tooltip=[
            alt.Tooltip("chrom:N", title="chromosome"),
            number("start", "from, Mb", ".4~g"),
            number("end", "to, Mb", ".4~g"),
            alt.Tooltip("markers:Q", title="number of markers", format=",d"),
        ],
    )
    return alt.layer(windows).properties(width=width, height=alt.Step(13))


def manhattan(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """Importance of markers along the genome, chromosomes in turn lighter and darker.

    Parameters
    ----------
    table
        A row per marker: chrom, pos, id, place, importance, parity (``odd`` or ``even``, of the chromosome's
        number), middle (the place of its name).
    """
    axis = alt.Axis(labels=False, grid=False, ticks=False, titlePadding=18)
    x = alt.X("place:Q", title="chromosome", axis=axis, scale=alt.Scale(nice=False, zero=False))
    points = (
        named(table)
        .mark_circle(size=16)
        .encode(
            x=x,
            y=alt.Y("importance:Q", title="mean size of contribution"),
            color=alt.Color(
                "parity:N",
                legend=None,
                scale=alt.Scale(domain=["odd", "even"], range=[COLOURS[0], COLOURS[5]]),
            ),
            tooltip=[
                alt.Tooltip("id:N", title="marker"),
                alt.Tooltip("chrom:N", title="chromosome"),
                alt.Tooltip("pos:Q", title="position", format=",d"),
                number("importance", "mean size of contribution", ".3~g"),
            ],
        )
    )
    names = (
        named(table)
        .transform_aggregate(place="mean(middle)", groupby=["chrom"])
        .mark_text(baseline="top", dy=5, fontSize=10, color=INK)
        .encode(x=x, y=alt.value("height"), text="chrom:N")
    )
    return alt.layer(points, names).properties(width=width, height=220)


def manhattan_svg(windows: pd.DataFrame, title: str, subtitle: str) -> str:
    """The chart of :func:`manhattan` alone, as an SVG document."""
    sheet = grid(manhattan("markers", 900), [(title, subtitle, {})], 1)
    sheet["datasets"]["markers"] = windows.to_dict("records")
    return vl_convert.vegalite_to_svg(sheet)


def ld_decay(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """Mean r2 of pairs of markers against their distance, a line per chromosome; dashed, between chromosomes.

    Parameters
    ----------
    table
        A row per chromosome and bin: chrom, unit, low, high, distance, pairs, r2; without a chromosome, the
        pairs of all, drawn thicker, and those from different chromosomes in a row without a distance.
    """
    y = alt.Y("r2:Q", title="mean r²", scale=alt.Scale(domainMin=0, zero=True))
    tooltip = [
        alt.Tooltip("chrom:N", title="chromosome"),
        alt.Tooltip("distance:Q", title="mean distance", format=",.4~g"),
        alt.Tooltip("unit:N"),
        number("r2", "mean r²"),
        alt.Tooltip("pairs:Q", format=",d"),
    ]
    chart = named(table)
    x = alt.X(
        "distance:Q",
        title="distance (log scale)",
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(values=DECADES, format=",~g", labelOverlap=True),
    )
    along = chart.transform_filter("isValid(datum.distance) && datum.chrom !== ''")
    lines = along.mark_line(color=COLOURS[0], opacity=0.45, strokeWidth=1).encode(x=x, y=y, detail="chrom:N")
    points = along.mark_point(filled=True, size=14, opacity=0.5, color=COLOURS[0]).encode(
        x=x, y=y, tooltip=tooltip
    )
    whole = (
        chart.transform_filter("isValid(datum.distance) && datum.chrom === ''")
        .mark_line(color=INK, strokeWidth=2, point={"filled": True, "size": 22, "color": INK})
        .encode(x=x, y=y, tooltip=tooltip[1:])
    )
    between = (
        chart.transform_filter("!isValid(datum.distance)")
        .mark_rule(color=INK, strokeDash=[4, 4], opacity=0.6)
        .encode(y=y, tooltip=[number("r2", "mean r² between chromosomes"), alt.Tooltip("pairs:Q")])
    )
    return alt.layer(between, lines, points, whole).properties(width=width, height=200)


def relationship_map(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """The lower triangle of a relationship matrix: one colour above the average, another below.

    Parameters
    ----------
    table
        A row per cell: down, across, lines_down, lines_across, relationship.
    """
    chart = named(table).transform_calculate(
        right="datum.across + 1",
        bottom="datum.down + 1",
        strength="abs(datum.relationship)",
        sign="datum.relationship < 0 ? 'below' : 'above'",
    )
    axis = alt.Axis(labels=False, ticks=False, grid=False)
    cells = chart.mark_rect().encode(
        x=alt.X("across:Q", title=None, axis=axis, scale=alt.Scale(nice=False)),
        x2="right:Q",
        y=alt.Y("down:Q", title=None, axis=axis, scale=alt.Scale(nice=False, reverse=True)),
        y2="bottom:Q",
        **signed(1, "sqrt"),
        tooltip=[
            number("relationship", "mean relationship"),
            alt.Tooltip("lines_down:Q", title="lines down", format="d"),
            alt.Tooltip("lines_across:Q", title="lines across", format="d"),
        ],
    )
    return alt.layer(cells).properties(width=width, height=300)


def pca_scatter(table: str, width: Width = CONTAINER) -> alt.Chart:
    """First two principal components of the lines, coloured by group.

    Parameters
    ----------
    table
        A row per line: sample, pc1, pc2, group, and ``colour``, that of its group.
    """
    return (
        named(table)
        .mark_point(filled=True, size=26, opacity=0.7)
        .encode(
            x=alt.X("pc1:Q", title="PC 1", scale=alt.Scale(zero=False)),
            y=alt.Y("pc2:Q", title="PC 2", scale=alt.Scale(zero=False)),
            color=alt.Color("colour:N", scale=None, legend=None),
            tooltip=[alt.Tooltip("sample:N", title="line"), alt.Tooltip("group:N")],
        )
        .properties(width=width, height=240)
    )
