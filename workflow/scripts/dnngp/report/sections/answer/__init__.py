"""The answer: the candidate model against the reference."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dnngp.report.answer import answers, count_facts, leaders, quoted
from dnngp.report.results import Results, records
from dnngp.report.section import Section


def context(results: Results) -> dict[str, Any]:
    """What the text quotes, and the table trait by trait."""
    answer = answers(results)
    return {
        "answers": _side_by_side(answer),
        "ranges": quoted(answer),
        "leaders": leaders(results.styles, count_facts(results), results["summary"]["scheme"]),
        "tested": len(results["comparisons"]) > 0,
        "ranks": records(results["ranks"]),
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


SECTION = Section("answer", "Answer", 20, (), context)
