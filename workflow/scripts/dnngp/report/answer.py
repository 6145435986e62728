"""The candidate model against the reference, trait by trait, and the counts that the text quotes."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from dnngp.base.ledger import ALL_PLOTS
from dnngp.evaluation.controls import POWER
from dnngp.report.advice import advice
from dnngp.report.results import CELL, Results, declared_table, family, records
from dnngp.validation.main_scores import with_main_scores


@cache
def answers(results: Results) -> pd.DataFrame:
    """The candidate model of each trait against the reference, and which model came out highest.

    Returns
    -------
    DataFrame
        A row per dataset, trait and scheme: ``candidate`` and ``reference``
        (models) with their pearson and cpu_s; ``difference`` of the two means
        with the corrected interval, p and verdict of ``comparisons.tsv`` (missing
        where the reference is the candidate); ``highest``, the model with the
        highest mean, which is *chosen after seeing the results*, its mean and
        its standard deviation over folds. Controls and models with a failed
        fold are not candidates for it.
    """
    compared = {
        (row["dataset"], row["trait"], row["scheme"], row["model"], row["reference"]): row
        for row in records(results["comparisons"])
    }
    rows = []
    for (species, dataset, trait, scheme), part in with_main_scores(results["summary"]).groupby(
        ["species", *CELL], sort=False
    ):
        row: dict[str, Any] = {"species": species, "dataset": dataset, "trait": trait, "scheme": scheme}
        by_model = {one["model"]: one for one in records(part)}
        if results.candidate in by_model:
            scores = by_model[results.candidate]
            row |= {
                "candidate": results.candidate,
                **{key: scores[key] for key in ("pearson", "pearson_sd", "cpu_s")},
            }
        if results.reference in by_model:
            scores = by_model[results.reference]
            row |= {"reference": results.reference, "reference_pearson": scores["pearson"]}
            row["reference_cpu_s"] = scores["cpu_s"]
        if results.candidate != results.reference and results.reference is not None:
            tested = compared.get((dataset, trait, scheme, results.candidate, results.reference))
            if tested is not None:
                row |= {key: tested.get(key) for key in ("difference", "lower", "upper", "p", "verdict")}
            elif None not in (row.get("pearson"), row.get("reference_pearson")):
                row["difference"] = row["pearson"] - row["reference_pearson"]
        usable = part[(part["status"] == "ok") & part["pearson"].notna()]
        usable = usable[usable["method"].map(family) != "control"]
        if len(usable):
            best = usable.sort_values("pearson", ascending=False, kind="stable").iloc[0]
            row |= {"highest": best["model"], "highest_pearson": best["pearson"]}
            row["highest_sd"] = best["pearson_sd"]
        rows.append(row)
    return declared_table("answer", rows)


def against_reference(results: Results) -> pd.DataFrame:
    """Comparisons with the reference; those with the candidate are in the table too."""
    table = results["comparisons"]
    return table[table["reference"] == results.reference]


def count_facts(results: Results) -> dict[str, int | float]:
    """The counts that the text of the page quotes, by name."""
    summary, accuracy, ids = results["summary"], results["accuracy"], results["ids"]
    facts: dict[str, int | float] = {
        "species": summary["species"].nunique(),
        "datasets": summary["dataset"].nunique(),
        "traits": len(summary[["dataset", "trait"]].drop_duplicates()),
        "methods": summary["model"].nunique(),
        "fits": len(accuracy),
        "fits failed": _failed(accuracy),
        "results failed": _failed(summary),
        "controls": len(results["controls"]),
        "controls failed": _failed(results["controls"]),
    }
    detectable = results["controls"].get("detectable", pd.Series(dtype=float)).dropna()
    if len(detectable):
        facts["power of the control"] = POWER
        facts["smallest leak caught"] = float(detectable.min())
        facts["largest leak that may pass"] = float(detectable.max())
    if len(ids):
        facts["ids in one file only"] = int(ids[["genotypes_only", "phenotypes_only"]].sum().sum())
        for what in ("dropped", "filled"):
            if f"layers_{what}" in ids:
                facts[f"lines that a layer lacks, {what}"] = int(ids[f"layers_{what}"].sum())
    for _, names in results.files("near_duplicates"):
        dataset = names["dataset"]
        pairs = results["near_duplicates"]
        pairs = pairs[pairs["dataset"] == dataset]
        facts[f"{dataset}: near duplicates"] = len(pairs)
        facts[f"{dataset}: lines with a near duplicate"] = len(set(pairs["sample"]) | set(pairs["twin"]))
    for name, count in results["defects"]["dataset"].value_counts(sort=False).items():
        facts[f"{name}: defects"] = int(count)
    if len(results["ledger"]):
        facts["steps fitted"] = len(results["ledger"])
        fitted = results["ledger"][results["ledger"]["fitted_on"] != ALL_PLOTS]
        facts["steps that saw a test phenotype"] = int((fitted["test_phenotypes_seen"] > 0).sum())
        if len(fitted) < len(results["ledger"]):
            facts["steps of stage one"] = len(results["ledger"]) - len(fitted)
        facts["steps that saw test genotypes"] = int((results["ledger"]["test_genotypes_seen"] > 0).sum())
    if len(results["surface"]):
        fitted = results["surface"][results["surface"]["status"] != "unavailable"]
        facts["experiment fits"] = len(fitted)
        facts["experiment fits failed"] = _failed(fitted)
    if len(results["comparisons"]):
        facts["equivalence margin"] = float(results["comparisons"]["equivalence_margin"].iloc[0])
    for scheme, part in accuracy.groupby("scheme", sort=False):
        facts[f"{scheme}: folds"] = len(part[["repeat", "fold"]].drop_duplicates())
    for scheme, part in advice(results).groupby("scheme", sort=False):
        facts[f"{scheme}: traits"] = len(part)
        facts[f"{scheme}: traits predicted"] = int(part["predicted"].sum())
        facts[f"{scheme}: traits on which another model is better"] = int(part["better"].sum())
    return facts


def _failed(table: pd.DataFrame) -> int:
    return int((table["status"] != "ok").sum()) if len(table) else 0
