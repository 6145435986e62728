"""Probabilities against what came true."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from dnngp.report.charts.style import CONTAINER, Style, Width, colour, diagonal, named, number


def calibration(table: str, looks: Sequence[Style], width: Width = CONTAINER) -> alt.LayerChart:
    """Share of samples of the second class in bins of their probability, with intervals.

    Parameters
    ----------
    table
        A row per bin: label, probability, share, lower, upper, samples.
    """
    scale = alt.Scale(domain=[0, 1])
    chart = named(table).encode(x=alt.X("probability:Q", title="predicted probability", scale=scale))
    share = alt.Y("share:Q", title="observed share", scale=scale)
    intervals = chart.mark_rule(strokeWidth=1.5, opacity=0.7).encode(
        y=alt.Y("lower:Q", title="observed share", scale=scale), y2="upper:Q", color=colour(looks)
    )
    told = [
        number("probability", "probability"),
        number("share", "share"),
        number("lower", "from", ".2f"),
        number("upper", "to", ".2f"),
        number("samples", "samples", "d"),
    ]
    points = chart.mark_point(filled=True, size=45).encode(y=share, color=colour(looks), tooltip=told)
    return alt.layer(diagonal((0, 1)), intervals, points).properties(width=width, height=200)
