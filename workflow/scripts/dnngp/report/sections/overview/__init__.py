"""What to use for each trait, how far to trust it, and what to do next."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from dnngp.report.advice import abilities, advice, expected
from dnngp.report.answer import answers
from dnngp.report.charts import score_charts
from dnngp.report.figure import Figure, Panel, domain
from dnngp.report.results import CELL, Results, keys, records, scheme_target
from dnngp.report.section import Section

#: Failed fits listed one by one; the table has all.
MOST_FAILURES = 30
#: Traits whose advice is open to see; further ones are folded up.
MOST_TRAITS = 8


def context(results: Results) -> dict[str, Any]:
    """Verdict, warnings, advice trait by trait, and the next step."""
    failures = results["accuracy"][results["accuracy"]["status"] != "ok"]
    rows = _by_trait(results)
    return {
        "failures": records(failures.head(MOST_FAILURES)),
        "failures_left": len(failures) > MOST_FAILURES,
        "failed_controls": records(results["controls"][results["controls"]["status"] != "ok"]),
        "warnings": [*records(results["warnings"]), *records(results["fold_warnings"])],
        "named": results.named,
        "advice": rows,
        "most": MOST_TRAITS,
        "predictions": list(results.config.get("predict") or {}),
        "more_samples": _more_samples(results, rows),
        "targets": [(scheme, scheme_target(scheme)) for scheme in results.schemes],
    }


def figures(results: Results) -> dict[str, Figure]:
    """Predictive ability of every model with its interval, all schemes in one panel a trait."""
    table = abilities(results)
    table = table[~table["control"].astype(bool)].drop(columns="control")
    if table.empty:
        return {}
    table = table.assign(label=[results.labels[name] for name in table["model"]])
    cells = dict.fromkeys((cell["dataset"], cell["trait"]) for cell in results.cells)
    there = set(keys(table, ["dataset", "trait"]))
    several = len(results.datasets) > 1
    chart = partial(
        score_charts.abilities,
        looks=[look for look in results.styles if look.label in set(table["label"])],
        schemes=results.schemes,
        domain=domain(pd.concat([table["lower"], table["upper"]])),
    )
    panels = [
        Panel(f"{dataset} · {trait}" if several else trait, "", {"dataset": dataset, "trait": trait})
        for dataset, trait in cells
        if (dataset, trait) in there
    ]
    shown = table[[*CELL, "label", "pearson", "lower", "upper", "p"]]
    return {"abilities": Figure({"": chart}, {"abilities": shown}, panels)}


def derived(results: Results) -> dict[str, pd.DataFrame]:
    """The tests behind the advice, and the candidate model against the reference."""
    return {"abilities": abilities(results), "advice": advice(results), "answer": answers(results)}


def _by_trait(results: Results) -> list[dict[str, Any]]:
    """Advice on each trait under the first scheme, with what to expect of its model under the others."""
    rows, ability = [], expected(results)
    for row in records(advice(results)):
        if row["scheme"] == results.schemes[0]:
            others = [
                ability.get((row["dataset"], row["trait"], one, row["model"])) for one in results.schemes[1:]
            ]
            row = (
                {"score": "r", "parents": None}
                | row
                | {"classes": results.classes(row["dataset"], row["trait"])}
            )
            targets = map(scheme_target, results.schemes[1:])
            rows.append(row | {"others": [pair for pair in zip(targets, others, strict=True) if pair[1]]})
    return rows


def _more_samples(results: Results, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Learning curves that say how many more samples would help the model to use."""
    curves = results["curves"]
    known = curves[(curves["axis"] == "lines") & curves["extra_needed"].notna()]
    used = {(row["dataset"], row["trait"], row["model"]) for row in rows}
    return [one for one in records(known) if (one["dataset"], one["trait"], one["model"]) in used]


SECTION = Section("overview", "What to use", 10, (), context, figures, derived)
