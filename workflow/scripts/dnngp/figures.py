"""Figures: names of result tables in, Altair charts out.

Each function draws *one panel* (one dataset, one trait, ...) from tables that
hold nothing but what the panel shows. A table is given by name and its rows are
put into the specification's ``datasets`` (or its data, in the page) afterwards:
the page then draws many panels from one specification, and Altair, which copies
what it is given at every step, never holds the data.

A chart adds no statistics of its own: what is drawn is what the tables say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from dnngp.models.registry import METHODS

#: Okabe & Ito (2008), Color Universal Design, without its black and its yellow,
#: which vanish on a dark and on a light page, and with the blue a shade lighter.
COLOURS = ("#2280BF", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
CONTROL_COLOUR = "#8A8F98"
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
#: Tol (2021), "muted": groups of lines, told apart from methods.
GROUP_COLOURS = ("#6E7FC4", "#CC6677", "#44AA99", "#B8A14A", "#AA4499", "#7FB8D6", "#999933", "#C25B7C")
FAILED_COLOUR = "#D1242F"
REMOVED_COLOUR = "#D55E00"

#: Text and lines without a colour of their own take that of the page, light or dark.
INK = "currentColor"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

Width = int | str

#: Ticks of a logarithmic axis: few enough to read.
DECADES = [factor * 10**power for power in range(-3, 8) for factor in (1, 3)]

#: In the page a chart takes the width of its container.
CONTAINER = "container"


@dataclass(frozen=True)
class Style:
    """How one variant looks in every figure: its label, colour and shape."""

    variant: str
    label: str
    colour: str
    shape: str
    control: bool


def styles(variants: Mapping[str, str]) -> list[Style]:
    """Styles of the variants, in the order given.

    Parameters
    ----------
    variants
        Method by variant. A variant named like its method gets the method's
        label (``gblup``: GBLUP); a named choice keeps its name.
    """
    labels = {
        name: METHODS[method].label if name == method and method in METHODS else name
        for name, method in variants.items()
    }
    found, index = [], 0
    for name, method in variants.items():
        twice = list(labels.values()).count(labels[name]) > 1
        control = method in METHODS and METHODS[method].family == "control"
        # The second round of colours meets other shapes: no pair repeats within 36 variants.
        turn, colour = divmod(index, len(COLOURS))
        found.append(
            Style(
                variant=name,
                label=name if twice else labels[name],
                colour=CONTROL_COLOUR if control else COLOURS[colour],
                shape="circle" if control else SHAPES[(colour + turn) % len(SHAPES)],
                control=control,
            )
        )
        index += not control
    return found


def theme() -> dict[str, Any]:
    """Vega-Lite configuration shared by all charts."""
    return {
        "font": FONT,
        "background": None,
        "view": {"stroke": None},
        "axis": {
            "labelColor": INK,
            "titleColor": INK,
            "labelOpacity": 0.85,
            "titleOpacity": 0.85,
            "labelFontSize": 11,
            "titleFontSize": 11,
            "titleFontWeight": 400,
            "labelLimit": 130,
            "grid": True,
            "gridColor": INK,
            "gridOpacity": 0.1,
            "domain": False,
            "tickColor": INK,
            "tickOpacity": 0.25,
            "tickSize": 4,
        },
        "axisYBand": {"grid": False, "ticks": False, "labelPadding": 8, "labelFontSize": 12},
        "axisYPoint": {"grid": False, "ticks": False, "labelPadding": 8, "labelFontSize": 12},
        "title": {
            "color": INK,
            "subtitleColor": INK,
            "fontSize": 12,
            "fontWeight": 600,
            "subtitleFontSize": 11,
            "anchor": "start",
            "offset": 8,
        },
        "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 11, "title": None, "orient": "top"},
    }


def accuracy_per_fold(
    folds: str,
    means: str,
    looks: Sequence[Style],
    domain: tuple[float, float],
    width: Width = CONTAINER,
) -> alt.LayerChart:
    """Pearson's r of every fold as a point, the mean over folds as a tick.

    Parameters
    ----------
    folds
        A row per fold: label, repeat, fold, pearson.
    means
        A row per variant: label, pearson, pearson_sd, and ``mark``, the word in
        place of a value (``failed``, ``–``), empty where there is one.
    looks
        Styles; their order is that of the rows.
    domain
        Range of the axis, the same in all panels so that they can be compared.
    """
    x = alt.X("pearson:Q", title="predictive ability r", scale=alt.Scale(domain=list(domain), nice=True))
    y = alt.Y("label:N", title=None, sort=[look.label for look in looks])
    points = (
        _chart(folds)
        .transform_filter("isValid(datum.pearson)")
        .mark_point(filled=True, size=42, opacity=0.7)
        .encode(
            x=x,
            y=y,
            color=_colour(looks),
            shape=_shape(looks),
            tooltip=[
                alt.Tooltip("label:N", title="method"),
                alt.Tooltip("repeat:Q"),
                alt.Tooltip("fold:Q"),
                _number("pearson", "r"),
            ],
        )
    )
    means_chart = _chart(means)
    ticks = (
        means_chart.transform_filter("isValid(datum.pearson)")
        .mark_tick(color=INK, thickness=2.5, size=20, opacity=1)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("label:N", title="method"),
                _number("pearson", "mean r over folds"),
                _number("pearson_sd", "sd over folds"),
            ],
        )
    )
    words = (
        means_chart.transform_filter("datum.mark !== ''")
        .mark_text(align="left", fontSize=12, dx=4)
        .encode(
            x=alt.value(0),
            y=y,
            text="mark:N",
            color=alt.condition("datum.mark === 'failed'", alt.value(FAILED_COLOUR), alt.value(INK)),
        )
    )
    return alt.layer(_zero("x"), points, ticks, words).properties(width=width, height=alt.Step(26))


def heritability(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """Estimated genomic heritability with one standard error either side, and the true one where known.

    Parameters
    ----------
    table
        A row per dataset and trait: cell (its name), h2, h2_se, true_h2.
    """
    chart = _chart(table).transform_calculate(
        # An error bar shows how far the estimate may be off; the heritability itself lies in [0, 1].
        low="max(0, datum.h2 - datum.h2_se)",
        high="min(1, datum.h2 + datum.h2_se)",
    )
    known = chart.transform_filter("isValid(datum.h2_se)")
    y = alt.Y("cell:N", title=None, sort=None, axis=alt.Axis(labelLimit=180))
    scale, axis = alt.Scale(domain=[0, 1]), alt.Axis(tickCount=6, format=".1f")
    tooltip = [alt.Tooltip("cell:N", title="trait"), _number("h2", "estimated h²")]
    bars = known.mark_rule(color=COLOURS[0], strokeWidth=2, opacity=0.5).encode(
        x=alt.X("low:Q", title="h²", scale=scale, axis=axis),
        x2="high:Q",
        y=y,
        tooltip=[*tooltip, _number("h2_se", "standard error")],
    )
    points = chart.mark_point(filled=True, size=70, color=COLOURS[0], opacity=1).encode(
        x=alt.X("h2:Q", title="h²", scale=scale, axis=axis), y=y, tooltip=tooltip
    )
    truth = (
        chart.transform_filter("isValid(datum.true_h2)")
        .mark_point(shape="diamond", size=90, color=INK, filled=False, strokeWidth=1.6, opacity=1)
        .encode(
            x=alt.X("true_h2:Q", title="h²", scale=scale, axis=axis),
            y=y,
            tooltip=[*tooltip, _number("true_h2", "true h²")],
        )
    )
    return alt.layer(bars, points, truth).properties(width=width, height=alt.Step(26))


def against_truth(
    table: str, looks: Sequence[Style], domain: tuple[float, float], width: Width = CONTAINER
) -> alt.LayerChart:
    """Predictive ability against what the true genetic values let one expect.

    Parameters
    ----------
    table
        A row per simulated dataset, trait and variant: dataset, trait, label,
        pearson, true_accuracy, true_h2, expected. ``expected`` is
        r(prediction, genetic value) x sqrt(true h2): a residual that no marker
        knows of lowers the correlation with the phenotype by that factor. It
        is 0 for a trait without genetic values that differ.
    """
    scale = alt.Scale(domain=list(domain), nice=True)
    points = (
        _chart(table)
        .transform_calculate(
            accuracy_text="isValid(datum.true_accuracy) ? format(datum.true_accuracy, '.3f') : 'undefined'"
        )
        .mark_point(filled=True, size=80, opacity=0.85)
        .encode(
            x=alt.X("expected:Q", title="expected r: true accuracy × √true h²", scale=scale),
            y=alt.Y("pearson:Q", title="predictive ability r", scale=scale),
            color=_colour(looks),
            shape=_shape(looks),
            tooltip=[
                alt.Tooltip("dataset:N"),
                alt.Tooltip("trait:N"),
                alt.Tooltip("label:N", title="method"),
                _number("pearson", "predictive ability r"),
                _number("expected", "expected r"),
                alt.Tooltip("accuracy_text:N", title="r with the true genetic value"),
                _number("true_h2", "true h²"),
            ],
        )
    )
    return alt.layer(_diagonal(domain), points).properties(width=width, height=260)


def accuracy_against_time(
    table: str, looks: Sequence[Style], domain: tuple[float, float], width: Width = CONTAINER
) -> alt.LayerChart:
    """Mean predictive ability, with one standard deviation over folds either side, against CPU seconds.

    Parameters
    ----------
    table
        A row per variant: label, pearson, pearson_sd, cpu_s (all folds; log axis).
    """
    chart = _chart(table).transform_filter("isValid(datum.pearson) && datum.cpu_s > 0")
    x = alt.X(
        "cpu_s:Q",
        title="CPU seconds for all folds (log scale)",
        scale=alt.Scale(type="log", nice=False, padding=18),
        axis=alt.Axis(values=DECADES, format="~g", labelOverlap=True),
    )
    scale = alt.Scale(domain=list(domain), nice=True)
    y = alt.Y("pearson:Q", title="predictive ability r", scale=scale)
    tooltip = [
        alt.Tooltip("label:N", title="method"),
        _number("pearson", "mean r over folds"),
        _number("pearson_sd", "sd over folds"),
        alt.Tooltip("cpu_s:Q", title="CPU seconds", format=",.3~r"),
    ]
    spread = (
        chart.transform_filter("isValid(datum.pearson_sd)")
        .transform_calculate(low="datum.pearson - datum.pearson_sd", high="datum.pearson + datum.pearson_sd")
        .mark_rule(opacity=0.45, strokeWidth=1.5)
        .encode(
            x=x,
            y=alt.Y("low:Q", title="predictive ability r", scale=scale),
            y2="high:Q",
            color=_colour(looks),
        )
    )
    points = chart.mark_point(filled=True, size=90, opacity=1).encode(
        x=x, y=y, color=_colour(looks), shape=_shape(looks), tooltip=tooltip
    )
    return alt.layer(_zero("y"), spread, points).properties(width=width, height=220)


def training_curves(
    history: str, stops: str, kept: str, looks: Sequence[Style], width: Width = CONTAINER
) -> alt.LayerChart:
    """Loss per epoch of every fold, where training stopped, and which epoch was kept.

    Parameters
    ----------
    history
        A row per epoch: label, repeat, fold, phase, member, epoch, loss, val_loss.
    stops
        The last row of every inner run, with ``end``: its validation loss, or
        its training loss where there were no validation rows.
    kept
        A row per fold: label, best_epoch.
    """
    x = alt.X("epoch:Q", title="epoch", axis=alt.Axis(format="d", tickMinStep=1))

    def loss(field: str) -> alt.Y:
        axis = alt.Axis(values=DECADES, format="~g", labelOverlap=True)
        return alt.Y(
            f"{field}:Q", title="loss (log scale)", scale=alt.Scale(type="log", nice=False), axis=axis
        )

    runs = _chart(history)
    detail = [f"{key}:N" for key in ("repeat", "fold", "member")]
    training = (
        runs.transform_filter("datum.phase === 'inner'")
        .mark_line(color=INK, opacity=0.3, strokeWidth=1)
        .encode(x=x, y=loss("loss"), detail=detail)
    )
    refit = (
        runs.transform_filter("datum.phase === 'refit'")
        .mark_line(color=INK, opacity=0.4, strokeWidth=1, strokeDash=[2, 3])
        .encode(x=x, y=loss("loss"), detail=detail)
    )
    validation = (
        runs.transform_filter("isValid(datum.val_loss)")
        .mark_line(strokeWidth=1.4, opacity=0.7)
        .encode(x=x, y=loss("val_loss"), detail=detail, color=_colour(looks))
    )
    rules = (
        _chart(kept)
        .transform_filter("isValid(datum.best_epoch)")
        .mark_tick(thickness=1.5, size=9, yOffset=-5, opacity=0.9)
        .encode(
            x=alt.X("best_epoch:Q"),
            y=alt.value("height"),
            color=_colour(looks),
            tooltip=[
                alt.Tooltip("repeat:Q"),
                alt.Tooltip("fold:Q"),
                _number("best_epoch", "epoch kept", "~r"),
            ],
        )
    )
    ends = (
        _chart(stops)
        .mark_point(filled=True, size=45, opacity=1, stroke="white", strokeWidth=0.8)
        .encode(
            x=x,
            y=loss("end"),
            color=_colour(looks),
            tooltip=[
                alt.Tooltip("repeat:Q"),
                alt.Tooltip("fold:Q"),
                alt.Tooltip("member:Q"),
                alt.Tooltip("epoch:Q", title="stopped at epoch"),
                _number("end", "loss there"),
            ],
        )
    )
    return alt.layer(training, refit, validation, rules, ends).properties(width=width, height=200)


def predicted_against_observed(
    table: str, looks: Sequence[Style], width: Width = CONTAINER
) -> alt.LayerChart:
    """Out-of-fold prediction of every line against its phenotype, in the units of the trait.

    Parameters
    ----------
    table
        A row per line: label, sample, fold, observed, predicted.
    """
    chart = _chart(table)
    x = alt.X("observed:Q", title="observed", scale=alt.Scale(zero=False))
    y = alt.Y("predicted:Q", title="predicted", scale=alt.Scale(zero=False))
    points = chart.mark_point(filled=True, size=22, opacity=0.55).encode(
        x=x,
        y=y,
        color=_colour(looks),
        tooltip=[
            alt.Tooltip("sample:N", title="line"),
            alt.Tooltip("fold:Q"),
            _number("observed", "observed", ".4~g"),
            _number("predicted", "predicted", ".4~g"),
        ],
    )
    # The line y = x over the range of the predictions, so that it does not stretch the panel.
    line = (
        chart.transform_aggregate(low="min(predicted)", high="max(predicted)")
        .mark_rule(color=INK, strokeDash=[4, 4], opacity=0.5)
        .encode(x="low:Q", x2="high:Q", y="low:Q", y2="high:Q")
    )
    return alt.layer(line, points).properties(width=width, height=200)


def qc_waterfall(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """Markers left after each step of quality control, and those the step removed.

    Parameters
    ----------
    table
        A row per step, in order: step, rule, variants_removed, samples_removed,
        variants_left, samples_left.
    """
    chart = _chart(table).transform_calculate(before="datum.variants_left + datum.variants_removed")
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
        _chart(table)
        .transform_calculate(ground="0")
        .mark_rect(color=COLOURS[0], opacity=0.8, stroke=None)
        .encode(
            x=alt.X("low:Q", title=None, scale=alt.Scale(zero=False, nice=False), axis=alt.Axis(tickCount=6)),
            x2="high:Q",
            y=alt.Y("count:Q", title="number", axis=alt.Axis(format=",d", tickCount=4, tickMinStep=1)),
            y2="ground:Q",
            tooltip=[
                _number("low", "from", ".4~g"),
                _number("high", "to", ".4~g"),
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
    chart = _chart(table).transform_calculate(start="datum.low / 1e6", end="datum.high / 1e6")
    windows = chart.mark_bar(color=COLOURS[0], height=alt.RelativeBandSize(0.85)).encode(
        x=alt.X("start:Q", title="position, Mb", scale=alt.Scale(nice=False, zero=True)),
        x2="end:Q",
        y=alt.Y("chrom:N", title=None, sort=None, axis=alt.Axis(labelFontSize=10)),
        opacity=alt.Opacity(
            "markers:Q", legend=None, scale=alt.Scale(type="sqrt", range=[0.12, 1], domainMin=0, zero=True)
        ),
        tooltip=[
            alt.Tooltip("chrom:N", title="chromosome"),
            _number("start", "from, Mb", ".4~g"),
            _number("end", "to, Mb", ".4~g"),
            alt.Tooltip("markers:Q", title="number of markers", format=",d"),
        ],
    )
    return alt.layer(windows).properties(width=width, height=alt.Step(13))


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
        _number("r2", "mean r²"),
        alt.Tooltip("pairs:Q", format=",d"),
    ]
    chart = _chart(table)
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
        .encode(y=y, tooltip=[_number("r2", "mean r² between chromosomes"), alt.Tooltip("pairs:Q")])
    )
    return alt.layer(between, lines, points, whole).properties(width=width, height=200)


def relationship_map(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """The lower triangle of a relationship matrix: one colour above the average, another below.

    Parameters
    ----------
    table
        A row per cell: down, across, lines_down, lines_across, relationship.
    """
    chart = _chart(table).transform_calculate(
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
        color=alt.Color(
            "sign:N",
            legend=None,
            scale=alt.Scale(domain=["below", "above"], range=[COLOURS[0], COLOURS[4]]),
        ),
        opacity=alt.Opacity(
            "strength:Q",
            legend=None,
            scale=alt.Scale(type="sqrt", domain=[0, 1], range=[0, 1], clamp=True),
        ),
        tooltip=[
            _number("relationship", "mean relationship"),
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
        _chart(table)
        .mark_point(filled=True, size=26, opacity=0.7)
        .encode(
            x=alt.X("pc1:Q", title="PC 1", scale=alt.Scale(zero=False)),
            y=alt.Y("pc2:Q", title="PC 2", scale=alt.Scale(zero=False)),
            color=alt.Color("colour:N", scale=None, legend=None),
            tooltip=[alt.Tooltip("sample:N", title="line"), alt.Tooltip("group:N")],
        )
        .properties(width=width, height=240)
    )


def group_colours(groups: Iterable[str]) -> dict[str, str]:
    """Colour of each group; one for all where there are more groups than colours to tell apart."""
    names = sorted(set(groups))
    if len(names) > len(GROUP_COLOURS):
        return dict.fromkeys(names, GROUP_COLOURS[0])
    return dict(zip(names, GROUP_COLOURS, strict=False))


def grid(
    chart: alt.LayerChart | alt.Chart,
    panels: Sequence[tuple[str, str, Mapping[str, str]]],
    columns: int,
    looks: Sequence[Style] = (),
) -> dict[str, Any]:
    """Specification of a figure that stands alone: the panels of one chart, and a legend of the methods.

    Parameters
    ----------
    chart
        One panel.
    panels
        Title and subtitle of each panel, and the name of its own table for every table of ``chart``.
    columns
        Panels in a row.
    looks
        Styles to explain; none for a figure that does not compare methods.
    """
    # Plain dictionaries: Altair copies and checks every panel anew, which takes longer than drawing it.
    panel, datasets = _without_datasets(chart)
    body: dict[str, Any] = {
        "concat": [
            _renamed(panel, names) | {"title": {"text": title, "subtitle": subtitle}}
            for title, subtitle, names in panels
        ],
        "columns": columns,
        "spacing": 28,
    }
    if looks:
        legend, its_datasets = _without_datasets(_legend(looks))
        body = {"vconcat": [legend, body], "spacing": 16}
        datasets |= its_datasets
    # A description of every point would make the file five times as large.
    config = theme() | {"background": "white", "padding": 12, "aria": False}
    return {"$schema": alt.SCHEMA_URL, **body, "datasets": datasets, "config": config}


def _without_datasets(chart: alt.LayerChart | alt.Chart) -> tuple[dict[str, Any], dict[str, Any]]:
    specification = chart.to_dict(validate=False)
    datasets = specification.pop("datasets", {})
    del specification["$schema"], specification["config"]
    return specification, datasets


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    """A specification that reads other tables."""
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    renamed = {key: _renamed(value, names) for key, value in node.items()}
    if "name" in renamed.get("data", {}):
        table = renamed["data"]["name"]
        renamed["data"] = {"name": names.get(table, table)}
    return renamed


def _legend(looks: Sequence[Style]) -> alt.LayerChart:
    """One row of symbols and names."""
    # Room by the length of the name: the fonts of a page are not known here.
    room = [26 + 7.2 * len(look.label) for look in looks]
    places = [{"label": look.label, "x": sum(room[:index])} for index, look in enumerate(looks)]
    chart = alt.Chart(alt.InlineData(places)).encode(
        x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, sum(room)], nice=False, zero=False))
    )
    symbols = chart.mark_point(filled=True, size=70, opacity=1).encode(
        color=_colour(looks), shape=_shape(looks)
    )
    names = chart.mark_text(align="left", dx=9, color=INK, fontSize=12).encode(text="label:N")
    return alt.layer(symbols, names).properties(width=sum(room), height=14)


def _chart(table: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(table))


def _colour(looks: Sequence[Style]) -> alt.Color:
    scale = alt.Scale(domain=[look.label for look in looks], range=[look.colour for look in looks])
    return alt.Color("label:N", scale=scale, legend=None)


def _shape(looks: Sequence[Style]) -> alt.Shape:
    scale = alt.Scale(domain=[look.label for look in looks], range=[look.shape for look in looks])
    return alt.Shape("label:N", scale=scale, legend=None)


def _number(field: str, title: str, digits: str = ".3f") -> alt.Tooltip:
    return alt.Tooltip(f"{field}:Q", title=title, format=digits)


def _zero(axis: str) -> alt.Chart:
    rule = alt.Chart(alt.InlineData([{}])).mark_rule(color=INK, opacity=0.45)
    return rule.encode(**{axis: alt.datum(0)})


def _diagonal(domain: tuple[float, float]) -> alt.Chart:
    low, high = domain
    ends = alt.InlineData([{"from": low, "to": high}])
    rule = alt.Chart(ends).mark_rule(color=INK, strokeDash=[4, 4], opacity=0.5)
    return rule.encode(x="from:Q", x2="to:Q", y="from:Q", y2="to:Q")
