"""How the networks trained."""

from __future__ import annotations

import math
from functools import partial

from dnngp.evaluation.summaries import with_environment
from dnngp.report.charts import fit_charts
from dnngp.report.figure import Figure, Panel, scheme_note, shown_styles
from dnngp.report.results import CELL, Results, records
from dnngp.report.section import Section

#: The most epochs that the page draws; of more, every so many, and the page says so.
MOST_EPOCHS = 10_000


def figures(results: Results) -> dict[str, Figure]:
    """Loss by epoch of every fold."""
    history = with_environment(results["history"])
    # Of samples with one record each it would be nothing but bytes.
    several = ["environment"] if history["environment"].notna().any() else []
    fold = [*CELL, "label", "repeat", "fold", *several]
    run = [*fold, "phase", "member"]
    last = history["epoch"] == history.groupby(run, dropna=False)["epoch"].transform("max")
    step = math.ceil(len(history) / MOST_EPOCHS)
    shown = history[last | (history["epoch"] % step == 1 % step)]
    stops = history[last & (history["phase"] == "inner")]
    stops = stops.assign(end=stops["val_loss"].fillna(stops["loss"]))[[*fold, "member", "epoch", "end"]]
    kept = results["accuracy"][results["accuracy"]["label"].isin(history["label"])]
    kept = kept.reindex(columns=[*CELL, "label", "repeat", "fold", "best_epoch"])
    figure = Figure(
        charts={"": partial(fit_charts.training_curves, looks=results.styles, phases=set(history["phase"]))},
        tables={
            "history": shown[[*run, "epoch", "loss", "val_loss"]],
            "stops": stops,
            "kept": kept[kept["best_epoch"].notna()],
        },
        panels=[
            Panel(f"{cell['label']} · {cell['dataset']} · {cell['trait']}", scheme_note(results, cell), cell)
            for cell in records(history[[*CELL, "label"]].drop_duplicates())
        ],
        legend=shown_styles(results.styles, history),
        note=f"Every {step}th epoch is drawn, and the last; the table has all." if step > 1 else "",
    )
    return {"training": figure}


SECTION = Section("training", "Training", 70, ("history",), figures=figures)
