"""Charts of fits: what they cost, and how networks trained."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import altair as alt

from dnngp.report.charts.style import (
    CONTAINER,
    DECADES,
    INK,
    Style,
    Width,
    colour,
    named,
    number,
    points,
    zero,
)


def accuracy_against_time(
    table: str, looks: Sequence[Style], domain: tuple[float, float], width: Width = CONTAINER
) -> alt.LayerChart:
    """Mean predictive ability, with one standard deviation over folds either side, against CPU seconds.

    Parameters
    ----------
    table
        A row per model: label, pearson, pearson_sd, cpu_s (all folds; log axis).
    """
    chart = named(table).transform_filter("isValid(datum.pearson) && datum.cpu_s > 0")
    x = _cost("CPU seconds for all folds (log scale)")
    scale = alt.Scale(domain=list(domain), nice=True)
    y = alt.Y("pearson:Q", title="predictive ability r", scale=scale)
    tooltip = [
        alt.Tooltip("label:N", title="method"),
        number("pearson", "mean r over folds"),
        number("pearson_sd", "sd over folds"),
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
            color=colour(looks),
        )
    )
    marks = points(chart, looks, 90, x=x, y=y, tooltip=tooltip)
    return alt.layer(zero("y"), spread, marks).properties(width=width, height=220)


def _cost(title: str) -> alt.X:
    """An axis of CPU seconds."""
    return alt.X(
        "cpu_s:Q",
        title=title,
        scale=alt.Scale(type="log", nice=False, padding=18),
        axis=alt.Axis(values=DECADES, format="~g", labelOverlap=True),
    )


def training_curves(
    history: str,
    stops: str,
    kept: str,
    width: Width = CONTAINER,
    *,
    looks: Sequence[Style],
    phases: Collection[str] = ("inner", "refit"),
) -> alt.LayerChart:
    """Loss per epoch of every fold, where training stopped, and which epoch was kept.

    Parameters
    ----------
    history
        A row per epoch: label, repeat, fold, environment, phase, member, epoch, loss, val_loss.
    stops
        The last row of every inner run, with ``end``: its validation loss, or
        its training loss where there were no validation rows.
    kept
        A row per fold: label, best_epoch.
    phases
        Those that any network went through: a layer without rows has no axis.
    """
    x = alt.X("epoch:Q", title="epoch", axis=alt.Axis(format="d", tickMinStep=1))

    def loss(field: str) -> alt.Y:
        axis = alt.Axis(values=DECADES, format="~g", labelOverlap=True)
        return alt.Y(
            f"{field}:Q", title="loss (log scale)", scale=alt.Scale(type="log", nice=False), axis=axis
        )

    runs = named(history)
    detail = [f"{key}:N" for key in ("repeat", "fold", "environment", "member")]
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
        .encode(x=x, y=loss("val_loss"), detail=detail, color=colour(looks))
    )
    rules = (
        named(kept)
        .transform_filter("isValid(datum.best_epoch)")
        .mark_tick(thickness=1.5, size=9, yOffset=-5, opacity=0.9)
        .encode(
            x=alt.X("best_epoch:Q"),
            y=alt.value("height"),
            color=colour(looks),
            tooltip=[
                alt.Tooltip("repeat:Q"),
                alt.Tooltip("fold:Q"),
                number("best_epoch", "epoch kept", "~r"),
            ],
        )
    )
    ends = (
        named(stops)
        .mark_point(filled=True, size=45, opacity=1, stroke="white", strokeWidth=0.8)
        .encode(
            x=x,
            y=loss("end"),
            color=colour(looks),
            tooltip=[
                alt.Tooltip("repeat:Q"),
                alt.Tooltip("fold:Q"),
                alt.Tooltip("member:Q"),
                alt.Tooltip("epoch:Q", title="stopped at epoch"),
                number("end", "loss there"),
            ],
        )
    )
    shown = [training, validation, rules, ends] if "inner" in phases else []
    shown += [refit] if "refit" in phases else []
    return alt.layer(*shown).properties(width=width, height=200)


def pareto_front(
    table: str, width: Width = CONTAINER, *, looks: Sequence[Style], domain: tuple[float, float]
) -> alt.LayerChart:
    """Predictive ability against cost; the line joins the methods that no other beats in both.

    Parameters
    ----------
    table
        A row per method: label, pearson, cpu_s, on_front (true or false).
    """
    chart = named(table).transform_filter("isValid(datum.pearson) && datum.cpu_s > 0")
    front = chart.transform_filter("datum.on_front === 'True' || datum.on_front === true")
    x = _cost("CPU seconds (log scale)")
    y = alt.Y("pearson:Q", title="predictive ability r", scale=alt.Scale(domain=list(domain), nice=True))
    step = front.mark_line(color=INK, opacity=0.5, strokeDash=[4, 3], interpolate="step-after")
    tooltip = [
        alt.Tooltip("label:N", title="method"),
        number("pearson", "mean r"),
        alt.Tooltip("cpu_s:Q", title="CPU seconds", format=",.3~r"),
        alt.Tooltip("on_front:N", title="on the front"),
    ]
    marks = points(chart, looks, 90, x=x, y=y, tooltip=tooltip)
    return alt.layer(zero("y"), step.encode(x=x, y=y), marks).properties(width=width, height=220)
