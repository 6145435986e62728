"""Predictive ability of every model, fold by fold and on average, and the gain of selecting on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dnngp.report.advice import expected
from dnngp.report.answer import answers
from dnngp.report.charts import score_charts
from dnngp.report.figure import Figure, cell_panels, domain, shown_styles
from dnngp.report.results import CELL, Results, keys, records
from dnngp.report.section import Section
from dnngp.validation.main_scores import with_main_scores
from dnngp.validation.metric import Metric
from dnngp.validation.metrics import METRICS


def context(results: Results) -> dict[str, Any]:
    """Rows of the tables with their intervals, and the highest mean of every trait."""
    summary, heritability = results["summary"], results["heritability"]
    methods = heritability["h2_method"] if "h2_method" in heritability else heritability["h2"][:0]
    tested = expected(results)
    rows = records(summary)
    for row, main in zip(rows, records(with_main_scores(summary)), strict=True):
        row |= {"main": main["pearson"], "main_spread": main["pearson_sd"]}
        row["score"] = results.main_metric(row["dataset"], row["trait"]).heading
        test = tested.get(tuple(row[key] for key in (*CELL, "model")), {})
        row |= {"lower": test.get("lower"), "upper": test.get("upper")}
    return {
        "summary": rows,
        "metrics": _first([metric for metric in METRICS.values() if metric.name in summary]),
        "classes": "main_metric" in summary,
        "h2_method": next(iter(methods), None),
        "species": records(results["species"]),
        "highest": set(keys(answers(results), [*CELL, "highest"])),
        "weighted": results.weighted,
        "lower": results.lower,
        "undefined": bool((summary["pearson"].isna() & (summary["status"] == "ok")).any()),
        "truth_known": "true_h2" in summary and bool((summary["true_h2"] * summary["pearson"]).notna().any()),
    }


def _first(metrics: list[Metric]) -> list[Metric]:
    """Metrics with r in front, of which the text tells first."""
    return sorted(metrics, key=lambda metric: metric.name != "pearson")


def figures(results: Results) -> dict[str, Figure]:
    """Scores fold by fold; gain curves."""
    drawn = {"accuracy": _folds(results)}
    gains = results["gain_curves"]
    gains = gains[gains["gain"].notna()]
    if len(gains):
        drawn["gains"] = Figure(
            charts={"": partial(score_charts.gain_curves, looks=results.styles)},
            tables={"gains": gains[[*CELL, "label", "share", "gain"]]},
            panels=cell_panels(results, gains),
            legend=shown_styles(results.styles, gains),
        )
    return drawn


def _folds(results: Results) -> Figure:
    accuracy, summary = results["accuracy"], results["summary"]
    measures = [name for name in METRICS if name in accuracy and accuracy[name].notna().any()] or ["pearson"]
    folds = accuracy[[*CELL, "label", "repeat", "fold", *measures]]
    means = summary.reindex(columns=[*CELL, "label", "status", "pearson_sd", *measures])

    def chart(measure: str) -> Callable[..., Any]:
        return partial(
            score_charts.score_per_fold,
            looks=results.styles,
            measure=measure,
            title=METRICS[measure].label,
            # Scores in the unit of the trait have an axis a panel.
            domain=None if METRICS[measure].in_units else domain(folds[measure]),
        )

    return Figure(
        charts={METRICS[measure].label: chart(measure) for measure in measures},
        tables={"folds": folds[folds[measures].notna().any(axis=1)], "means": means},
        panels=cell_panels(results, means),
    )


SECTION = Section("accuracy", "Predictive ability", 20, (), context, figures)
