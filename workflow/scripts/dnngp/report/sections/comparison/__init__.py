"""Models compared on the same folds, and their ranks over datasets."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from dnngp.report.answer import against_reference, answers
from dnngp.report.charts import comparison_charts
from dnngp.report.charts.style import VERDICTS
from dnngp.report.figure import Figure, cell_panels, scheme_panels, shown_styles
from dnngp.report.results import CELL, Results, records
from dnngp.report.section import Section

#: Intervals wider than this many times the largest difference are cut.
WIDEST = 2.5
#: What the verdict on a difference means.
MEANINGS = {
    "better": "the interval lies above zero, and not within the shade",
    "equivalent": "it lies within the shade",
    "undecided": "these folds do not tell",
    "worse": "it lies below zero",
}


def context(results: Results) -> dict[str, Any]:
    """Every comparison, the candidate trait by trait, and the ranks."""
    return {
        "comparisons": [{"message": None, **row} for row in records(results["comparisons"])],
        "ranks": records(results["ranks"]),
        "answers": _side_by_side(answers(results)),
        "named": results.named,
        "declared": {results.candidate: "the candidate model", results.reference: "the reference"},
        "verdicts": [(word, VERDICTS[word], MEANINGS[word]) for word in VERDICTS],
    }


def _side_by_side(answer: pd.DataFrame) -> list[dict[str, Any]]:
    """A row per dataset and trait, its schemes in ``schemes``."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for row in records(answer):
        cell = {key: row[key] for key in ("species", "dataset", "trait")}
        rows.setdefault((row["dataset"], row["trait"]), {**cell, "schemes": {}})["schemes"][row["scheme"]] = (
            row
        )
    return list(rows.values())


def figures(results: Results) -> dict[str, Figure]:
    """Differences from the reference; ranks over datasets."""
    drawn = {}
    if results["ranks"]["critical_difference"].notna().any():
        drawn["ranks"] = _ranks(results)
    if against_reference(results)["difference"].notna().any():
        drawn["differences"] = _differences(results)
    return drawn


def _differences(results: Results) -> Figure:
    """Differences from the reference; a model compared with several is drawn against the declared one."""
    table = against_reference(results)
    table = table[table["difference"].notna()]
    margin = float(table["equivalence_margin"].iloc[0])
    furthest = WIDEST * table["difference"].abs().max() + 2 * margin
    low, high = max(table["lower"].min(), -furthest), min(table["upper"].max(), furthest)
    chart = partial(
        comparison_charts.differences,
        looks=shown_styles(results.styles, table),
        domain=(min(low, -2 * margin), max(high, 2 * margin)),
        margin=margin,
        reference=results.labels.get(results.reference or "", "the reference"),
    )
    shown = ["label", "difference", "lower", "upper", "p", "verdict", "equivalence_margin"]
    return Figure({"": chart}, {"differences": table[[*CELL, *shown]]}, cell_panels(results, table))


def _ranks(results: Results) -> Figure:
    table = results["ranks"]
    table = table[table["critical_difference"].notna()]
    groups = [
        {"scheme": scheme, **group}
        for scheme, part in table.groupby("scheme", sort=False)
        for group in rank_groups(part["mean_rank"], part["critical_difference"].min())
    ]
    return Figure(
        charts={"": partial(comparison_charts.critical_difference, looks=results.styles)},
        tables={
            "ranks": table[["scheme", "label", "mean_rank", "critical_difference"]],
            "groups": pd.DataFrame(groups, columns=["scheme", "low", "high", "level"]),
        },
        panels=scheme_panels(table),
        columns=2,
    )


def rank_groups(ranks: pd.Series, difference: float) -> list[dict[str, float]]:
    """Bars over the longest runs of models whose ranks lie within the difference: low, high, level."""
    ordered = sorted(ranks)
    bars: list[dict[str, float]] = []
    for start, low in enumerate(ordered):
        within = [rank for rank in ordered[start:] if rank - low <= difference]
        if len(within) > 1 and (not bars or within[-1] > bars[-1]["high"]):
            bars.append({"low": low, "high": within[-1], "level": len(bars) + 1})
    return bars


SECTION = Section("comparison", "Comparison", 30, ("comparisons",), context, figures)
