"""Charts that compare methods: differences with intervals, and ranks over datasets."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from dnngp.report.charts.style import (
    CONTAINER,
    INK,
    VERDICTS,
    Style,
    Width,
    named,
    number,
    points,
    shape,
    zero,
)


def differences(
    table: str,
    width: Width = CONTAINER,
    *,
    looks: Sequence[Style],
    domain: tuple[float, float],
    margin: float,
    reference: str,
) -> alt.LayerChart:
    """Difference of every method from the reference with its interval, over the band of equivalence.

    Parameters
    ----------
    table
        A row per method: label, difference, lower, upper, p, verdict.
    looks
        Styles; their order is that of the rows.
    domain
        Range of the axis, the same in all panels; an interval beyond it is cut.
    margin
        Half the width of the band.
    reference
        Label of the method that all are compared with.
    """
    chart = named(table).transform_filter("isValid(datum.difference)")
    scale = alt.Scale(domain=list(domain), nice=True, clamp=True)
    title = f"difference in r from {reference}"
    y = alt.Y("label:N", title=None, sort=[look.label for look in looks])
    verdict = alt.Color(
        "verdict:N", legend=None, scale=alt.Scale(domain=list(VERDICTS), range=list(VERDICTS.values()))
    )
    tooltip = [
        alt.Tooltip("label:N", title="method"),
        number("difference", "difference", "+.3f"),
        number("lower", "interval from", "+.3f"),
        number("upper", "interval to", "+.3f"),
        number("p", "corrected p", ".2~g"),
        alt.Tooltip("verdict:N"),
    ]
    ends = alt.InlineData([{"from": -margin, "to": margin}])
    band = alt.Chart(ends).mark_rect(color=INK, opacity=0.1).encode(x="from:Q", x2="to:Q")
    intervals = (
        chart.transform_filter("isValid(datum.lower)")
        .mark_rule(strokeWidth=2.5, opacity=0.75)
        .encode(x=alt.X("lower:Q", title=title, scale=scale), x2="upper:Q", y=y, color=verdict)
    )
    marks = chart.mark_point(filled=True, size=75, opacity=1).encode(
        x=alt.X("difference:Q", title=title, scale=scale),
        y=y,
        color=verdict,
        shape=shape(looks),
        tooltip=tooltip,
    )
    return alt.layer(band, zero("x"), intervals, marks).properties(width=width, height=alt.Step(26))


def critical_difference(
    ranks: str, groups: str, width: Width = CONTAINER, *, looks: Sequence[Style]
) -> alt.LayerChart:
    """Mean ranks over datasets on a line, methods that are not told apart joined by bars.

    Demšar (2006) J Mach Learn Res 7:1-30, figure 1.

    Parameters
    ----------
    ranks
        A row per method: label, mean_rank, critical_difference.
    groups
        A row per bar: low and high (mean ranks of its ends), level (1, 2, ...).
    """
    # Names stand left and right of the line, the best rank on the outside of the left; heights are in rows.
    placed = (
        named(ranks)
        .transform_window(place="row_number()", sort=[alt.SortField("mean_rank")])
        .transform_joinaggregate(count="count()", best="min(mean_rank)", last="max(mean_rank)")
        .transform_calculate(
            left="datum.place <= ceil(datum.count / 2)",
            level="datum.left ? datum.place : datum.count - datum.place + 1",
            room="0.45 * (datum.last - datum.best) + 0.05",
        )
        .transform_calculate(
            edge="datum.left ? datum.best - datum.room : datum.last + datum.room",
            depth="-2.2 - datum.level",
            ground="0",
        )
    )

    def along(field: str) -> alt.X:
        return alt.X(f"{field}:Q", axis=None, scale=alt.Scale(zero=False, nice=False, padding=4))

    x = along("mean_rank")
    y = alt.Y("depth:Q", axis=None, scale=alt.Scale(nice=False, zero=False))
    ground = alt.Y("ground:Q", axis=None, scale=alt.Scale(nice=False, zero=False))
    tooltip = [alt.Tooltip("label:N", title="method"), number("mean_rank", "mean rank", ".2f")]
    down = placed.mark_rule(color=INK, opacity=0.35).encode(x=x, y=ground, y2="depth:Q")
    across = placed.mark_rule(color=INK, opacity=0.35).encode(x=x, x2="edge:Q", y=y)
    left = placed.transform_filter("datum.left")
    right = placed.transform_filter("!datum.left")
    names = [
        part.mark_text(align=align, baseline="bottom", dy=-1, fontSize=11.5, limit=130, color=INK).encode(
            x=along("edge"), y=y, text="label:N", tooltip=tooltip
        )
        for part, align in ((left, "left"), (right, "right"))
    ]
    marks = points(placed, looks, 75, x=x, y=ground, tooltip=tooltip)
    line = (
        named(ranks)
        .transform_aggregate(low="min(mean_rank)", high="max(mean_rank)")
        .transform_calculate(ground="0")
        .mark_rule(color=INK, opacity=0.7)
        .encode(x=along("low"), x2="high:Q", y=ground)
    )
    values = placed.mark_text(fontSize=10, dy=-10, color=INK, opacity=0.85).encode(
        x=x, y=ground, text=alt.Text("mean_rank:Q", format=".1f")
    )
    bars = (
        named(groups)
        .transform_calculate(depth="-0.35 - 0.45 * datum.level")
        .mark_rule(color=INK, strokeWidth=4, strokeCap="round")
        .encode(
            x=along("low"),
            x2="high:Q",
            y=y,
            tooltip=[number("low", "from rank", ".2f"), number("high", "to rank", ".2f")],
        )
    )
    scale = (
        named(ranks)
        .transform_aggregate(low="min(mean_rank)", difference="min(critical_difference)")
        .transform_calculate(high="datum.low + datum.difference", text="'critical difference'", ground="1.6")
    )
    ruler = scale.mark_rule(color=INK, strokeWidth=1.5).encode(x=along("low"), x2="high:Q", y=ground)
    ruler_text = scale.mark_text(align="left", dy=-7, fontSize=10.5, color=INK, opacity=0.85).encode(
        x=along("low"), y=ground, text="text:N"
    )
    return alt.layer(line, down, across, *names, values, marks, bars, ruler, ruler_text).properties(
        width=width, height=180
    )
