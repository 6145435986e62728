"""What more samples, more markers and other inputs buy."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from dnngp.report.charts import experiment_charts
from dnngp.report.figure import Figure, Panel, domain, row_panels, shown_styles
from dnngp.report.formatting import plain_table
from dnngp.report.results import Results, records
from dnngp.report.section import Section
from dnngp.report.sections.experiments.curves import learning_curves, surface_means

#: What an experiment measures at every size: its name and the format of a number in a cell.
MEASURES = {
    "pearson": ("predictive ability r", ".2f"),
    "cpu_s": ("CPU seconds a fit", ".3~g"),
    "peak_mb": ("memory, MiB", ".3~s"),
}
TABLES = {
    "curves": "Fitted learning curves: extra samples or markers needed to raise r by 0.01",
    "encodings": "Encodings of the markers",
    "ablation": "Components of the network, left out one by one",
}


def context(results: Results) -> dict[str, Any] | None:
    """Tables of the experiments; None without any."""
    if not any(len(results[name]) for name in ("surface", *TABLES)):
        return None
    return {"experiment_tables": [plain_table(name, title, results[name]) for name, title in TABLES.items()]}


def figures(results: Results) -> dict[str, Figure]:
    """Surfaces and learning curves."""
    means = surface_means(results["surface"])
    if not len(means):
        return {}
    drawn = {"surface": _surface(means)}
    points, ends = learning_curves(means, results["curves"])
    if len(points):
        drawn["learning"] = _learning(results, points, ends)
    return drawn


def derived(results: Results) -> dict[str, pd.DataFrame]:
    """Means of the learning-curve experiment."""
    means = surface_means(results["surface"])
    return {"surfaces": means.drop(columns="label")} if len(means) else {}


def _surface(means: pd.DataFrame) -> Figure:
    cells = ["dataset", "trait", "label", "marker_order"]
    note = "markers: {marker_order}" if means["marker_order"].nunique() > 1 else ""
    return Figure(
        charts={
            title: partial(
                experiment_charts.surface,
                measure=measure,
                title=title,
                digits=digits,
                domain=(means[measure].min(), means[measure].max()),
            )
            for measure, (title, digits) in MEASURES.items()
        },
        tables={"surface": means[[*cells, "n", "p", *MEASURES, "folds"]]},
        panels=row_panels(means, cells, "{label} · {dataset} · {trait}", note),
    )


def _learning(results: Results, points: pd.DataFrame, ends: pd.DataFrame) -> Figure:
    looks = results.experiment_styles
    places = ["dataset", "trait", "axis", "other_size"]
    other = {"lines": "markers", "markers": "lines"}
    reached = domain(pd.concat([points["pearson"], ends["asymptote"]]))
    return Figure(
        charts={"": partial(experiment_charts.learning_curves, looks=looks, domain=reached)},
        tables={"learning": points, "ends": ends},
        panels=[
            Panel(
                f"{row['dataset']} · {row['trait']}",
                f"by number of {row['axis']}, with {row['other_size']:,} {other[row['axis']]}",
                {key: row[key] for key in places[:3]},
            )
            for row in records(points[places].drop_duplicates(places[:3]))
        ],
        legend=shown_styles(looks, points),
    )


SECTION = Section("experiments", "Experiments", 45, (), context, figures, derived)
