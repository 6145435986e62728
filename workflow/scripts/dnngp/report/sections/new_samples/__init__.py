"""Samples that were predicted, the best of each trait, beside their true values where those are known."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from dnngp.base.tables.catalogue import TABLES
from dnngp.evaluation.summaries import over_environments
from dnngp.report.charts import score_charts
from dnngp.report.figure import Figure, Panel
from dnngp.report.results import Results, declared_table, keys, records
from dnngp.report.section import Section

#: Samples of a trait that the page draws; the page of the prediction and its table have more.
MOST_SAMPLES = 15
#: What identifies a ranking.
RANKING = ["prediction", "trait"]


def context(results: Results) -> dict[str, Any] | None:
    """What each ranking is of, and how well it meets the truth; None where nothing was predicted."""
    rows = records(rankings(results))
    if not rows:
        return None
    return {"rankings": rows, "truth_known": any(row["true_accuracy"] is not None for row in rows)}


def rankings(results: Results) -> pd.DataFrame:
    """A row a prediction and trait: model, samples, and r with the true values where those are known."""
    rows = [
        {
            **dict(zip(RANKING, ranking, strict=True)),
            "model": part["model"].iloc[0],
            "samples": len(part),
            "true_accuracy": part["predicted"].corr(part["true_value"].astype(float)),
        }
        for ranking, part in _predicted(results).groupby(RANKING, sort=False)
    ]
    return declared_table("new_samples", rows)


def figures(results: Results) -> dict[str, Figure]:
    """The best samples of each ranking with their intervals and, of simulated data, their true values."""
    table = _predicted(results)
    table = table[table["rank"] <= MOST_SAMPLES]
    labels = results.labels
    panels = [
        Panel(f"{prediction} · {trait}", labels.get(model, model), {"prediction": prediction, "trait": trait})
        for prediction, trait, model in dict.fromkeys(keys(table, [*RANKING, "model"]))
    ]
    shown = table.assign(label=[labels.get(model, model) for model in table["model"]])
    columns = [*RANKING, "label", "rank", "sample", "predicted", "lower", "upper", "true_value"]
    known = bool(shown["true_value"].notna().any())
    chart = partial(score_charts.ranked_samples, looks=results.styles, truth_known=known)
    return {"new_samples": Figure({"": chart}, {"new_samples": shown[columns]}, panels)}


def _predicted(results: Results) -> pd.DataFrame:
    """Rows of the predictions that the configuration lists, with their model."""
    wanted = results.config.get("predict") or {}
    table = over_environments(results["candidate_predictions"])
    table = table[table["prediction"].isin(list(wanted))]
    model = [wanted[prediction]["model"] for prediction in table["prediction"]]
    return table.reindex(columns=[*RANKING, *TABLES["candidate_predictions"].names[1:]]).assign(model=model)


SECTION = Section(
    "new_samples",
    "New samples",
    15,
    ("candidate_predictions",),
    context,
    figures,
    lambda results: {"new_samples": rankings(results)},
)
