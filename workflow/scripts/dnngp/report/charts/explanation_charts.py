"""Charts of why a candidate is predicted as it is."""

from __future__ import annotations

import altair as alt
import pandas as pd
import vl_convert

from dnngp.report.charts.panel_grid import grid
from dnngp.report.charts.style import COLOURS, CONTAINER, INK, Width, named, zero

#: Width of a panel that stands alone, in pixels.
WIDTH = 620


def contributions_along_genome(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """A bar for what each window adds to one prediction, one colour above the mean and another below.

    Parameters
    ----------
    table
        A row per window: window, chrom, contribution, sign (``above`` or ``below``), and ``largest``, the
        size of the largest contribution to any prediction beside it.
    """
    x = alt.X(
        "from:Q", title="chromosome", axis=alt.Axis(labels=False, ticks=False, grid=False, titlePadding=18)
    )
    chart = named(table).transform_calculate(**{"from": "datum.window - 0.9", "to": "datum.window - 0.1"})
    scale = alt.Scale(nice=False)
    bars = (
        chart.transform_calculate(ground="0")
        .mark_rect(stroke=None)
        .encode(
            x=x,
            x2="to:Q",
            y=alt.Y("contribution:Q", title="contribution", scale=scale, axis=alt.Axis(tickCount=4)),
            y2="ground:Q",
            color=alt.Color(
                "sign:N",
                legend=None,
                scale=alt.Scale(domain=["above", "below"], range=[COLOURS[0], COLOURS[4]]),
            ),
        )
    )
    # All predictions of a trait have the same axis.
    ends = named(table).transform_aggregate(high="max(largest)").transform_calculate(low="-datum.high")
    room = [ends.mark_point(opacity=0).encode(y=f"{end}:Q") for end in ("high", "low")]
    names = (
        named(table)
        .transform_aggregate(place="mean(window)", groupby=["chrom"])
        .mark_text(baseline="top", dy=5, fontSize=10, color=INK)
        .encode(x=alt.X("place:Q"), y=alt.value("height"), text="chrom:N")
    )
    return alt.layer(*room, zero("y"), bars, names).properties(width=width, height=90)


def explanations_svg(table: pd.DataFrame, background: str | None = "white") -> str:
    """A panel for every explained candidate of a table ``explanations``, as one SVG document.

    Without a background it has the colours of the page that it stands in.
    """
    drawn = table.assign(
        sign=(table["contribution"] < 0).map({True: "below", False: "above"}),
        largest=table["contribution"].abs().groupby(table["trait"]).transform("max"),
        chrom=table["chrom"].fillna("").astype(str),
    )
    panels, datasets = [], {}
    for number, ((trait, sample), part) in enumerate(drawn.groupby(["trait", "sample"], sort=False)):
        name, first = f"explained-{number}", part.iloc[0]
        datasets[name] = part[["window", "chrom", "contribution", "sign", "largest"]].to_dict("records")
        told = (
            f"{trait}: predicted {first['predicted']:.4g}, mean of the training samples {first['mean']:.4g}"
        )
        panels.append((str(sample), told, {"explained": name}))
    sheet = grid(contributions_along_genome("explained", WIDTH), panels, 1)
    sheet["datasets"] |= datasets
    sheet["config"]["background"] = background
    return vl_convert.vegalite_to_svg(sheet)
