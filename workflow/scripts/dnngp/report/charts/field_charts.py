"""Charts of field trials."""

from __future__ import annotations

import altair as alt

from dnngp.report.charts.style import CONTAINER, INK, Width, named, number, signed

#: Where colours of residuals are full: as of outliers.
FULL = 3.5


def residual_map(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """The field from above: a colour for plots above what the model expects, another below; outliers ringed.

    Parameters
    ----------
    table
        A row per plot: down, across (places in the field from 0), row, column, id, value, standardised,
        outlier.
    """
    chart = named(table).transform_calculate(
        right="datum.across + 1",
        bottom="datum.down + 1",
        strength="abs(datum.standardised)",
        sign="datum.standardised < 0 ? 'below' : 'above'",
    )
    axis = alt.Axis(labels=False, ticks=False, grid=False)
    x = alt.X("across:Q", title="column", axis=axis, scale=alt.Scale(nice=False))
    y = alt.Y("down:Q", title="row", axis=axis, scale=alt.Scale(nice=False, reverse=True))
    tooltip = [
        alt.Tooltip("id:N", title="entry"),
        *(alt.Tooltip(f"{name}:N") for name in ("row", "column")),
        number("value", "value", ".4~g"),
        number("standardised", "standardised residual", ".2f"),
    ]
    cells = chart.mark_rect().encode(
        x=x, x2="right:Q", y=y, y2="bottom:Q", tooltip=tooltip, **signed(FULL, "linear")
    )
    outliers = (
        chart.transform_filter("datum.outlier")
        .transform_calculate(middle="datum.across + 0.5", centre="datum.down + 0.5")
        .mark_point(color=INK, size=40)
        .encode(x="middle:Q", y="centre:Q", tooltip=tooltip)
    )
    return alt.layer(cells, outliers).properties(width=width, height=240)
