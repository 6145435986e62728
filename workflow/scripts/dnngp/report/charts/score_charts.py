"""Charts of scores: per fold, against the truth, and the predictions behind them."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from dnngp.report.charts.style import (
    COLOURS,
    CONTAINER,
    FAILED_COLOUR,
    INK,
    Style,
    Width,
    colour,
    diagonal,
    named,
    number,
    points,
    shape,
    zero,
)


def score_per_fold(
    folds: str,
    means: str,
    width: Width = CONTAINER,
    *,
    looks: Sequence[Style],
    measure: str = "pearson",
    title: str = "predictive ability r",
    domain: tuple[float, float] | None = None,
) -> alt.LayerChart:
    """A score of every fold as a point, the mean over folds as a tick.

    Parameters
    ----------
    folds
        A row per fold: label, repeat, fold, and the score.
    means
        A row per model: label, status, pearson_sd, and the mean of the score.
        Where there is none, ``failed`` or a dash stands in its place.
    looks
        Styles; their order is that of the rows.
    measure, title
        Column of the score, and its name in words.
    domain
        Range of the axis, the same in all panels so that they can be compared; none: each has its own.
    """
    valid = f"isValid(datum.{measure})"
    scale = alt.Scale(zero=False) if domain is None else alt.Scale(domain=list(domain), nice=True)
    x = alt.X(f"{measure}:Q", title=title, scale=scale)
    y = alt.Y("label:N", title=None, sort=[look.label for look in looks])
    digits = ".4~g" if domain is None else ".3f"
    tooltip = [
        alt.Tooltip("label:N", title="method"),
        alt.Tooltip("repeat:Q"),
        alt.Tooltip("fold:Q"),
        number(measure, title, digits),
    ]
    marks = points(named(folds).transform_filter(valid), looks, 42, 0.7, x=x, y=y, tooltip=tooltip)
    spread = [number("pearson_sd", "sd over folds")] if measure == "pearson" else []
    ticks = (
        named(means)
        .transform_filter(valid)
        .mark_tick(color=INK, thickness=2.5, size=20, opacity=1)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("label:N", title="method"),
                number(measure, "mean over folds", digits),
                *spread,
            ],
        )
    )
    words = (
        named(means)
        .transform_filter(f"!{valid}")
        .transform_calculate(word="datum.status === 'ok' ? '–' : 'failed'")
        .mark_text(align="left", fontSize=12, dx=4)
        .encode(
            x=alt.value(0),
            y=y,
            text="word:N",
            color=alt.condition("datum.word === 'failed'", alt.value(FAILED_COLOUR), alt.value(INK)),
        )
    )
    ground = [zero("x")] if domain is not None else []
    return alt.layer(*ground, marks, ticks, words).properties(width=width, height=alt.Step(26))


def abilities(
    table: str,
    width: Width = CONTAINER,
    *,
    looks: Sequence[Style],
    schemes: Sequence[str],
    domain: tuple[float, float],
) -> alt.LayerChart:
    """Predictive ability of every model with its interval, the schemes of a model below one another.

    Parameters
    ----------
    table
        A row per model and scheme: label, scheme, pearson, lower, upper, p.
    looks, schemes
        Their order is that of the rows; points of the first scheme are filled.
    domain
        Range of the axis, the same in all panels.
    """
    chart = named(table)
    several = len(schemes) > 1
    scale = alt.Scale(domain=list(domain), nice=True, clamp=True)
    title = "predictive ability r"
    axis = {
        "y": alt.Y("label:N", title=None, sort=[look.label for look in looks]),
        "color": colour(looks),
        **({"yOffset": alt.YOffset("scheme:N", sort=list(schemes))} if several else {}),
    }
    tooltip = [
        alt.Tooltip("label:N", title="model"),
        alt.Tooltip("scheme:N"),
        number("pearson", title),
        number("lower", "interval from"),
        number("upper", "interval to"),
        number("p", "p against zero", ".2~g"),
    ]
    rules = chart.mark_rule(strokeWidth=2, opacity=0.6).encode(
        x=alt.X("lower:Q", title=title, scale=scale), x2="upper:Q", **axis
    )
    marks = [
        chart.transform_filter(alt.FieldOneOfPredicate(field="scheme", oneOf=list(which)))
        .mark_point(size=60, opacity=1, strokeWidth=1.8, **look)
        .encode(x=alt.X("pearson:Q", title=title, scale=scale), shape=shape(looks), tooltip=tooltip, **axis)
        for which, look in (
            (schemes[:1], {"filled": True}),
            (schemes[1:], {"filled": False, "fill": "white"}),
        )
        if which
    ]
    return alt.layer(zero("x"), rules, *marks).properties(width=width, height=alt.Step(14 if several else 22))


def gain_curves(table: str, width: Width = CONTAINER, *, looks: Sequence[Style]) -> alt.LayerChart:
    """How much of the best possible gain a method reaches, by the share of the lines that is selected.

    Parameters
    ----------
    table
        A row per method and share: label, share, gain (one: the truly best lines; zero: chance).
    """
    lines = (
        named(table)
        .mark_line(strokeWidth=1.6, opacity=0.85)
        .encode(
            x=alt.X("share:Q", title="share of samples selected", axis=alt.Axis(format="%", tickCount=5)),
            y=alt.Y("gain:Q", title="gain, relative to the best choice", scale=alt.Scale(zero=True)),
            color=colour(looks),
        )
    )
    marks = lines.mark_point(filled=True, size=16, opacity=0.85).encode(
        tooltip=[
            alt.Tooltip("label:N", title="method"),
            number("share", "share selected", ".0%"),
            number("gain", "relative gain"),
        ]
    )
    return alt.layer(zero("y"), lines, marks).properties(width=width, height=200)


def heritability(table: str, width: Width = CONTAINER) -> alt.LayerChart:
    """Estimated genomic heritability with one standard error either side, and the true one where known.

    Parameters
    ----------
    table
        A row per dataset and trait: cell (its name), h2, h2_se, true_h2.
    """
    chart = named(table).transform_calculate(
        # An error bar shows how far the estimate may be off; the heritability itself lies in [0, 1].
        low="max(0, datum.h2 - datum.h2_se)",
        high="min(1, datum.h2 + datum.h2_se)",
    )
    known = chart.transform_filter("isValid(datum.h2_se)")
    y = alt.Y("cell:N", title=None, sort=None, axis=alt.Axis(labelLimit=180))
    scale, axis = alt.Scale(domain=[0, 1]), alt.Axis(tickCount=6, format=".1f")
    tooltip = [alt.Tooltip("cell:N", title="trait"), number("h2", "estimated h²")]
    bars = known.mark_rule(color=COLOURS[0], strokeWidth=2, opacity=0.5).encode(
        x=alt.X("low:Q", title="h²", scale=scale, axis=axis),
        x2="high:Q",
        y=y,
        tooltip=[*tooltip, number("h2_se", "standard error")],
    )
    marks = chart.mark_point(filled=True, size=70, color=COLOURS[0], opacity=1).encode(
        x=alt.X("h2:Q", title="h²", scale=scale, axis=axis), y=y, tooltip=tooltip
    )
    truth = (
        chart.transform_filter("isValid(datum.true_h2)")
        .mark_point(shape="diamond", size=90, color=INK, filled=False, strokeWidth=1.6, opacity=1)
        .encode(
            x=alt.X("true_h2:Q", title="h²", scale=scale, axis=axis),
            y=y,
            tooltip=[*tooltip, number("true_h2", "true h²")],
        )
    )
    return alt.layer(bars, marks, truth).properties(width=width, height=alt.Step(26))


def against_truth(
    table: str, looks: Sequence[Style], domain: tuple[float, float], width: Width = CONTAINER
) -> alt.LayerChart:
    """Predictive ability against what the true genetic values let one expect.

    Parameters
    ----------
    table
        A row per simulated dataset, trait and model: dataset, trait, label,
        pearson, true_accuracy, true_h2, expected. ``expected`` is
        r(prediction, genetic value) x sqrt(true h2): a residual that no marker
        knows of lowers the correlation with the phenotype by that factor. It
        is 0 for a trait without genetic values that differ.
    """
    scale = alt.Scale(domain=list(domain), nice=True)
    chart = named(table).transform_calculate(
        accuracy_text="isValid(datum.true_accuracy) ? format(datum.true_accuracy, '.3f') : 'undefined'"
    )
    x = alt.X("expected:Q", title="expected r: true accuracy × √true h²", scale=scale)
    y = alt.Y("pearson:Q", title="predictive ability r", scale=scale)
    tooltip = [
        alt.Tooltip("dataset:N"),
        alt.Tooltip("trait:N"),
        alt.Tooltip("label:N", title="method"),
        number("pearson", "predictive ability r"),
        number("expected", "expected r"),
        alt.Tooltip("accuracy_text:N", title="r with the true genetic value"),
        number("true_h2", "true h²"),
    ]
    marks = points(chart, looks, 80, 0.85, x=x, y=y, tooltip=tooltip)
    return alt.layer(diagonal(domain), marks).properties(width=width, height=260)


def ranked_samples(
    table: str, width: Width = CONTAINER, *, looks: Sequence[Style], truth_known: bool
) -> alt.LayerChart:
    """Predictions of new samples with their intervals, the best on top, and true values as diamonds.

    Parameters
    ----------
    table
        A row per sample: label, rank, sample, predicted, lower, upper, and true_value, missing where it is
        not known.
    truth_known
        Whether any true value is known; the range of values that are all missing is a warning in the browser.
    """
    chart = named(table)
    y = alt.Y("sample:N", title=None, sort=alt.EncodingSortField("rank"))
    x = alt.X("predicted:Q", title="predicted, in units of the trait", scale=alt.Scale(zero=False))
    tooltip = [
        alt.Tooltip("sample:N"),
        alt.Tooltip("rank:Q"),
        number("predicted", "predicted", ".4~g"),
        number("lower", "interval from", ".4~g"),
        number("upper", "interval to", ".4~g"),
    ]
    intervals = chart.mark_rule(strokeWidth=2, opacity=0.35).encode(
        x=alt.X("lower:Q"), x2="upper:Q", y=y, color=colour(looks)
    )
    marks = points(chart, looks, 60, x=x, y=y, tooltip=tooltip)
    layers = [intervals, marks]
    if truth_known:
        layers.append(
            chart.transform_filter("isValid(datum.true_value)")
            .mark_point(shape="diamond", size=70, color=INK, filled=False, strokeWidth=1.6, opacity=1)
            .encode(x="true_value:Q", y=y, tooltip=[*tooltip, number("true_value", "true value", ".4~g")])
        )
    return alt.layer(*layers).properties(width=width, height=alt.Step(18))


def predicted_against_observed(
    table: str, looks: Sequence[Style], width: Width = CONTAINER
) -> alt.LayerChart:
    """Out-of-fold prediction of every line against its phenotype, in the units of the trait.

    Parameters
    ----------
    table
        A row per line: label, sample, fold, observed, predicted.
    """
    chart = named(table)
    x = alt.X("observed:Q", title="observed", scale=alt.Scale(zero=False))
    y = alt.Y("predicted:Q", title="predicted", scale=alt.Scale(zero=False))
    marks = chart.mark_point(filled=True, size=22, opacity=0.55).encode(
        x=x,
        y=y,
        color=colour(looks),
        tooltip=[
            alt.Tooltip("sample:N", title="sample"),
            alt.Tooltip("fold:Q"),
            number("observed", "observed", ".4~g"),
            number("predicted", "predicted", ".4~g"),
        ],
    )
    # The line y = x over the range of the predictions, so that it does not stretch the panel.
    line = (
        chart.transform_aggregate(low="min(predicted)", high="max(predicted)")
        .mark_rule(color=INK, strokeDash=[4, 4], opacity=0.5)
        .encode(x="low:Q", x2="high:Q", y="low:Q", y2="high:Q")
    )
    return alt.layer(line, marks).properties(width=width, height=200)
