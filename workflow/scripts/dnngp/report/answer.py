"""The answer: the method declared beforehand against the reference, and the counts that the text quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dnngp.report.figures.style import VERDICTS, Style
from dnngp.report.results import CELL, Results, family, records

COLUMNS = [
    *("species", *CELL, "answer", "pearson", "pearson_sd", "cpu_s"),
    *("reference", "reference_pearson", "reference_cpu_s", "difference", "lower", "upper", "p", "verdict"),
    *("highest", "highest_pearson", "highest_sd"),
]


def answers(found: Results) -> pd.DataFrame:
    """The declared answer of each trait against the reference, and which method came out highest.

    Returns
    -------
    DataFrame
        A row per dataset, trait and scheme: ``answer`` and ``reference``
        (models) with their pearson and cpu_s; ``difference`` of the two means
        with the corrected interval, p and verdict of ``comparisons.tsv`` (missing
        where the reference is the answer); ``highest``, the model with the
        highest mean, which is *chosen after seeing the results*, its mean and
        its standard deviation over folds. Controls and models with a failed
        fold are not candidates for it.
    """
    compared = {
        (row["dataset"], row["trait"], row["scheme"], row["model"], row["reference"]): row
        for row in records(found.comparisons)
    }
    rows = []
    for (species, dataset, trait, scheme), part in found.summary.groupby(["species", *CELL], sort=False):
        row: dict[str, Any] = {"species": species, "dataset": dataset, "trait": trait, "scheme": scheme}
        by_model = {one["model"]: one for one in records(part)}
        if found.answer in by_model:
            scores = by_model[found.answer]
            row |= {
                "answer": found.answer,
                **{key: scores[key] for key in ("pearson", "pearson_sd", "cpu_s")},
            }
        if found.reference in by_model:
            scores = by_model[found.reference]
            row |= {"reference": found.reference, "reference_pearson": scores["pearson"]}
            row["reference_cpu_s"] = scores["cpu_s"]
        if found.answer != found.reference and found.reference is not None:
            tested = compared.get((dataset, trait, scheme, found.answer, found.reference))
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
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    numbers = [name for name in COLUMNS[4:] if name not in ("answer", "reference", "verdict", "highest")]
    return table.astype(dict.fromkeys(numbers, float))


def against_reference(found: Results) -> pd.DataFrame:
    """Comparisons with the reference; those with the answer are in the table too."""
    table = found.comparisons
    return table[table["reference"] == found.reference] if len(table) else table


def predicted(answer: pd.DataFrame) -> pd.Series:
    """Traits whose highest mean reaches its standard deviation over folds; a lead elsewhere means nothing."""
    return answer["highest"].notna() & ~(answer["highest_pearson"] < answer["highest_sd"])


def count_facts(found: Results, answer: pd.DataFrame) -> dict[str, int | float]:
    """The counts that the text of the page quotes, by name."""
    summary, accuracy, ids = found.summary, found.accuracy, found.ids
    facts: dict[str, int | float] = {
        "species": summary["species"].nunique(),
        "datasets": summary["dataset"].nunique(),
        "traits": len(summary[["dataset", "trait"]].drop_duplicates()),
        "methods": summary["model"].nunique(),
        "fits": len(accuracy),
        "fits failed": _failed(accuracy),
        "results failed": _failed(summary),
        "controls": len(found.controls),
        "controls failed": _failed(found.controls),
    }
    if len(ids):
        facts["ids in one file only"] = int(ids[["genotypes_only", "phenotypes_only"]].sum().sum())
        for what in ("dropped", "filled"):
            if f"layers_{what}" in ids:
                facts[f"lines that a layer lacks, {what}"] = int(ids[f"layers_{what}"].sum())
    for dataset in found.searched:
        pairs = found.near_duplicates
        pairs = pairs[pairs["dataset"] == dataset] if len(pairs) else pairs
        facts[f"{dataset}: near duplicates"] = len(pairs)
        facts[f"{dataset}: lines with a near duplicate"] = (
            len(set(pairs["sample"]) | set(pairs["twin"])) if len(pairs) else 0
        )
    if len(found.defects):
        for name, number_of in found.defects["dataset"].value_counts(sort=False).items():
            facts[f"{name}: defects"] = int(number_of)
    if len(found.ledger):
        facts["steps fitted"] = len(found.ledger)
        facts["steps that saw a test phenotype"] = int((found.ledger["test_phenotypes_seen"] > 0).sum())
        facts["steps that saw test genotypes"] = int((found.ledger["test_genotypes_seen"] > 0).sum())
    if len(found.surface):
        fitted = found.surface[found.surface["status"] != "unavailable"]
        facts["study fits"] = len(fitted)
        facts["study fits failed"] = _failed(fitted)
    if len(found.trial_folds):
        facts["trial folds"] = len(found.trial_folds)
        facts["trial folds failed"] = _failed(found.trial_folds)
    if len(found.comparisons):
        facts["margin"] = float(found.comparisons["equivalence_margin"].iloc[0])
    for scheme, part in accuracy.groupby("scheme", sort=False):
        facts[f"{scheme}: folds"] = len(part[["repeat", "fold"]].drop_duplicates())
    for scheme, part in answer.groupby("scheme", sort=False):
        facts |= _of_scheme(str(scheme), part, found)
    return facts


def _of_scheme(scheme: str, answer: pd.DataFrame, found: Results) -> dict[str, int]:
    part = answer[predicted(answer)]
    facts = {
        "traits": len(answer),
        "traits predicted": len(part),
        "traits led by another than the answer": int((part["highest"] != part["answer"]).sum()),
    }
    for look in found.styles:
        facts[f"traits led by {look.model}"] = int((part["highest"] == look.model).sum())
    table = against_reference(found)
    for verdict in VERDICTS:
        facts[f"answer {verdict}"] = int((part["verdict"] == verdict).sum())
        if len(table):
            here = (table["scheme"] == scheme) & (table["verdict"] == verdict)
            facts[f"comparisons {verdict}"] = int(here.sum())
    return {f"{scheme}: {name}": value for name, value in facts.items()}


def _failed(table: pd.DataFrame) -> int:
    return int((table["status"] != "ok").sum()) if len(table) else 0


def quoted(answer: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Per scheme, what the text quotes: the rows with the lowest and the highest value of each column."""
    found: dict[str, dict[str, Any]] = {}
    for scheme, part in answer.groupby("scheme", sort=False):
        shown = predicted(part)
        ranges: dict[str, Any] = {"unpredicted": records(part[~shown & part["highest"].notna()])}
        part = part[shown]
        for column in (
            *("pearson", "pearson_sd", "cpu_s", "reference_pearson", "reference_cpu_s"),
            *("difference", "highest_pearson"),
        ):
            if part[column].notna().any():
                ranges[column] = records(part.loc[[part[column].idxmin(), part[column].idxmax()]])
        found[str(scheme)] = ranges
    return found


def leaders(looks: Sequence[Style], facts: Mapping[str, float], schemes: pd.Series) -> dict[str, list[Style]]:
    """Per scheme, the models with the highest mean of any trait, those of most traits first."""
    found = {}
    for scheme in dict.fromkeys(schemes):
        leads = {look.model: facts.get(f"{scheme}: traits led by {look.model}", 0) for look in looks}
        leading = [look for look in looks if leads[look.model]]
        found[scheme] = sorted(leading, key=lambda look: -leads[look.model])
    return found
