"""How every chart looks: colours and shapes of methods, the theme, and marks that charts share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from dnngp.methods.registry import METHODS

#: Okabe & Ito (2008), Color Universal Design, without its black and its yellow,
#: which vanish on a dark and on a light page, and with the blue a shade lighter.
COLOURS = ("#2280BF", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
CONTROL_COLOUR = "#8A8F98"
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
#: Tol (2021), "muted": groups of lines, told apart from methods.
GROUP_COLOURS = ("#6E7FC4", "#CC6677", "#44AA99", "#B8A14A", "#AA4499", "#7FB8D6", "#999933", "#C25B7C")
FAILED_COLOUR = "#D1242F"
REMOVED_COLOUR = "#D55E00"
#: Verdicts of a comparison, from good to bad, in the words of ``comparisons.tsv``.
VERDICTS = {"better": "#009E73", "equivalent": "#2280BF", "undecided": "#8A8F98", "worse": "#D55E00"}

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
    """How one model looks in every figure: its label, colour and shape."""

    model: str
    label: str
    colour: str
    shape: str
    control: bool


def styles(models: Mapping[str, str]) -> list[Style]:
    """Styles of the models, in the order given.

    Parameters
    ----------
    models
        Method by model. A model named like its method gets the method's
        label (``gblup``: GBLUP); a named choice keeps its name.
    """
    labels = {
        name: METHODS[method].label if name == method and method in METHODS else name
        for name, method in models.items()
    }
    found, index = [], 0
    for name, method in models.items():
        twice = list(labels.values()).count(labels[name]) > 1
        control = method in METHODS and METHODS[method].family == "control"
        # The second round of colours meets other shapes: no pair repeats within 36 models.
        turn, colour = divmod(index, len(COLOURS))
        found.append(
            Style(
                model=name,
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


def group_colours(groups: Iterable[str]) -> dict[str, str]:
    """Colour of each group; one for all where there are more groups than colours to tell apart."""
    names = sorted(set(groups))
    if len(names) > len(GROUP_COLOURS):
        return dict.fromkeys(names, GROUP_COLOURS[0])
    return dict(zip(names, GROUP_COLOURS, strict=False))


def named(table: str) -> alt.Chart:
    """A chart of the table of that name."""
    return alt.Chart(alt.NamedData(table))


def colour(looks: Sequence[Style]) -> alt.Color:
    """Colour by method, the same in every figure."""
    scale = alt.Scale(domain=[look.label for look in looks], range=[look.colour for look in looks])
    return alt.Color("label:N", scale=scale, legend=None)


def shape(looks: Sequence[Style]) -> alt.Shape:
    """Shape by method, the same in every figure."""
    scale = alt.Scale(domain=[look.label for look in looks], range=[look.shape for look in looks])
    return alt.Shape("label:N", scale=scale, legend=None)


def points(
    chart: alt.Chart, looks: Sequence[Style], size: float, opacity: float = 1, **encoding: Any
) -> alt.Chart:
    """A mark in the colour and shape of its method for every row."""
    mark = chart.mark_point(filled=True, size=size, opacity=opacity)
    return mark.encode(color=colour(looks), shape=shape(looks), **encoding)


def lines_and_points(
    table: str, looks: Sequence[Style], x: alt.X, y: alt.Y, tooltip: Sequence[alt.Tooltip]
) -> tuple[alt.Chart, alt.Chart]:
    """Predictive abilities that there are, a line for each method and a mark for each row."""
    chart = named(table).transform_filter("isValid(datum.pearson)")
    lines = chart.mark_line(strokeWidth=1.6, opacity=0.8).encode(x=x, y=y, color=colour(looks))
    return lines, points(chart, looks, 55, x=x, y=y, tooltip=list(tooltip))


def number(field: str, title: str, digits: str = ".3f") -> alt.Tooltip:
    """A line of a tooltip with a number."""
    return alt.Tooltip(f"{field}:Q", title=title, format=digits)


def zero(axis: str) -> alt.Chart:
    """A line at zero of axis ``x`` or ``y``."""
    rule = alt.Chart(alt.InlineData([{}])).mark_rule(color=INK, opacity=0.45)
    return rule.encode(**{axis: alt.datum(0)})


def diagonal(domain: tuple[float, float]) -> alt.Chart:
    """The line on which both axes are equal."""
    low, high = domain
    ends = alt.InlineData([{"from": low, "to": high}])
    rule = alt.Chart(ends).mark_rule(color=INK, strokeDash=[4, 4], opacity=0.5)
    return rule.encode(x="from:Q", x2="to:Q", y="from:Q", y2="to:Q")


def signed(largest: float, scale: str) -> dict[str, Any]:
    """Encodings of cells by ``sign``, one colour ``above`` and another ``below``, and ``strength``."""
    return {
        "color": alt.Color(
            "sign:N",
            legend=None,
            scale=alt.Scale(domain=["below", "above"], range=[COLOURS[0], COLOURS[4]]),
        ),
        "opacity": alt.Opacity(
            "strength:Q",
            legend=None,
            scale=alt.Scale(type=scale, domain=[0, largest], range=[0, 1], clamp=True),
        ),
    }
